"""An agent that works in a folder: it lists, reads and writes files, and remembers the conversation.

What it writes shows while the model writes it. It asks before it writes a file, and no path leads out of its folder.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any, List, Union

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.exceptions import ToolError, ToolRoundsExceededError
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.ai.inference.tools import ToolContext, ToolResult

REQUESTS = [
    "Please list the files.",
    "Please read the file “shopping.txt”.",
    "Please write the file “list.txt” with the text “milk and honey”.",
    "Please read the file “../secret.txt”.",
]


def list_files(context: ToolContext[Path]) -> List[str]:
    """List the files in the folder."""
    return sorted(path.name for path in context.state.iterdir())


def read_file(context: ToolContext[Path], file: str) -> str:
    """Read a text file."""
    return within(context.state, file).read_text("utf-8")


def write_file(context: ToolContext[Path], file: str, text: str) -> str:
    """Write a text to a file."""
    within(context.state, file).write_text(text, "utf-8")
    return f"{file} has {len(text)} characters now."


def within(folder: Path, name: str) -> Path:
    """Return the path of a file in the folder. What is raised as a ToolError is reported to the model."""
    path = (folder / name).resolve()
    if path.parent != folder.resolve():
        raise ToolError(f"{name} is not in the folder.")
    return path


def approve(context: ToolContext[Path]) -> Union[bool, str]:
    """Ask a person, if there is one, before anything is written."""
    if context.call.name != "write_file" or not sys.stdin.isatty():
        return True
    reply = input(f"\nMay I write {context.call.arguments}? [y/n] ")
    return True if reply.startswith("y") else "The user declined."


def follow(client: ChatCompletionsClient, messages: List[Any], folder: Path) -> List[Any]:
    """Let the agent work on the last message. Print its text and its calls, and return the conversation so far."""
    with client.run_tools(
        messages=messages,
        tools=[list_files, read_file, write_file],
        state=folder,
        approve=approve,
        max_rounds=6,
        stream=True,
    ) as run:
        for item in run:
            if isinstance(item, ToolResult):
                arguments = ", ".join(f"{name}={value!r}" for name, value in item.call.arguments.items())
                print(f"  {item.call.name}({arguments}) -> {item.content!r}")
            else:
                print(item.text, end="", flush=True)
        print()
        return list(run.get_final_run().messages)


prepare_environment("AZURE_AI_CHAT")

with tempfile.TemporaryDirectory() as name, ChatCompletionsClient.from_environment() as client:
    Path(name, "shopping.txt").write_text("bread, butter", "utf-8")
    conversation: List[Any] = [SystemMessage("You manage the files of a folder. Be brief.")]
    for request in REQUESTS:
        print(f"\n> {request}")
        try:
            conversation = follow(client, [*conversation, UserMessage(request)], Path(name))
        except ToolRoundsExceededError as error:  # it can go on from where it is
            conversation = list(error.run.messages)
            print(f"Stopped after {error.run.rounds} rounds.")
    print(f"\n{len(conversation)} messages; the folder has {sorted(path.name for path in Path(name).iterdir())}")
