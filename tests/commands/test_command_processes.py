"""Commands as processes: Ctrl-C, a kill, broken pipes, encodings, and a terminal."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from command_world import PATIENCE, bodies, embedded, environment_of, json_lines, names_of, start, vector_of

from azure.ai.inference.testing import LocalService, Reply, Stream

POSIX = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent to the whole console there")
TEXTS = [f"text {number}" for number in range(12)]
EMBED = ["embed", "texts.txt", "--out", "vectors.npy", "--batch-size", 2, "--max-concurrency", 1]
GOES_ON = "The responses so far are in vectors.npy.checkpoint: the same command continues from there."


@pytest.fixture(autouse=True)
def texts(bare: Path) -> None:
    Path("texts.txt").write_text("\n".join(TEXTS), "utf-8")


class Hanging:
    """A service that embeds some batches, and lets the requests behind them hang."""

    def __init__(self, service: LocalService, batches: int) -> None:
        self.release = threading.Event()
        self.hangs = threading.Semaphore(0)
        self._left = batches
        self._lock = threading.Lock()
        service.answer_always(self._respond)

    def _respond(self, request: Any) -> Reply:
        with self._lock:
            self._left -= 1
            hangs = self._left < 0
        if hangs:
            self.hangs.release()
            self.release.wait(PATIENCE)
        return embedded(request)

    def wait(self) -> None:
        """Wait until a request hangs: then all responses before are in the checkpoint."""
        assert self.hangs.acquire(timeout=PATIENCE)


def finish(process: subprocess.Popen[str]) -> Tuple[int, str, str]:
    with process:
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def go_on(service: LocalService) -> List[str]:
    """Run the command again, and return the texts that it sent."""
    service.reset()
    service.answer_always(embedded)
    status, _, err = finish(start(service, *EMBED))
    assert (status, err) == (0, "Continuing from vectors.npy.checkpoint; --restart starts over.\n")
    assert np.load("vectors.npy").tolist() == [vector_of(text) for text in TEXTS]
    assert names_of(Path()) == ["texts.txt", "vectors.npy"]
    return [text for body in bodies(service) for text in body["input"]]


@POSIX
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_stopped_and_gone_on(service: LocalService, ending: signal.Signals) -> None:
    """The same command pays for nothing twice but what was in flight, after Ctrl-C and after a kill."""
    hanging = Hanging(service, 3)
    process = start(service, *EMBED)
    hanging.wait()
    process.send_signal(ending)
    status, out, err = finish(process)
    hanging.release.set()

    expected = (130, "", f"Stopped. {GOES_ON}\n") if ending is signal.SIGINT else (-ending, "", "")
    assert (status, out, err) == expected
    assert not Path("vectors.npy").exists()
    assert go_on(service) == TEXTS[6:]


@POSIX
def test_stopped_before_anything(service: LocalService) -> None:
    """Nothing is left that blocks another command."""
    hanging = Hanging(service, 0)
    process = start(service, *EMBED)
    hanging.wait()
    process.send_signal(signal.SIGINT)
    done = finish(process)
    hanging.release.set()

    assert done == (130, "", "Stopped. There were no responses yet.\n")
    assert names_of(Path()) == ["texts.txt"]


@POSIX
def test_stream_is_stopped(service: LocalService) -> None:
    """Ctrl-C ends a stream in one line, after the text so far."""
    gate = threading.Semaphore(1)
    service.answer(Stream([text_event("Hello"), text_event("you")], gate=gate))
    with start(service, "chat", "x") as process:
        assert process.stdout is not None
        assert process.stdout.read(5) == "Hello"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out, err) == (130, "", "Stopped.\n")


@POSIX
def test_reader_goes_away(service: LocalService) -> None:
    """`chat ... | head` ends without a message."""
    gate = threading.Semaphore(1)
    service.answer(Stream([text_event("Hello"), *[text_event("you")] * 9], gate=gate))
    with start(service, "chat", "x") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(5) == "Hello"
        process.stdout.close()
        for _ in range(10):
            gate.release()
        err = process.stderr.read()
        process.wait(PATIENCE)

    assert (process.returncode, err) == (1, "")


def text_event(text: str) -> Dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


def test_pipes(service: LocalService, tmp_path: Path) -> None:
    """Results and nothing else are on stdout; input comes as bytes, whatever the locale is."""
    process = start(
        service,
        *("chat", "--file", "-", "--out", "out.jsonl"),
        stdin=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        out, err = process.communicate('"café"\n"naïve"\n', timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert re.fullmatch(r"2 chats, \d+ tokens, 0 failed, \d+\.\d seconds, out\.jsonl\n", out)
    texts = [body["messages"][0]["content"] for body in bodies(service)]
    assert sorted(texts) == ["café", "naïve"]
    assert [line["custom_id"] for line in json_lines(Path("out.jsonl"))] == [0, 1]


def test_ascii_terminal(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stdout cannot encode is written in another way, and ends nothing."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    status, out, err = finish(start(service, "chat", "hello"))

    assert (status, err) == (0, "")
    assert out.startswith("\\u201chello\\u201d")


def test_script(service: LocalService) -> None:
    """The function that the script calls returns the exit status; help names the script."""
    code = "import sys; sys.argv[0] = '/bin/azure-ai-inference'; from azure.ai.inference.__main__ import main; sys.exit(main())"
    environment = {**os.environ, **environment_of(service)}
    command = [sys.executable, "-c", code, "chat", "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: azure-ai-inference chat ")
    assert "python -m" not in done.stdout


@POSIX
def test_terminal(service: LocalService) -> None:
    """In a terminal there is a bar of its width; Ctrl-C there says what to do."""
    import fcntl
    import pty
    import struct
    import termios

    hanging = Hanging(service, 4)
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    process = start(service, *EMBED, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    hanging.wait()
    shown = b""
    while b"%" not in shown and select.select([leader], [], [], 0.5)[0]:
        shown += os.read(leader, 65536)
    process.send_signal(signal.SIGINT)
    try:
        while True:
            chunk = os.read(leader, 65536)
            shown += chunk
            if not chunk:
                break
    except OSError:  # Linux's sign of the end
        pass
    with process:
        assert process.wait(PATIENCE) == 130
    os.close(leader)
    hanging.release.set()

    lines = re.split(r"[\r\n]+", shown.decode())
    assert lines[-2] == f"Stopped. {GOES_ON}"
    bars = [line for line in lines if "%" in line]
    assert [bar for bar in bars if len(bar) >= 60 or "inputs" not in bar] == []
    assert go_on(service) == TEXTS[8:]
