"""Recorders, mocks and agents between a client and the network are used, and never bypassed."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any, Callable, Dict, List
from unittest import mock

import pytest
import requests
import requests.adapters
import urllib3
from azure.core.exceptions import DecodeError, HttpResponseError, IncompleteReadError, ServiceRequestError
from worlds import SYNC, World

from .calls import ANSWER, COMPLETION, STREAM, A, ask, chat, failure_of, read
from .raw_server import RawServer, chunked, whole

TEXTS = ["a", "b", None]
NOWHERE = "http://service.invalid"


class Nowhere:
    """A server that cannot be reached: a response must come from in front of the network."""

    url = NOWHERE


def answered(body: Any, status: int = 200, **headers: str) -> requests.Response:
    """Return a response of requests that is made by hand."""
    response = requests.Response()
    response.status_code = status
    response.headers.update({"content-type": "application/json", **headers})
    response.raw = body
    response.url = NOWHERE
    return response


#: Bodies of such responses, each made anew: the streams that people put there.
BODIES: Dict[str, Callable[[bytes], Any]] = {
    "BytesIO": io.BytesIO,
    "a file": lambda data: io.BufferedReader(io.BytesIO(data)),  # type: ignore[arg-type]
    "urllib3": lambda data: urllib3.HTTPResponse(io.BytesIO(data), preload_content=False),
    "a mock": lambda data: mock.Mock(read=io.BytesIO(data).read, spec=["read", "close", "enforce_content_length"]),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", BODIES)
async def test_made_by_hand(says: str) -> None:
    """A response made by hand is read in the ways that it supports."""
    make = BODIES[says]
    with mock.patch("requests.Session.request", side_effect=lambda *_, **__: answered(make(ANSWER))) as request:
        async with chat(SYNC, Nowhere()) as client:
            assert [await ask(client) for _ in range(2)] == [COMPLETION, COMPLETION]
    assert request.call_count == 2
    with mock.patch("requests.Session.request", side_effect=lambda *_, **__: answered(make(STREAM))):
        async with chat(SYNC, Nowhere()) as client:
            assert await read(await ask(client, stream=True)) == (TEXTS, None)


@pytest.mark.asyncio
async def test_read_before() -> None:
    """A response whose content a mock has set is read from that."""
    response = answered(None)
    response._content, response._content_consumed = ANSWER, True  # type: ignore[attr-defined]
    response.raw = io.BytesIO()
    with mock.patch("requests.Session.request", return_value=response):
        async with chat(SYNC, Nowhere()) as client:
            assert await ask(client) == COMPLETION


class MockSocket:
    """A socket as mocks of sockets build it: http.client can read a response from it, once."""

    def __init__(self, response: bytes) -> None:
        self._response = response

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._response)

    def sendall(self, data: bytes) -> None:
        """Send to nobody."""

    def settimeout(self, seconds: Any) -> None:
        """Wait for nobody."""

    def gettimeout(self) -> None:
        return None

    def close(self) -> None:
        """Close nothing."""


@pytest.mark.asyncio
async def test_mock_of_a_socket() -> None:
    """A response from a mock of a socket is read as http.client reads it."""
    (answer,), (stream,) = whole(ANSWER, Connection="close"), whole(STREAM, Connection="close")
    sockets = [MockSocket(answer), MockSocket(stream)]  # type: ignore[arg-type]
    with mock.patch("urllib3.util.connection.create_connection", side_effect=sockets):
        async with chat(SYNC, Nowhere()) as client:
            assert await ask(client) == COMPLETION
            assert await read(await ask(client, stream=True)) == (TEXTS, None)


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_faults_by_hand(streamed: bool) -> None:
    """Faults of such a response reach the program as those of a real one do."""
    faults: List[Any] = []
    for response in (
        answered(io.BytesIO(b'{"error": {"code": "x", "message": "no"}}'), 400),
        answered(io.BytesIO(A if streamed else b"{")),
        answered(urllib3.HTTPResponse(io.BytesIO(b"no gzip"), {"content-encoding": "gzip"}, preload_content=False)),
    ):
        with mock.patch("requests.Session.request", return_value=response):
            async with chat(SYNC, Nowhere()) as client:
                if streamed and response.status_code == 200:
                    faults.append((await read(await ask(client, stream=True)))[1])
                else:
                    faults.append(await failure_of(ask(client, stream=streamed)))
    assert [type(fault) for fault in faults[:1]] == [HttpResponseError]
    assert isinstance(faults[1], IncompleteReadError if streamed else DecodeError)
    assert isinstance(faults[2], DecodeError)


#: Functions that somebody may replace, and that a call over our own connections comes by.
NAMES = [
    "requests.Session.request",
    "requests.Session.send",
    "requests.Session.prepare_request",
    "requests.Session.merge_environment_settings",
    "requests.Session.get_adapter",
    "requests.adapters.HTTPAdapter.send",
    "requests.adapters.HTTPAdapter.build_response",
    "requests.adapters.HTTPAdapter.cert_verify",
    "requests.adapters.HTTPAdapter.request_url",
    "requests.adapters.HTTPAdapter.get_connection_with_tls_context",
    "urllib3.HTTPConnectionPool.urlopen",
    "http.client.HTTPConnection.putrequest",
    "http.client.HTTPConnection.getresponse",
    "http.client.HTTPConnection.endheaders",
    "urllib3.connection.HTTPConnection.request",
    "urllib3.connection.HTTPConnection.connect",
]


def replaced(name: str, how: str, calls: List[str]) -> Any:
    """Replace a function with one that notes its calls and passes them on."""
    place, _, attribute = name.rpartition(".")
    module, _, kind = place.rpartition(".")
    original = getattr(getattr(sys.modules[module], kind), attribute)

    def noting(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(*args, **kwargs)

    if how == "autospec":
        return mock.patch(name, autospec=True, side_effect=noting)
    return mock.patch(name, noting)


@pytest.mark.asyncio
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", ["function", "autospec"])
@pytest.mark.parametrize("name", NAMES)
async def test_replaced(name: str, how: str, when: str) -> None:
    """A replaced function is called, whether it is replaced before a client is made or after its first call."""
    calls: List[str] = []
    with RawServer(whole(ANSWER), whole(ANSWER, Connection="close"), whole(ANSWER)) as server:
        if when == "before":
            with replaced(name, how, calls):
                async with chat(SYNC, server) as client:
                    assert await ask(client) == COMPLETION
        else:
            async with chat(SYNC, server) as client:
                await ask(client)
                await ask(client)
                with replaced(name, how, calls):
                    assert await ask(client) == COMPLETION
                noted = list(calls)
                assert await ask(client) == COMPLETION
                assert calls == noted
    assert set(calls) == {name}


@pytest.mark.asyncio
@pytest.mark.parametrize("pool", ["HTTPConnectionPool", "HTTPSConnectionPool"])
async def test_connection_class(pool: str, tls: Any) -> None:
    """A class of connections that replaces urllib3's is used, but not once it is gone."""
    made: List[Any] = []
    kind: Any = getattr(urllib3, pool)

    class Noting(kind.ConnectionCls):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(kwargs["port"])
            super().__init__(*args, **kwargs)

    secure = pool == "HTTPSConnectionPool"
    options = {"connection_verify": tls.bundle} if secure else {}
    with RawServer(whole(ANSWER), tls=tls.server if secure else None) as server:
        async with chat(SYNC, server, **options) as client:
            assert await ask(client) == COMPLETION
            with mock.patch.object(kind, "ConnectionCls", Noting):
                assert await ask(client) == COMPLETION
                assert await read(await ask(client, stream=True)) is not None
            assert await ask(client) == COMPLETION
        assert (made, server.connections) == ([server.port], 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("attribute", ["send", "get_adapter", "request", "prepare_request"])
async def test_session_instance(attribute: str) -> None:
    """A function replaced on the session of a transport is called."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            await ask(client)
            session = client._client._pipeline._transport.session
            with mock.patch.object(session, attribute, wraps=getattr(session, attribute)) as replacement:
                assert await ask(client) == COMPLETION
    assert replacement.call_count == 1


@pytest.mark.asyncio
async def test_mounted_adapter() -> None:
    """An adapter that a program mounts is used."""

    class Adapter(requests.adapters.HTTPAdapter):
        sent = 0

        def send(self, *args: Any, **kwargs: Any) -> Any:
            self.sent += 1
            return super().send(*args, **kwargs)

    adapter = Adapter()
    with RawServer(whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            await ask(client)
            client._client._pipeline._transport.session.mount(server.url, adapter)
            assert await ask(client) == COMPLETION
    assert adapter.sent == 1


@pytest.mark.asyncio
async def test_session_class() -> None:
    """A class of sessions that replaces requests', such as one with a cache, is used."""

    class Session(requests.Session):
        asked = 0

        def request(self, *args: Any, **kwargs: Any) -> Any:
            type(self).asked += 1
            return super().request(*args, **kwargs)

    with mock.patch("requests.Session", Session), RawServer(whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            assert await ask(client) == COMPLETION
    assert Session.asked == 1


@pytest.mark.asyncio
async def test_own_session() -> None:
    """A session that a program passes sends the requests, with its own settings."""
    session = requests.Session()
    session.headers["x-mine"] = "1"
    session.cookies.set("mine", "1")
    with RawServer(whole(ANSWER, Set_Cookie="theirs=1")) as server:
        async with chat(SYNC, server, session=session) as client:
            for _ in range(2):
                assert await ask(client) == COMPLETION
    sent = [(request.headers["x-mine"], {*request.headers["cookie"].split("; ")}) for request in server.requests]
    assert sent == [("1", {"mine=1"}), ("1", {"mine=1", "theirs=1"})]


@pytest.fixture
def cassette(tmp_path: Any) -> str:
    pytest.importorskip("vcr")
    return str(tmp_path / "cassette.yaml")


@pytest.mark.asyncio
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_vcr(world: World, cassette: str, streamed: bool, zipped: bool) -> None:
    """A cassette records responses and plays them."""
    import vcr

    body = whole(STREAM, kind="text/event-stream", zipped=zipped) if streamed else whole(ANSWER, zipped=zipped)

    async def once(client: Any) -> Any:
        result = await ask(client, stream=streamed)
        return await read(result) if streamed else result

    right: Any = (TEXTS, None) if streamed else COMPLETION
    recorder = vcr.VCR(match_on=["method", "path", "query"])
    with RawServer(body) as server:
        async with chat(world, server) as client:
            assert await once(client) == right
            with recorder.use_cassette(cassette) as recorded:
                assert await once(client) == right
                assert len(recorded) == 1
            assert await once(client) == right
            assert len(server.requests) == 3
            with recorder.use_cassette(cassette, record_mode="none") as played:
                assert await once(client) == right
                assert played.play_count == 1
        assert len(server.requests) == 3
    with recorder.use_cassette(cassette, record_mode="none"):
        async with chat(world, Nowhere()) as client:
            assert await once(client) == right


@pytest.mark.asyncio
async def test_vcr_first() -> None:
    """A library first used under a cassette works without one later."""
    pytest.importorskip("vcr")
    program = """
import vcr
with vcr.use_cassette(%r, record_mode="none"):
    from azure.ai.inference import ChatCompletionsClient
    from azure.core.credentials import AzureKeyCredential
    client = ChatCompletionsClient(%r, AzureKeyCredential("key"), retry_total=0)
    try:
        client.complete(messages=[])
    except Exception as error:
        assert "cassette" in repr(error), repr(error)
print(client.complete(messages=[]).choices[0].message.content)
"""
    with RawServer(whole(ANSWER)) as server:
        ran = subprocess.run(  # noqa: ASYNC221 - nothing else runs in this loop
            [sys.executable, "-c", program % ("/nowhere/cassette.yaml", server.url)],
            check=False,
            capture_output=True,
            text=True,
        )
        assert (ran.stdout, ran.stderr, len(server.requests)) == ("hello\n", "", 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_responses(streamed: bool) -> None:
    """The library `responses` provides the responses."""
    responses = pytest.importorskip("responses")
    with responses.RequestsMock() as answering:
        answering.add("POST", f"{NOWHERE}/chat/completions", body=STREAM if streamed else ANSWER)
        async with chat(SYNC, Nowhere()) as client:
            result = await ask(client, stream=streamed)
            assert (await read(result) if streamed else result) == ((TEXTS, None) if streamed else COMPLETION)
    async with chat(SYNC, Nowhere(), connection_timeout=5) as client:
        with mock.patch("socket.getaddrinfo", side_effect=OSError("no name")):
            assert type(await failure_of(ask(client))) is ServiceRequestError


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_requests_mock(streamed: bool, when: str) -> None:
    """The library `requests-mock` provides the responses."""
    requests_mock = pytest.importorskip("requests_mock")
    with RawServer(whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            if when == "after":
                await ask(client)
            with requests_mock.Mocker() as answering:
                answering.post(f"{server.url}/chat/completions", content=STREAM if streamed else ANSWER)
                result = await ask(client, stream=streamed)
                assert (await read(result) if streamed else result) == ((TEXTS, None) if streamed else COMPLETION)
        assert len(server.requests) == (1 if when == "after" else 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("library", ["requests", "urllib3"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_instrumentors(library: str, when: str) -> None:
    """OpenTelemetry's instrumentation of an HTTP library records a span."""
    instrumentation = pytest.importorskip(f"opentelemetry.instrumentation.{library}")
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    spans = memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(spans))
    kind = instrumentation.RequestsInstrumentor if library == "requests" else instrumentation.URLLib3Instrumentor
    with RawServer(whole(ANSWER), chunked(STREAM, b""), whole(ANSWER)) as server:
        async with chat(SYNC, server) as client:
            if when == "after":
                await ask(client)
            kind().instrument(tracer_provider=provider)
            try:
                results = [await ask(client, stream=when == "after") for _ in range(1)]
                if when == "after":
                    assert await read(results[0]) == (TEXTS, None)
            finally:
                kind().uninstrument()
            assert await ask(client, stream=when == "before") is not None
    assert [span.attributes.get("http.method") or "POST" for span in spans.get_finished_spans()] == ["POST"]


def test_permanent_agent() -> None:
    """An agent that patches http.client before the library is imported sees all requests."""
    program = """
import http.client
original, calls = http.client.HTTPConnection.putrequest, []
def putrequest(self, *args, **kwargs):
    calls.append(args[0])
    return original(self, *args, **kwargs)
http.client.HTTPConnection.putrequest = putrequest
from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
ChatCompletionsClient(%r, AzureKeyCredential("key")).complete(messages=[])
print(calls)
"""
    with RawServer(whole(ANSWER)) as server:
        ran = subprocess.run([sys.executable, "-c", program % server.url], check=False, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("['POST']\n", "")
