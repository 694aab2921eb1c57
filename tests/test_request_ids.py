"""The request id on what calls return and raise: beside the JSON, kept by copies, and in nobody's way."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
)
from azure.core.rest import HttpRequest
from worlds import World, opened, updates_of, wait

from azure.ai.inference._model_base import Model, rest_field, wrap
from azure.ai.inference.exceptions import ContentFilterError, RateLimitError, ResponseDecodeError
from azure.ai.inference.models import ChatCompletions, EmbeddingsResult, ImageGenerations, UserMessage
from azure.ai.inference.testing import FakeResponse

MESSAGES = [UserMessage("hi")]
COMPLETION: Dict[str, Any] = {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}]}
SENT = {"request_id": "sent"}

HEADERS: List[Tuple[Dict[str, str], Optional[str]]] = [
    ({"x-request-id": "a", "apim-request-id": "b", "x-ms-request-id": "c"}, "a"),
    ({"apim-request-id": "b", "x-ms-request-id": "c"}, "b"),
    ({"X-MS-Request-Id": "c", "x-ms-client-request-id": "d"}, "c"),
    ({"x-request-id": "", "x-ms-request-id": "c"}, "c"),
    ({"x-ms-client-request-id": "echoed by somebody"}, "sent"),
    ({}, "sent"),
]

#: The client and method of each operation, its arguments, and a response to it.
CALLS: Dict[str, Tuple[str, str, Dict[str, Any], Dict[str, Any]]] = {
    "chat": ("ChatCompletionsClient", "complete", {"messages": MESSAGES}, COMPLETION),
    "texts": ("EmbeddingsClient", "embed", {"input": ["a"]}, {"data": [{"index": 0, "embedding": [1.0]}]}),
    "images": ("ImageEmbeddingsClient", "embed", {"input": []}, {"data": [{"index": 0, "embedding": [1.0]}]}),
    "generated": ("ImageGenerationClient", "generate", {"prompt": "a"}, {"data": [{"b64_json": "AA=="}]}),
}


def client_for(world: World, response: Any, name: str = "ChatCompletionsClient", **options: Any) -> opened:
    import azure.ai.inference.aio

    module = azure.ai.inference if world.name == "sync" else azure.ai.inference.aio
    transport = world.FakeTransport(response if callable(response) else lambda _: response)
    options = {"retry_total": 0, "transport": transport, **options}
    return opened(getattr(module, name)("https://h.example", AzureKeyCredential("k"), **options))


@pytest.mark.asyncio
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("headers, request_id", HEADERS, ids=str)
async def test_models(world: World, call: str, headers: Dict[str, str], request_id: str) -> None:
    """The service's own id comes first, then the one that was sent."""
    client, method, arguments, body = CALLS[call]
    async with client_for(world, FakeResponse(200, body, headers=headers), client) as one:
        result = await wait(getattr(one, method)(**arguments, **SENT))
    assert result.request_id == request_id
    assert result == body


@pytest.mark.asyncio
async def test_ids_that_we_make(world: World) -> None:
    """Without an id of the service or the caller, it is the random one that was sent; without any it is None."""
    sent: List[Any] = []

    def respond(request: HttpRequest) -> FakeResponse:
        sent.append(request.headers.get("x-ms-client-request-id"))
        return FakeResponse(200, COMPLETION)

    async with client_for(world, respond) as client:
        results = [await wait(client.complete(messages=MESSAGES)) for _ in range(2)]
    async with client_for(world, respond, auto_request_id=False) as client:
        results.append(await wait(client.complete(messages=MESSAGES)))
    assert [result.request_id for result in results] == sent
    assert [type(one) for one in sent] == [str, str, type(None)]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 400])
async def test_another_header(world: World, status: int) -> None:
    """The id that was sent is found under the client's own name for it, too."""
    response = FakeResponse(status, COMPLETION)
    async with client_for(world, response, request_id_header_name="x-mine", retry_total=0) as client:
        try:
            found: Any = await wait(client.complete(messages=MESSAGES, request_id="of the call"))
        except HttpResponseError as error:
            found = error
    assert found.request_id == "of the call"


STREAM = [b'data: {"choices": [{"index": 0, "finish_reason": "stop", "delta": {}}]}\n\n', b"data: [DONE]\n\n"]


@pytest.mark.asyncio
@pytest.mark.parametrize("headers, request_id", HEADERS, ids=str)
async def test_streams(world: World, headers: Dict[str, str], request_id: str) -> None:
    """A stream has it from its beginning to its end, and its copies too; a program may set its own."""
    async with client_for(world, FakeResponse(200, STREAM, headers=headers)) as client:
        stream = await wait(client.complete(messages=MESSAGES, stream=True, **SENT))
        assert stream.request_id == copy.copy(stream).request_id == request_id
        stream.accumulate()
        await updates_of(stream)
        assert stream.request_id == stream.snapshot.request_id == request_id
        stream.request_id = "own"
        assert stream.request_id == "own"


