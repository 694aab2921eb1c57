"""The parts of azure-core that our shorter ways of sending bypass still look the same to a program."""

from __future__ import annotations

import copy
import http.client
import pickle
from typing import Any, List
from unittest import mock

import pytest
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from worlds import SYNC, World

from azure.ai.inference._core.attributes import Request

from .calls import ANSWER, COMPLETION, ask, chat
from .raw_server import RawServer, whole

OLD_NAMES = ["body", "data", "files", "multipart_mixed_info", "query", "content", "headers", "method", "url"]


@pytest.mark.asyncio
@pytest.mark.parametrize("when", ["before", "after"])
async def test_recorder_of_azure_core(world: World, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorder of Azure's own tests, which replaces `send` of azure-core's transports, is used."""
    sent: List[Any] = []
    kind: Any = RequestsTransport if world is SYNC else AioHttpTransport
    original = kind.send

    def send(self: Any, request: Any, **options: Any) -> Any:
        sent.append(request)
        return original(self, request, **options)

    with RawServer(whole(ANSWER), whole(ANSWER)) as server:
        if when == "before":
            monkeypatch.setattr(kind, "send", send)
        async with chat(world, server) as client:
            await ask(client)
            monkeypatch.setattr(kind, "send", send)
            assert await ask(client) == COMPLETION
    assert len(sent) == (2 if when == "before" else 1)


def requests_of(*args: Any, **kwargs: Any) -> List[Any]:
    return [kind(*args, **kwargs) for kind in (Request, HttpRequest)]


@pytest.mark.parametrize("content", [None, "", "text", b"bytes"])
def test_old_names_of_requests(content: Any) -> None:
    """A hook that reads or sets an old name of a request sees the same as on azure-core's own."""
    pairs = requests_of("POST", "http://localhost/a?b=1", headers={"x": "1"}, content=content)
    for change in (None, ("data", b"d"), ("files", [1]), ("body", "b"), ("multipart_mixed_info", ([], [], "b", {}))):
        for request in pairs if change else ():
            setattr(request, *change)  # type: ignore[misc]
        ours, theirs = ({name: getattr(one, name) for name in OLD_NAMES} for one in pairs)
        assert ours == theirs
    for request, query in zip(pairs, ("b=***", "b=1")):
        assert repr(copy.deepcopy(request)) == repr(pickle.loads(pickle.dumps(request))) == repr(request)
        assert repr(request) == f"<HttpRequest [POST], url: 'http://localhost/a?{query}'>"
        with pytest.raises(AttributeError):
            print(request.unknown)


def test_requests_of_several() -> None:
    """A hook that makes a multipart request of several others sends them all."""
    pairs = requests_of("POST", "http://localhost/batch")
    for request in pairs:
        part = HttpRequest("GET", "http://localhost/part", headers={"x-part": "1"})
        request.set_multipart_mixed(part, boundary="b")
        assert request.prepare_multipart_body() == 1
    assert pairs[0].content == pairs[1].content != None  # noqa: E711 - of both


@pytest.mark.asyncio
async def test_old_names_of_responses(world: World) -> None:
    """A hook that reads or sets an old name of a response sees the same as on azure-core's own."""
    seen: List[Any] = []
    with RawServer(*[whole(ANSWER, x_one="1")] * 3) as server:
        async with chat(world, server, raw_response_hook=lambda reply: seen.append(reply.http_response)) as client:
            await ask(client)
            kind: Any = RequestsTransport if world is SYNC else AioHttpTransport
            with mock.patch.object(kind, "send", kind.send):  # the same function, by another lookup
                await ask(client)
            with mock.patch.object(kind, "send", lambda *args, _send=kind.send, **options: _send(*args, **options)):
                await ask(client)
    facts = [_facts(response) for response in seen]
    assert facts[0] == facts[1] == facts[2]
    assert isinstance(seen[0], type(seen[2]))
    for response in seen:
        for name in ("status_code", "reason", "content_type", "headers", "block_size", "internal_response"):
            setattr(response, name, "changed")
            assert getattr(response, name) == getattr(response, f"_{name}") == "changed"


def _facts(response: Any) -> Any:
    internal = response.internal_response
    try:
        copied = pickle.loads(pickle.dumps(response)).content
    except Exception as error:  # it cannot be pickled on azure-core's own either
        copied = type(error)
    headers = {name: value for name, value in response.headers.items() if name.lower() != "date"}
    return (
        *(response.status_code, response.reason, response.content_type, response.block_size, response.content),
        *(
            headers,
            repr(response),
            response.is_closed,
            response.is_stream_consumed,
            type(internal),
            copied,
            response.text(),
        ),
        *(response.json(), response.encoding, response.body(), type(response.headers), response.request.method),
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [1, 70000])
async def test_sent_at_once(length: int) -> None:
    """Head and body of a request would be sent one after the other; or both in one copy, however long they are."""
    sent: List[int] = []

    def send(self: Any, data: Any) -> None:
        sent.append(len(data))
        original(self, data)

    original = http.client.HTTPConnection.send
    with RawServer(whole(ANSWER)) as server, mock.patch("http.client.HTTPConnection.send", send):
        async with chat(SYNC, server) as client:
            assert await ask(client, model_extras={"x": "x" * length}) == COMPLETION
        request = server.requests[0]
    assert len(sent) == (1 if length == 1 else 2)
    assert sum(sent) > len(request.body) > length
