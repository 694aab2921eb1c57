"""Transports of programs get the options that they know, and no others."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
import requests
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from worlds import SYNC, World, opened

from azure.ai.inference.exceptions import ServiceOverloadedError
from azure.ai.inference.testing import FakeResponse

from .calls import ANSWER, COMPLETION, STREAM, A, ask, chat, failure_of, read
from .raw_server import RawServer, chunked, cut, stall, whole

TEXTS = ["a", "b", None]


class Named(HttpTransport[Any, Any]):
    """A transport whose `send` names its options, as programs write them."""

    def __init__(self) -> None:
        self._inner = RequestsTransport(read_timeout=5)
        self.options: List[Dict[str, Any]] = []

    def send(self, request: Any, *, stream: bool = False, proxies: Any = None) -> Any:
        self.options.append({"stream": stream})
        return self._inner.send(request, stream=stream, proxies=proxies)

    def open(self) -> None:
        self._inner.open()

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Named:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


TRANSPORTS = {
    "azure-core's": lambda: RequestsTransport(read_timeout=5),
    "one with a session": lambda: RequestsTransport(session=requests.Session(), read_timeout=5),
    "one that names its options": Named,
}


@pytest.mark.asyncio
@pytest.mark.parametrize("timeout", [None, 5], ids=["no deadline", "deadline"])
@pytest.mark.parametrize("says", TRANSPORTS)
async def test_deadline(says: str, timeout: Any) -> None:
    """A deadline does not become an option that the transport does not know, and changes nothing in the response."""
    answers = [whole(ANSWER), chunked(STREAM, b""), whole(b"", 503, Retry_After="0"), whole(ANSWER)]
    with RawServer(*answers) as server:
        transport = TRANSPORTS[says]()
        async with chat(SYNC, server, transport=transport, timeout=timeout, retry_total=1) as client:
            assert await ask(client) == COMPLETION
            assert await read(await ask(client, stream=True)) == (TEXTS, None)
            assert await ask(client) == COMPLETION
    if isinstance(transport, Named):
        assert transport.options == [{"stream": stream} for stream in (False, True, False, False)]


@pytest.mark.asyncio
@pytest.mark.parametrize("says", TRANSPORTS)
async def test_checked_between_steps(says: str) -> None:
    """A deadline is checked before each retry, before each wait, and between reads."""
    with RawServer(whole(b"", 503, Retry_After="30"), [cut], chunked(A, stall)) as server:
        async with chat(SYNC, server, transport=TRANSPORTS[says](), retry_total=1) as client:
            assert type(await failure_of(ask(client, timeout=10))) is ServiceOverloadedError
            assert type(await failure_of(ask(client, timeout=0))) is ServiceRequestTimeoutError
            await failure_of(ask(client, timeout=10))
            texts, error = await read(await ask(client, stream=True, timeout=0.2))
    assert (texts, type(error)) == (["a"], ServiceResponseTimeoutError)


@pytest.mark.asyncio
async def test_own_options() -> None:
    """An option of a call reaches a transport that knows it."""
    with RawServer([stall]) as server:
        async with chat(SYNC, server, transport=RequestsTransport()) as client:
            error = await failure_of(ask(client, read_timeout=0.1))
    assert isinstance(error, ServiceResponseError) and "timed out" in str(error)


class WithoutRequest:
    """A response of another library, which knows no request and says so."""

    @property
    def request(self) -> Any:
        raise RuntimeError("The request has not been set.")


@pytest.mark.asyncio
async def test_response_without_request(world: World) -> None:
    """The response below that of a foreign transport may be of any library."""
    response = FakeResponse(body=COMPLETION)
    transport = world.FakeTransport(lambda _: response)
    send = transport.send

    def sent(received: Any) -> Any:
        received.internal_response = WithoutRequest()
        return received

    async def sending(*args: Any, **options: Any) -> Any:
        return sent(await send(*args, **options))

    transport.send = sending if world is not SYNC else lambda *args, **options: sent(send(*args, **options))
    async with opened(
        world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), transport=transport)
    ) as c:
        assert await ask(c) == COMPLETION


@pytest.mark.asyncio
async def test_cookies_of_its_session() -> None:
    """The cookies of a program's own session are sent."""
    session = requests.Session()
    with RawServer(whole(ANSWER, Set_Cookie="a=1")) as server:
        async with chat(SYNC, server, transport=RequestsTransport(session=session)) as client:
            assert await ask(client) == COMPLETION
    assert session.cookies.get_dict() == {"a": "1"}
