"""Private names of other libraries: the installed ones have them, and calls work without them.

A new name needs an entry in ``CANARIES``. The tests without the name run for all of them.
"""

from __future__ import annotations

import ast
import asyncio
import functools
import importlib
import importlib.util
import inspect
import os
import re
import textwrap
import threading
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Set, Tuple

import aiohttp
import pytest
import urllib3.connection
from azure.core.exceptions import HttpResponseError, IncompleteReadError, ServiceResponseTimeoutError
from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest
from faults.calls import ANSWER, COMPLETION, STREAM, A, ask, chat, failure_of, patiently, read
from faults.raw_server import LAST_CHUNK, Answer, Connection, Gate, RawServer, chunked, cut, head, stall, whole
from worlds import ASYNC, SYNC, World, next_of, wait

import azure.ai.inference
from azure.ai.inference._http import private_names
from azure.ai.inference.exceptions import RateLimitError

LIBRARIES = ("aiohttp", "azure", "http", "opentelemetry", "requests", "urllib3")
PACKAGE = Path(azure.ai.inference.__file__).parent


def names_of(module: Any) -> List[str]:
    """Return the constants of a module that hold private names."""
    return sorted(name for name in vars(module) if name.isupper() and name[0] != "_")


class Parts(NamedTuple):
    """The objects of other libraries behind a stream that is being read."""

    response: Any
    """The response of azure-core."""
    transport: Any

    @property
    def internal(self) -> Any:
        """Return the response of requests or aiohttp."""
        return self.response.internal_response

    @property
    def http_response(self) -> Any:
        """Return the response of http.client."""
        return private_names.http_response_of(self.internal.raw)


class Canary(NamedTuple):
    """An object that must have a private name."""

    world: World
    of: Callable[[Parts], Any]


BOTH_RESPONSES = [Canary(world, lambda parts: parts.response) for world in (SYNC, ASYNC)]
ENVIRONMENT = [Canary(world, lambda _: os.environ) for world in (SYNC, ASYNC)]
CANARIES: Dict[str, List[Canary]] = {
    "ARRIVED": [Canary(ASYNC, lambda parts: parts.internal.content)],
    "ASYNC_RESPONSE": [Canary(ASYNC, lambda _: importlib.import_module("azure.core.rest._aiohttp"))],
    "BUFFER": [Canary(SYNC, lambda parts: parts.http_response)],
    "CHUNKED": [Canary(SYNC, lambda parts: parts.internal.raw)],
    "CHUNK_LEFT": [Canary(SYNC, lambda parts: parts.http_response)],
    "CLOSED": [Canary(ASYNC, lambda parts: parts.response)],
    "CONTENT": BOTH_RESPONSES,
    "DECOMPRESSED": [Canary(ASYNC, lambda parts: parts.response)],
    "DOWNLOAD": [Canary(ASYNC, lambda parts: parts.response)],
    "ENCODE_NAME": ENVIRONMENT,
    "FACTORY": [Canary(ASYNC, lambda parts: parts.transport.session.connector)],
    "HELD": ENVIRONMENT,
    "HTTP_RESPONSE": [Canary(SYNC, lambda parts: parts.internal.raw)],
    "NEW_SOCKET": [Canary(SYNC, lambda _: urllib3.connection.HTTPConnection)],
    "PAYLOAD": [Canary(ASYNC, lambda parts: parts.internal.connection.protocol)],
    "RETURN_PIPELINE_RESPONSE": [],  # no attribute: it has a test of its own
    "SOCKET": [Canary(SYNC, lambda parts: private_names.buffer_of(parts.http_response).raw)],
    "STREAM_CONSUMED": BOTH_RESPONSES,
    "SYNC_RESPONSE": [Canary(SYNC, lambda _: importlib.import_module("azure.core.rest._requests_basic"))],
    "WAKE_NEXT": [Canary(ASYNC, lambda parts: parts.transport.session.connector)],
    "WRITE_LINE": [Canary(SYNC, lambda _: urllib3.connection.HTTPConnection)],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CANARIES)
async def test_installed_libraries_have_the_name(name: str) -> None:
    """The installed libraries have each private name; without it, calls take its public way."""
    for canary in CANARIES[name]:
        replies: List[Any] = []
        with RawServer(chunked(A, stall)) as server:
            async with chat(canary.world, server, raw_response_hook=replies.append) as client:
                stream = await ask(client, stream=True)
                await next_of(stream)
                holder = canary.of(Parts(replies[0].http_response, replies[0].context.transport))
                private = getattr(private_names, name)
                assert hasattr(holder, private), f"{type(holder)} has lost {private!r} (private_names.{name})"
                await wait(stream.close())


