"""`chat`: one completion, streamed, or those of a file of prompts."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import IO, Any, Dict, List, Optional, Union

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference._commands.console import UsageError, printable, report, shown
from azure.ai.inference._commands.inputs import STDIN, Inputs, check_ending, is_object, json_of, open_inputs
from azure.ai.inference._commands.service import CHAT, add_service, open_client
from azure.ai.inference._commands.work import Failures, Work, add_work, carry_out, message_of
from azure.ai.inference.models import CompletionsFinishReason, UserMessage
from azure.ai.inference.runs import ChatOutcome

_DESCRIPTION = """\
Complete one chat and write the completion while it comes; or complete the
chats of a file, in the format of OpenAI's batches.

A line of the file is a string, {"prompt": "..."}, {"messages": [...]}, or
{"custom_id": "...", "body": {"messages": [...], and settings}}. A line of the
output is, in the same order,
  {"custom_id": the same, else the number of the line from 0,
   "response": {"status_code": 200, "body": {...}} or null,
   "error": {"code": "...", "message": "..."} or null}

The output is written to OUT.partial and gets its name at the end. The
responses are kept in OUT.checkpoint until nothing has failed: after a crash or
Ctrl-C, the same command continues from there and pays for nothing twice."""

_EPILOG = """\
examples:
  %(prog)s "Which is the highest lighthouse?"
  %(prog)s < question.txt > completion.txt
  %(prog)s --file prompts.jsonl --out completions.jsonl"""


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "chat",
        help="complete a chat, or those of a file",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --key would be --key-env
    )
    parser.set_defaults(run=run)
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="the user's message (default: stdin)")
    parser.add_argument("--file", metavar="X.jsonl", help="chats to complete, one a line; -: stdin")
    parser.add_argument("--out", metavar="OUT.jsonl", help="file to write, with --file")
    add_work(parser)
    add_service(parser, CHAT)


def run(arguments: argparse.Namespace) -> int:
    """Complete one chat or many, and return the exit status."""
    if (arguments.file is None) != (arguments.out is None):
        raise UsageError("--file and --out go together")
    if arguments.file is None:
        return _complete_one(arguments)
    if arguments.prompt is not None:
        raise UsageError("--file and PROMPT do not go together")
    check_ending(arguments.out, ".jsonl", argument="--out")
    if arguments.file != STDIN:
        check_ending(arguments.file, ".jsonl", argument="--file")
    return _complete_file(arguments)


def _complete_one(arguments: argparse.Namespace) -> int:
    with open_client(ChatCompletionsClient, arguments, CHAT) as client:
        prompt = _read_prompt(arguments.prompt)
        write = printable if sys.stdout.isatty() else str
        with client.complete(messages=[UserMessage(prompt)], stream=True) as stream:
            last = "\n"
            for text in stream.text_deltas():
                sys.stdout.write(write(text))
                sys.stdout.flush()
                last = text
            if not last.endswith("\n"):
                print()
            return _judge(stream.get_final_response())


def _read_prompt(given: Optional[str]) -> str:
    """Return the prompt; that of stdin if none is given.

    :raises UsageError: if there is none, or if it is not UTF-8.
    """
    if given is None or given == STDIN:
        if sys.stdin.isatty():
            report("Type the prompt. End it with Ctrl-D on a line of its own (Windows: Ctrl-Z and Enter).")
        try:
            given = sys.stdin.buffer.read().decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise UsageError("The prompt is not UTF-8") from None
    if not given:
        raise UsageError("There is no prompt")
    return given


def _judge(completions: Any) -> int:
    """Report a refusal, or why the model stopped early, and return the exit status."""
    choice = completions.choices[0] if completions.choices else None
    if choice is None:
        report("error: The response has no completion.")
        return 1
    if choice.message.refusal:
        report(f"error: The model refused: {printable(choice.message.refusal)}")
        return 1
    if choice.finish_reason == CompletionsFinishReason.CONTENT_FILTERED:
        report("error: The content filter ended the completion.")
        return 1
    if choice.finish_reason == CompletionsFinishReason.TOKEN_LIMIT_REACHED:
        report("The completion is cut off: it reached the most tokens that it may have.")
    elif choice.message.tool_calls:
        report("The model calls tools, which this command does not have.")
    return 0


def _complete_file(arguments: argparse.Namespace) -> int:
    with open_client(ChatCompletionsClient, arguments, CHAT) as client:
        ids: Dict[int, Any] = {}
        start = partial(client.complete_many, max_concurrency=arguments.max_concurrency, on_error="keep")
        inputs = open_inputs(arguments.file, Prompts(ids).read, skips_blank=True)
        work = Work("chats", inputs, start, partial(Completions, ids, inputs), _failures_in, _facts_of)
        return carry_out(work, arguments)


Prompt = Union[str, List[Any], Dict[str, Any]]


class Prompts:
    """Reads the lines of a file of chats.

    :param ids: the ``custom_id`` of each line that has one, by its number. Written ones are removed from it.
    """

    def __init__(self, ids: Dict[int, Any]) -> None:
        self._ids = ids
        self._number = -1

    def read(self, line: str) -> Prompt:
        """Return the prompt of a line.

        :raises ValueError: if there is none.
        """
        self._number += 1
        value = json_of(line)
        if is_object(value) and value.get("custom_id") is not None:
            self._ids[self._number] = value["custom_id"]
        return prompt_of(value)


def prompt_of(value: Any) -> Prompt:
    """Return the prompt of the JSON of a line: a text, messages, or messages with settings.

    :raises ValueError: if it is none.
    """
    if isinstance(value, str):
        return value
    if not is_object(value):
        raise ValueError(f"The line must be a string or an object, not {type(value).__name__}.")
    if "body" in value:
        return _prompt_of_body(value)
    if isinstance(value.get("messages"), list):
        messages: List[Any] = value["messages"]
        return messages
    if isinstance(value.get("prompt"), str):
        prompt: str = value["prompt"]
        return prompt
    there_are = ", ".join(value) or "none"
    raise ValueError(f"The object needs a text as prompt, a list as messages, or a body; its keys: {there_are}.")


def _prompt_of_body(value: Dict[str, Any]) -> Dict[str, Any]:
    body = value["body"]
    if not is_object(body) or not isinstance(body.get("messages"), list):
        raise ValueError("The body must be an object with a list as messages.")
    if not isinstance(body.get("response_format", {}), dict):
        raise ValueError("The response_format of a body must be an object.")
    url = value.get("url")
    if isinstance(url, str) and not url.endswith("/chat/completions"):
        raise ValueError(f"The url must be that of chat completions, not {url}.")
    if body.get("stream"):
        raise ValueError("A body with stream is not for a file: leave it out.")
    return {name: setting for name, setting in body.items() if name != "stream"}


class Completions:
    """Writes the outcomes of a run.

    :param ids: the ``custom_id`` of each line that has one, by its number.
    :param inputs: the inputs of the run.
    :param file: the file to write to.
    """

    def __init__(self, ids: Dict[int, Any], inputs: Inputs, file: IO[bytes]) -> None:
        self._ids = ids
        self._inputs = inputs
        self._file = file

    def add(self, outcome: ChatOutcome) -> None:
        """Write a line for an outcome."""
        error = outcome.error
        line: Dict[str, Any] = {
            "custom_id": self._ids.pop(outcome.index, outcome.index),
            "response": None,
            "error": None,
        }
        if error is None:
            line["response"] = {"status_code": 200, "body": outcome.completions.as_dict()}
        else:
            line["error"] = {"code": code_of(error), "message": message_of(self._inputs, outcome.index, error)}
        self._file.write(json.dumps(line).encode() + b"\n")

    def finish(self) -> None:
        """Do nothing: every line is written."""


def code_of(error: Exception) -> str:
    """Return the code of an error: that of the service, the status, or the name of its class."""
    code = getattr(getattr(error, "error", None), "code", None) or getattr(error, "status_code", None)
    return shown(str(code or type(error).__name__))


def _failures_in(outcome: ChatOutcome) -> Failures:
    if outcome.error is not None:
        yield outcome.index, outcome.error


def _facts_of(_: Completions) -> List[str]:
    return []
