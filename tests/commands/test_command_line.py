"""The command line as a whole: its help, its progress, and that a program which does not use it does not load it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from typing import Any, List

import pytest
from command_world import PATIENCE, CommandLine, embedded

import azure.ai.inference
from azure.ai.inference._commands import console
from azure.ai.inference.runs import RunProgress
from azure.ai.inference.testing import LocalService

COMMANDS = ["embed", "chat", "check"]
VARIABLES = [f"AZURE_AI_{name}_{end}" for name in ("CHAT", "EMBEDDINGS") for end in ("ENDPOINT", "KEY", "MODEL")]


def test_help(command: CommandLine) -> None:
    """The first page names the commands, the variables and the exit statuses, and fits into 80 columns but for examples."""
    done = command("--help")

    assert (done.status, done.err) == (0, "")
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", done.out, re.MULTILINE)] == []
    assert [name for name in VARIABLES[:4] if name not in done.out] == []
    assert re.findall(r"^  (\d+) ", done.out, re.MULTILINE) == ["0", "1", "2", "3", "130"]
    text, _, examples = done.out.partition("examples:")
    assert examples.count("\n  ") == 4
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(command: CommandLine, name: str) -> None:
    """It has examples, and the variable that holds the key."""
    done = command(name, "--help")

    assert (done.status, done.err) == (0, "")
    assert "examples:" in done.out
    assert "_KEY)" in re.sub(r"\s+", " ", done.out)


@pytest.mark.parametrize("arguments", [[], ["none"], ["embed", "--no-such"]])
def test_wrong_usage(command: CommandLine, arguments: List[str]) -> None:
    """The exit status is that of wrong usage."""
    done = command(*arguments)

    assert (done.status, done.out) == (2, "")
    assert "usage:" in done.err


def test_version(command: CommandLine) -> None:
    """It is that of the package."""
    assert command("--version") == (0, f"azure-ai-inference {azure.ai.inference.__version__}\n", "")


def test_the_package_does_not_load_it() -> None:
    """Importing the package does not load the command line."""
    code = (
        "import sys, azure.ai.inference, azure.ai.inference.aio; "
        "print([name for name in sys.modules if name == 'argparse' or '_commands' in name or '__main__' in name[3:]])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)

    assert done.stdout == "[]\n"


LONG = RunProgress(done=1234, failed=5, total=10_000, tokens=98_765)


@pytest.mark.parametrize(
    ("progress", "columns", "line"),
    [
        (LONG, 120, " 12% [###-----------------------------]  1,239/10,000 inputs  5 failed  1:11 left  98,765 tokens"),
        (LONG, 80, " 12% [#--------------]  1,239/10,000 inputs  5 failed  1:11 left  98,765 tokens"),
        (LONG, 60, " 12% [#---------]  1,239/10,000 inputs  5 failed  1:11 left"),
        (LONG, 45, " 12% [#---------------]  1,239/10,000 inputs"),
        (LONG, 34, " 1,239/10,000 inputs  5 failed"),
        (LONG, 21, " 1,239/10,000 inputs"),
        (LONG, 9, " 1,239/1"),
        (LONG, 1, ""),
        (LONG, 0, ""),
        (RunProgress(0, 0, 10, 0), 80, "  0% [--------------------------------]  0/10 inputs"),
        (RunProgress(10, 0, 10, 0), 80, "100% [################################] 10/10 inputs  0:00 left"),
        (RunProgress(12, 0, 10, 0), 80, "100% [################################] 12/10 inputs  0:00 left"),
        (RunProgress(1234, 0, None, 5), 80, "1,234 inputs  0:10  5 tokens"),
        (RunProgress(1, 0, 4000, 0), 80, "  0% [--------------------------------]     1/4,000 inputs  11:06:30 left"),
        (RunProgress(0, 0, 0, 0), 80, "0 inputs  0:10"),
    ],
)
def test_progress_fits_the_terminal(progress: RunProgress, columns: int, line: str) -> None:
    """The line is always shorter than the terminal is wide, so that no update begins another one."""
    shown = console.line_of(progress, "inputs", 10.0, columns)

    assert shown == line
    assert len(shown) < max(columns, 1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal there is a bar on stderr, which is gone at the end; with --quiet there is none."""
    service.answer_always(embedded)
    monkeypatch.setattr(console, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setenv("COLUMNS", "80")
    texts = b"one\ntwo\nthree\n"
    with open("texts.txt", "wb") as file:
        file.write(texts)
    terminal = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        assert command("embed", "texts.txt", "--out", "a.npy", "--batch-size", 1, "--max-concurrency", 1).status == 0
    lines: List[Any] = terminal.getvalue().split("\r")

    assert [re.sub(r"\d+:\d\d", "0:00", line).rstrip() for line in lines] == [
        "",
        " 33% [##########----------------------] 1/3 inputs  0:00 left  2 tokens",
        " 66% [#####################-----------] 2/3 inputs  0:00 left  4 tokens",
        "100% [################################] 3/3 inputs  0:00 left  6 tokens",
        "",
        "",
    ]
    assert len(lines[-2]) == len(lines[-3]) + len("^C")
    silent = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", silent)
        assert command("embed", "texts.txt", "--out", "b.npy", "--quiet").status == 0
    assert silent.getvalue() == ""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("a\n  b\tc"), "a b c"),
        (FileNotFoundError(2, "No such file or directory", "x"), "x: No such file or directory"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("odd"), "odd"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError(), "ValueError"),
        (RuntimeError("\x1b[31mred"), "RuntimeError: [31mred"),
        (ValueError("(c) m\nCode: c\nMessage: m\nThe request was"), "(c) m The request was"),
    ],
)
def test_errors_are_one_line(error: Exception, line: str) -> None:
    """An error is one line, and a terminal obeys nothing in a service's message."""
    assert console.in_a_line(error) == line


def test_a_bug_is_one_line_too(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error has its class in the line."""
    from azure.ai.inference._commands import chat

    def fail(_: Any) -> int:
        raise RuntimeError("odd")

    monkeypatch.setattr(chat, "_complete_one", fail)
    assert command("chat", "x") == (1, "", "error: RuntimeError: odd\n")