@pytest.mark.asyncio
async def test_azure_core_knows_the_option(world: World) -> None:
    """azure-core has ``_return_pipeline_response``; without it, JSON is decoded twice."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            sent = client._client.send_request(
                HttpRequest("GET", server.url), **private_names.pipeline_response_wanted()
            )
            assert isinstance(await wait(sent), PipelineResponse), private_names.RETURN_PIPELINE_RESPONSE


def test_each_name_has_a_canary() -> None:
    """Each private name has a canary."""
    assert names_of(private_names) == sorted(CANARIES)


def test_names_are_looked_up_at_each_use() -> None:
    """No module keeps a private name, so that the tests below take it away everywhere."""
    kept = [
        f"{path.name}: {alias.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(("private_names", "tracing._values"))
        for alias in node.names
        if alias.name.isupper()
    ]

    assert kept == []


def test_classes_share_no_private_name_with_their_bases() -> None:
    """No class of ours reads, replaces or hides a private name of another library's class that it extends."""
    shared = {
        f"{kind.__qualname__}: {name}"
        for kind in classes_of_the_package()
        for base in foreign_bases(kind)
        for name in private_names_of(kind) & private_names_of(base)
    }

    assert shared == set()


#: Modules that import a package which may be missing.
_OF_EXTRAS = {"_pydantic": "pydantic_core"}


def classes_of_the_package() -> Iterator[type]:
    """Return the classes of all modules."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        extra = _OF_EXTRAS.get(parts[-1])
        is_there = extra is None or importlib.util.find_spec(extra) is not None
        if parts[-1] not in ("__init__", "__main__") and is_there:
            module = importlib.import_module(".".join((azure.ai.inference.__name__, *parts)))
            yield from (kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__)


def foreign_bases(kind: Any) -> Iterator[type]:
    """Return the classes of other distributions that a class extends."""
    for base in getattr(kind, "__mro__", ()):
        of_library = base.__module__.partition(".")[0] in LIBRARIES
        if of_library and not base.__module__.startswith(azure.ai.inference.__name__):
            yield base


@functools.lru_cache(maxsize=None)
def private_names_of(kind: Any) -> Set[str]:
    """Return the private attributes that the source of a class uses or defines."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):
        return set()
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_of_self(node.value)}
    return {name for name in used | set(vars(kind)) if re.match("_[a-z]", name) and name != "_abc_impl"}


def _is_of_self(value: ast.AST) -> bool:
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def places() -> Iterator[Tuple[str, World]]:
    """Return each private name in the worlds that use it."""
    for name, canaries in CANARIES.items():
        for world in (SYNC, ASYNC):
            if not canaries or any(canary.world is world for canary in canaries):
                yield name, world


@pytest.fixture(params=places(), ids=lambda place: f"{place[0]}-{place[1].name}")
def world_without(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """Remove one private name after the other, as if the library had never had it."""
    name, world = request.param
    monkeypatch.setattr(private_names, name, f"lost_{name.lower()}")
    found: World = world
    return found


#: Framings of the same completion.
WHOLE: List[Answer] = [
    whole(ANSWER),
    whole(ANSWER, zipped=True),
    [*chunked(ANSWER[:9], ANSWER[9:], kind="application/json"), LAST_CHUNK],
    [head(Connection="close") + ANSWER, cut],
]


@pytest.mark.asyncio
async def test_calls_without_the_name(world_without: World) -> None:
    """Whole responses are read in every framing."""
    with RawServer(*WHOLE) as server:
        async with chat(world_without, server) as client:
            assert [await ask(client) for _ in WHOLE] == [COMPLETION] * len(WHOLE)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["CONTENT", "DECOMPRESSED", "STREAM_CONSUMED"])
