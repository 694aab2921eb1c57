"""The samples that serve a web page, run as programs and read by an HTTP client and by a browser.

The model is a local service. `nox -s browser` installs what the tests of the page need, except for Chromium.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from azure.ai.inference.testing import LocalService, Reply, Stream

SAMPLES = Path(__file__).parents[2] / "samples"
NEEDS = {"sample_web_fastapi": ["fastapi", "uvicorn", "aiohttp"], "sample_web_flask": ["flask"]}
TEXTS = ["The sea", " is", " wide", " and deep."]


def updates() -> List[Dict[str, Any]]:
    """Return the events of a stream with a text each, and one that ends it."""
    ends = [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    texts = [[{"index": 0, "delta": {"content": text}, "finish_reason": None}] for text in TEXTS]
    return [{"id": "1", "created": 1, "model": "m", "choices": choices} for choices in [*texts, ends]]


@pytest.fixture(params=NEEDS)
def port(request: pytest.FixtureRequest, service: LocalService, tmp_path: Path) -> Iterator[int]:
    """Return the port of a sample's web server."""
    for package in NEEDS[request.param]:
        pytest.importorskip(package)
    with serving(request.param, service, tmp_path) as found:
        yield found


@contextlib.contextmanager
def serving(name: str, service: LocalService, folder: Path) -> Iterator[int]:
    """Run a sample until the end of the `with`, and yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"AZURE_AI_CHAT_ENDPOINT": service.endpoint, "AZURE_AI_CHAT_KEY": service.key, "PORT": str(port)}
    with open(folder / "log", "wb") as log:
        command = [sys.executable, str(SAMPLES / f"{name}.py")]
        server = subprocess.Popen(command, cwd=folder, env={**os.environ, **variables}, stdout=log, stderr=log)
    try:
        wait_until_listening(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def wait_until_listening(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.05)
    raise AssertionError(f"the server ended with {server.returncode}")


@contextlib.contextmanager
def requested(port: int, method: str, path: str) -> Iterator[http.client.HTTPResponse]:
    """Send a request, yield the response, and disconnect."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, "Tell me about the sea." if method == "POST" else None)
    with connection.getresponse() as response:
        yield response
    connection.close()


def test_page(port: int) -> None:
    """The first page of the server is the chat."""
    with requested(port, "GET", "/") as response:
        page = response.read()
        assert (response.status, response.headers.get_content_type()) == (200, "text/html")
    assert page == (SAMPLES / "data" / "chat.html").read_bytes()


def test_first_tokens_arrive_first(port: int, service: LocalService) -> None:
    """The reader sees each text while the model has not written the next one."""
    gate = threading.Semaphore(1)
    service.answer(Stream(updates(), gate=gate))
    seen: List[str] = []

    with requested(port, "POST", "/chat") as response:
        for _ in TEXTS:
            seen.append(response.read1(100).decode())
            gate.release()
        gate.release()
        rest = response.read()

    assert (response.status, seen, rest) == (200, TEXTS, b"")
    assert service.requests[0].json()["messages"] == [{"role": "user", "content": "Tell me about the sea."}]


def test_reader_who_leaves_ends_the_call(port: int, service: LocalService, request: pytest.FixtureRequest) -> None:
    """Once the reader has gone, no connection to the model stays open. Flask notices it when it sends the next text."""
    gate = threading.Semaphore(1)
    service.answer(Stream(updates() * 500, gate=gate))

    with requested(port, "POST", "/chat") as response:
        assert response.read1(100) == TEXTS[0].encode()
        assert service.open_connections == 1

    if "flask" in request.node.callspec.id:
        gate.release(1000)
    assert service.wait_until_closed(10)


def test_error_before_the_first_token(port: int, service: LocalService) -> None:
    """An error of the service is a 502, with the error's text for the reader."""
    service.answer(Reply(401, {"error": {"code": "401", "message": "Wrong key."}}))

    with requested(port, "POST", "/chat") as response:
        body = response.read().decode()

    assert (response.status, body.splitlines()[0]) == (502, "(401) Wrong key.")


def test_completion_that_is_cut_off(port: int, service: LocalService) -> None:
    """Half a completion is no whole response: the reader's request fails."""
    service.answer(Stream(updates()[:2], done=False))

    with requested(port, "POST", "/chat") as response, pytest.raises(http.client.IncompleteRead) as caught:
        response.read()

    assert caught.value.partial.decode() == "The sea is"


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--no-proxy-server"])
        yield browser
        browser.close()


@pytest.fixture
def chat(browser: Any, port: int) -> Any:
    """Return the page of a sample, in the browser."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    return page


def shows(chat: Any, completion: str, state: str) -> None:
    """Wait until the page shows a text and a state."""
    for selector, text in (("#completion", completion), ("#state", state)):
        chat.wait_for_function("([id, text]) => document.querySelector(id).textContent === text", arg=[selector, text])


def test_page_shows_tokens_as_they_arrive(chat: Any, service: LocalService) -> None:
    """The page grows text by text, and says when it has all."""
    gate = threading.Semaphore(1)
    service.answer(Stream(updates(), gate=gate))

    chat.click("text=Ask")
    for number in range(len(TEXTS)):
        shows(chat, "".join(TEXTS[: number + 1]), "…")
        gate.release()
    gate.release()
    shows(chat, "".join(TEXTS), "done")

    assert service.requests[0].json()["messages"] == [{"role": "user", "content": "Tell me about the sea."}]


@pytest.mark.parametrize("leave", ["stop", "close"])
def test_browser_that_leaves_ends_the_call(
    leave: str, chat: Any, service: LocalService, request: pytest.FixtureRequest
) -> None:
    """A reader who stops, or closes the page, closes the connection to the model."""
    gate = threading.Semaphore(1)
    service.answer(Stream(updates() * 500, gate=gate))
    chat.click("text=Ask")
    shows(chat, TEXTS[0], "…")
    assert service.open_connections == 1

    if leave == "stop":
        chat.click("text=Stop")
        shows(chat, TEXTS[0], "stopped")
    else:
        chat.close()

    if "flask" in request.node.callspec.id:
        gate.release(1000)
    assert service.wait_until_closed(10)


def test_page_says_that_a_completion_is_cut_off(chat: Any, service: LocalService) -> None:
    """Half a completion is marked, and the next question works."""
    service.answer(Stream(updates()[:2], done=False), Stream(updates()))

    chat.click("text=Ask")
    shows(chat, "The sea is", "cut off: network error")
    chat.click("text=Ask")
    shows(chat, "".join(TEXTS), "done")


def test_page_shows_errors(chat: Any, service: LocalService) -> None:
    """An error of the service is shown in place of a completion."""
    service.answer(Reply(401, {"error": {"code": "401", "message": "Wrong key."}}))

    chat.click("text=Ask")

    chat.wait_for_function("document.querySelector('#state.failed')?.textContent.startsWith('failed: (401) Wrong')")
    assert chat.text_content("#completion") == ""