ID = {"x-request-id": "a"}
BROKEN = FakeResponse(200, [STREAM[0].replace(b'"stop"', b"null")], headers=ID)
REPORTED = {"error": {"message": "no", "code": 429}}
ERRORS: Dict[str, Tuple[FakeResponse, bool, Any]] = {
    "401": (FakeResponse(401, b"no", headers=ID), False, ClientAuthenticationError),
    "404": (FakeResponse(404, {}, headers=ID), False, ResourceNotFoundError),
    "429": (FakeResponse(429, REPORTED, headers=ID), False, RateLimitError),
    "500": (FakeResponse(500, b"", headers=ID), False, HttpResponseError),
    "filtered": (FakeResponse(400, {"error": {"code": "content_filter"}}, headers=ID), False, ContentFilterError),
    "reported": (FakeResponse(200, REPORTED, headers=ID), False, RateLimitError),
    "no JSON": (FakeResponse(200, b"<html>", headers={**ID, "Content-Type": "text/html"}), False, ResponseDecodeError),
    "broken JSON": (
        FakeResponse(200, b"{", headers={**ID, "Content-Type": "application/json"}),
        False,
        ResponseDecodeError,
    ),
    "redirected": (FakeResponse(307, b"", headers={**ID, "Location": "http://a\\b"}), False, HttpResponseError),
    "streamed 429": (FakeResponse(429, REPORTED, headers=ID), True, RateLimitError),
    "event": (FakeResponse(200, [b"data: %s\n\n" % json.dumps(REPORTED).encode()], headers=ID), True, RateLimitError),
    "no events": (FakeResponse(200, [b"<html>"], headers=ID), True, ResponseDecodeError),
    "cut off": (BROKEN, True, IncompleteReadError),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", ERRORS)
async def test_errors(world: World, says: str) -> None:
    """Every error of a response has the id that its service gave."""
    response, streams, kind = ERRORS[says]
    async with client_for(world, response) as client:
        with pytest.raises(kind) as caught:
            result = await wait(client.complete(messages=MESSAGES, stream=streams))
            await updates_of(result)
    assert caught.value.request_id == "a"


@pytest.mark.asyncio
async def test_errors_of_own_requests(world: World) -> None:
    """So has an error that a request of the caller's own meets."""
    async with client_for(world, FakeResponse(307, b"", headers={**ID, "Location": "http://a\\b"})) as client:
        with pytest.raises(HttpResponseError) as caught:
            await wait(client.send_request(HttpRequest("GET", "/x")))
    assert caught.value.request_id == "a"  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_errors_of_the_caller(world: World) -> None:
    """An error of the caller's map has it too, unless it has one of its own."""

    class Own(HttpResponseError):
        request_id = "class"

    def own(response: Any) -> Exception:
        error = Own("own", response)
        error.request_id = "own"
        return error

    async with client_for(world, FakeResponse(418, b"", headers=ID)) as client:
        for mapped, request_id in ((HttpResponseError, "a"), (own, "own"), (KeyError, None)):
            with pytest.raises((HttpResponseError, KeyError)) as caught:
                factory = (lambda response: KeyError("x")) if mapped is KeyError else mapped
                await wait(client.complete(messages=MESSAGES, error_map={418: factory}))
            assert getattr(caught.value, "request_id", None) == request_id


def test_errors_without_a_response() -> None:
    """A kind of error that programs construct has the attribute."""
    assert RateLimitError("x").request_id is ResponseDecodeError("x").request_id is None


@pytest.fixture
def completion() -> ChatCompletions:
    from azure.ai.inference._core.operations import CHAT
    from azure.ai.inference._core.responses import read_response

    class Response:
        headers = ID

    wire = {**copy.deepcopy(COMPLETION), "request_id": "in the JSON"}
    model = read_response(Response(), wire, CHAT, split_reasoning=False)
    assert isinstance(model, ChatCompletions)
    return model


COPIES: Dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "own": lambda model: model.copy(),
    **{f"pickle {number}": lambda model, number=number: pickle.loads(pickle.dumps(model, number)) for number in (2, 5)},
}


@pytest.mark.parametrize("says", COPIES)
def test_copies(completion: ChatCompletions, says: str) -> None:
    """Copies and pickles keep it, also those of copies."""
    duplicate = COPIES[says](COPIES[says](completion))
    assert duplicate.request_id == "a"
    assert duplicate == completion


def test_beside_the_json(completion: ChatCompletions) -> None:
    """It is in no mapping, no text and no comparison; one in the JSON stays there."""
    wire = {**COMPLETION, "request_id": "in the JSON"}
    assert completion["request_id"] == "in the JSON"
    assert completion.request_id == "a"
    assert dict(completion) == completion.as_dict() == wire
    assert vars(completion) == {"_data": wire}
    by_attributes = [json.dumps(model, default=vars) for model in (completion, ChatCompletions(copy.deepcopy(wire)))]
    assert by_attributes[0] == by_attributes[1]
    assert completion == wire == ChatCompletions(wire)
    assert str(completion) == str(ChatCompletions(wire))
    assert repr(completion) == repr(ChatCompletions(wire))
    vars(completion)["note"] = "kept"
    vars(completion)["_data"] = {"id": "2"}
    assert (completion.id, completion.request_id, completion.note) == ("2", "a", "kept")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [ChatCompletions, EmbeddingsResult, ImageGenerations])
def test_models_without_a_call(kind: Any) -> None:
    """A model that did not come from a call has none, whatever its JSON says."""
    assert kind({"request_id": "x"}).request_id is kind().request_id is None


def test_own_attribute(completion: ChatCompletions) -> None:
    """A program that sets the attribute keeps its value, which the mapping does not show; deleting it uncovers ours."""
    completion.request_id = "own"
    assert (completion.request_id, completion.get("request_id")) == ("own", "in the JSON")
    assert copy.copy(completion).request_id == pickle.loads(pickle.dumps(completion)).request_id == "own"
    assert vars(completion)["request_id"] == "own"
    del completion.request_id
    assert completion.request_id == "a"


class Declared(ChatCompletions):
    """A class of a program that has a field of this name."""

    request_id: str = rest_field()


def test_own_field() -> None:
    """A program that declares a field of that name reads and writes the JSON."""
    model = wrap(Declared, {"request_id": "of the JSON"})
    assert model.request_id == "of the JSON"
    model.request_id = "new"
    assert model == {"request_id": "new"}
    assert isinstance(model, Model)