async def test_session_that_leaves_bodies_compressed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body is decompressed once, by this library or by azure-core."""
    monkeypatch.setattr(private_names, name, "lost")
    with RawServer(whole(ANSWER, zipped=True)) as server:
        session = aiohttp.ClientSession(auto_decompress=False)
        async with session, chat(ASYNC, server, session=session, session_owner=False) as client:
            assert await ask(client) == COMPLETION


#: Framings of the same stream.
STREAMS: List[Answer] = [
    [*chunked(*(line + b"\n\n" for line in STREAM.split(b"\n\n")[:-1])), LAST_CHUNK],
    [*chunked(STREAM[:30], STREAM[30:]), LAST_CHUNK],
    whole(STREAM, kind="text/event-stream"),
    whole(STREAM, kind="text/event-stream", zipped=True),
]


@pytest.mark.asyncio
async def test_streams_without_the_name(world_without: World) -> None:
    """Streams are read in every framing."""
    with RawServer(*STREAMS) as server:
        async with chat(world_without, server) as client:
            outcomes = [await read(await ask(client, stream=True)) for _ in STREAMS]

    assert outcomes == [(["a", "b", None], None)] * len(STREAMS)


@pytest.mark.asyncio
async def test_errors_without_the_name(world_without: World) -> None:
    """Errors have their status, and their details where the body arrives. A response that breaks off is an error."""
    body = b'{"error": {"code": "busy", "message": "too much"}}'
    answers: List[Answer] = [
        whole(body, 429, Retry_After=3),
        whole(body, 429, Retry_After=3),
        [head(500, Content_Length=99) + b"{", cut],
        [head(500, Content_Length=99) + b"{", cut],
        [head(Content_Length=99) + b"{", cut],
        [*chunked(A, cut)],
    ]
    with RawServer(*answers) as server:
        async with chat(world_without, server) as client:
            limits: List[Any] = [await failure_of(ask(client, stream=stream)) for stream in (False, True)]
            faults: List[Any] = [await failure_of(ask(client, stream=stream)) for stream in (False, True)]
            whole_error: Any = await failure_of(ask(client))
            _, stream_error = await read(await ask(client, stream=True))

    for error in limits:
        assert (type(error), error.status_code, error.retry_after) == (RateLimitError, 429, 3)
        assert (error.error.code, error.error.message) == ("busy", "too much")
    assert [(type(error), error.status_code) for error in faults] == [(HttpResponseError, 500)] * 2
    for error in (whole_error, stream_error):
        assert type(error) is IncompleteReadError
        assert not isinstance(error.inner_exception, AttributeError)


class Stall(NamedTuple):
    """A response that stops arriving."""

    streamed: bool
    answer: Callable[[Gate, float], Answer]
    """Returns the steps of the server for a limit in seconds; the gate opens once the first update has been read."""
    option: str = "timeout"
    """The option with the limit."""


def slowly(_: Gate, seconds: float) -> Answer:
    """Send a whole response that ends after the deadline, without a long wait in any single read."""

    def pause(connection: Connection) -> None:
        connection.stopping.wait(0.6 * seconds)

    return [head(Content_Length=3) + b"{", pause, b" ", pause, b"}"]


STALLS = [
    Stall(False, lambda *_: [head(Content_Length=99) + b"{", stall]),
    Stall(False, slowly),
    Stall(True, lambda *_: chunked(A, stall)),
    Stall(True, lambda *_: [head(kind="text/event-stream", Content_Length=999) + A, stall]),
    Stall(True, lambda gate, _: [*chunked(A), gate, b"no size\r\n", stall], "read_timeout"),
]


async def check_stall(world: World, case: Stall, seconds: float) -> None:
    """Check the error that ends reading."""
    gate = Gate()
    with RawServer(case.answer(gate, seconds)) as server:
        async with chat(world, server, **{"read_timeout": 60, case.option: seconds}) as client:
            if case.streamed:
                texts, error = await read(await ask(client, stream=True), gate)
                # the public way of azure-core may wait for more bytes before it returns any
                assert texts in (["a"], [])
            else:
                error = await failure_of(ask(client))
    if case.option == "timeout":
        message = f"The call took longer than its timeout of {seconds:g} seconds."
        assert (type(error), str(error)) == (ServiceResponseTimeoutError, message)
    else:
        assert isinstance(error, (ServiceResponseTimeoutError, IncompleteReadError))


def test_deadlines_without_the_name(world_without: World) -> None:
    """Reading ends at the deadline, and where the server no longer speaks HTTP."""
    outcomes: Dict[Stall, Any] = dict.fromkeys(STALLS, "it waits for ever")

    def run(case: Stall) -> None:
        try:
            outcomes[case] = asyncio.run(patiently(lambda seconds: check_stall(world_without, case, seconds)))
        except Exception as error:
            outcomes[case] = error

    threads = [threading.Thread(target=run, args=[case], daemon=True) for case in STALLS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert list(outcomes.values()) == [None] * len(STALLS)
