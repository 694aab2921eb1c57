"""`chat`: one completion on stdout as it arrives, or those of a file in the format of OpenAI's batches."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest
from command_world import KEY, CommandLine, bodies, json_lines, names_of

from azure.ai.inference.testing import LocalService, Reply


def event(text: str = "", reason: Any = None, **delta: Any) -> Dict[str, Any]:
    delta = {"content": text, **delta}
    return {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def streamed(*events: Dict[str, Any]) -> Reply:
    lines = [f"data: {json.dumps(each)}\n\n" for each in events]
    return Reply(body="".join([*lines, "data: [DONE]\n\n"]).encode(), headers={"Content-Type": "text/event-stream"})


def completed(request: Any) -> Reply:
    """Return the response to a prompt, which repeats its last message."""
    text = request.json()["messages"][-1]["content"]
    if text == "bad":
        return Reply(400, {"error": {"code": "bad_input", "message": f"Bad, {KEY}."}})
    return Reply(body=completion(text))


def completion(text: str) -> Dict[str, Any]:
    return {
        "id": "1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": f"{text}!"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
    }


@pytest.mark.parametrize("arguments", [["Hello?"], [], ["-"]])
def test_one_chat(command: CommandLine, service: LocalService, arguments: List[str]) -> None:
    """The text goes to stdout with one line end after it, whether the prompt is an argument or comes from stdin."""
    service.answer(streamed(event("Hel"), event("lo\nyou"), event(reason="stop")))
    done = command("chat", *arguments, "--model", "m", stdin=b"Hello?\n")

    assert done == (0, "Hello\nyou\n", "")
    message = {"role": "user", "content": "Hello?"}
    assert bodies(service) == [{"messages": [message], "stream": True, "model": "m"}]


@pytest.mark.parametrize(
    ("events", "status", "out", "err"),
    [
        ([event("a\n"), event(reason="stop")], 0, "a\n", ""),
        ([event(reason="stop")], 0, "", ""),
        ([event("ab"), event(reason="length")], 0, "ab\n", "The completion is cut off: it reached the most tokens"),
        ([event("ab"), event(reason="content_filter")], 1, "ab\n", "error: The content filter ended the completion."),
        ([event(refusal="I\x1b must not."), event(reason="stop")], 1, "", "error: The model refused: I must not."),
        ([event("a"), {"error": {"code": "x", "message": f"no, {KEY}"}}], 1, "a", "error: (x) no, ***"),
        ([], 1, "", "error: "),
    ],
)
def test_endings(
    command: CommandLine, service: LocalService, events: List[Dict[str, Any]], status: int, out: str, err: str
) -> None:
    """A partial text is kept, and stderr says what it does not show."""
    service.answer(streamed(*events))
    done = command("chat", "Hello?")

    assert (done.status, done.out, done.err[: len(err)]) == (status, out, err)
    assert len(done.err.splitlines()) == (1 if err else 0)


def test_tool_calls(command: CommandLine, service: LocalService) -> None:
    """A completion without a text is explained."""
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    service.answer(streamed(event(tool_calls=[call]), event(reason="tool_calls")))

    assert command("chat", "x") == (0, "", "The model calls tools, which this command does not have.\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_is_not_obeyed(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, a completion can do nothing but show text; in a pipe it is unchanged."""
    events = [event("a\x1b]0;title\x07b\tc"), event(reason="stop")]
    service.answer(streamed(*events), streamed(*events))
    terminal = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        command("chat", "x")

    assert terminal.getvalue() == "a]0;titleb\tc\n"
    assert command("chat", "x").out == "a\x1b]0;title\x07b\tc\n"


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        ([], b"", "There is no prompt"),
        ([], b" \n", "There is no prompt"),
        ([], b"\xff", "The prompt is not UTF-8"),
        (["--file", "x.jsonl"], b"", "--file and --out go together"),
        (["x", "--out", "x.jsonl"], b"", "--file and --out go together"),
        (["x", "--file", "-", "--out", "x.jsonl"], b"", "--file and PROMPT do not go together"),
        (["--file", "-", "--out", "x.json"], b"", "--out must end in .jsonl, not x.json"),
        (["--file", "x.txt", "--out", "x.jsonl"], b"", "--file must end in .jsonl, not x.txt"),
        (["x", "--key-env", KEY], b"", "The environment variable that --key-env names is not set"),
        (["x", f"--key={KEY}"], b"", "unrecognized arguments: --key. A key is never an argument"),
        (["--key", KEY], b"", "unrecognized arguments: --key. A key is never an argument"),
        (["x", KEY], b"", "unrecognized arguments: too many"),
    ],
)
def test_wrong_usage(
    command: CommandLine, service: LocalService, bare: Path, arguments: List[str], stdin: bytes, says: str
) -> None:
    """Nothing is sent, and a key passed as an argument is not shown."""
    done = command("chat", *arguments, stdin=stdin)

    assert (done.status, done.out, service.requests, names_of(bare)) == (2, "", [], [])
    assert says in done.err
    assert KEY not in done.err


LINES = [
    "one",
    {"prompt": "two", "label": 5},
    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "three"}]},
    {"custom_id": "d", "prompt": "bad"},
    {
        "custom_id": "e",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "m",
            "temperature": 0.5,
            "stream": False,
            "future": [1],
            "messages": [{"role": "user", "content": "five"}],
        },
    },
    [5],
    {"custom_id": 7, "text": "seven"},
]


def write(lines: List[Any]) -> str:
    Path("in.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return "in.jsonl"


def test_file(command: CommandLine, service: LocalService, bare: Path) -> None:
    """Every line has its line in the output, in order; all keys of a body are sent, even if they are no settings."""
    service.answer_always(completed)
    arguments = ["chat", "--file", write(LINES), "--out", "out.jsonl", "--max-concurrency", 1]
    done = command(*arguments)

    assert json_lines(Path("out.jsonl")) == [
        {"custom_id": 0, "response": {"status_code": 200, "body": completion("one")}, "error": None},
        {"custom_id": 1, "response": {"status_code": 200, "body": completion("two")}, "error": None},
        {"custom_id": 2, "response": {"status_code": 200, "body": completion("three")}, "error": None},
        {"custom_id": "d", "response": None, "error": {"code": "bad_input", "message": "(bad_input) Bad, ***."}},
        {"custom_id": "e", "response": {"status_code": 200, "body": completion("five")}, "error": None},
        {
            "custom_id": 5,
            "response": None,
            "error": {"code": "TypeError", "message": "The line must be a string or an object, not list."},
        },
        {
            "custom_id": 7,
            "response": None,
            "error": {
                "code": "TypeError",
                "message": "The object needs a text as prompt, a list as messages, or a body; its keys: custom_id, text.",
            },
        },
    ]
    assert done.err == "3 failed: see out.jsonl.failed.jsonl. The same command retries them.\n"
    assert re.fullmatch(r"7 chats, 16 tokens, 3 failed, \d+\.\d seconds, out\.jsonl\n", done.out)
    assert done.status == 3
    assert [failure["index"] for failure in json_lines(Path("out.jsonl.failed.jsonl"))] == [3, 5, 6]
    assert bodies(service)[4] == {
        "model": "m",
        "temperature": 0.5,
        "future": [1],
        "messages": [{"role": "user", "content": "five"}],
    }
    before = Path("out.jsonl").read_bytes()
    service.reset()
    service.answer_always(completed)
    assert command(*arguments).status == 3
    assert [body["messages"][-1]["content"] for body in bodies(service)] == ["bad"]
    assert Path("out.jsonl").read_bytes() == before


def test_file_by_stdin(command: CommandLine, service: LocalService, bare: Path) -> None:
    """A pipe is a file; the model is that of the line, else that of the command."""
    service.answer_always(completed)
    lines = b'"one"\n\n{"body": {"model": "of the line", "messages": [{"role": "user", "content": "two"}]}}'
    done = command("chat", "--file", "-", "--out", "out.jsonl", "--model", "m", "--max-concurrency", 1, stdin=lines)

    assert (done.status, done.err, names_of(bare)) == (0, "", ["out.jsonl"])
    assert [body["model"] for body in bodies(service)] == ["m", "of the line"]
    assert [line["custom_id"] for line in json_lines(Path("out.jsonl"))] == [0, 1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"body": []}, "The body must be an object with a list as messages."),
        ({"body": {"messages": "x"}}, "The body must be an object with a list as messages."),
        ({"body": {"messages": [], "stream": True}}, "A body with stream is not for a file: leave it out."),
        ({"body": {"messages": [], "response_format": "xml"}}, "The response_format of a body must be an object."),
        ({"url": "/v1/embeddings", "body": {"messages": []}}, "The url must be that of chat completions, not /v1/em"),
        ({"messages": "x", "prompt": None}, "The object needs a text as prompt, a list as messages, or a body; its k"),
        ({}, "The object needs a text as prompt, a list as messages, or a body; its keys: none."),
        (5, "The line must be a string or an object, not int."),
    ],
)
def test_bad_lines(command: CommandLine, service: LocalService, line: Any, says: str) -> None:
    """A line that is not a chat fails alone, unsent; if the first lines all fail, the command ends."""
    service.answer_always(completed)
    done = command("chat", "--file", write(["one", line]), "--out", "out.jsonl")
    assert (done.status, len(service.requests)) == (3, 1)
    assert json_lines(Path("out.jsonl"))[1]["error"]["message"][: len(says)] == says
    alone = command("chat", "--file", write([line]), "--out", "out.jsonl")

    assert (alone.status, alone.out) == (1, "")
    assert alone.err.startswith(f"error: in.jsonl, line 1: {says}")


def test_entra(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without azure-identity, the message names it; a token never goes to another host than Azure's."""
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    monkeypatch.setenv("AZURE_AI_CHAT_ENDPOINT", "https://name.openai.azure.com")
    needs = "error: Tokens of Microsoft Entra ID need azure-identity: pip install azure-identity\n"

    assert command("chat", "x", "--entra") == (1, "", needs)
    monkeypatch.delenv("AZURE_AI_CHAT_KEY")
    assert command("chat", "x") == (1, "", needs)
    stranger = command("chat", "x", "--entra", "--endpoint", "https://name.openai.azure.com.example")
    assert stranger.status == 2
    assert "goes to hosts of Azure only" in stranger.err
    assert command("chat", "x", "--endpoint", "https://name.example").status == 2
