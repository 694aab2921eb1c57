"""Errors that a service reports with status 200, or in a form of its own, are raised with their text and class."""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from worlds import SYNC, World, opened, wait

from azure.ai.inference._core.reported import details_in_body, details_of, reports_error
from azure.ai.inference.exceptions import (
    ContentFilterError,
    ErrorDetails,
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)
from azure.ai.inference.testing import FakeResponse

from .calls import ANSWER, COMPLETION, DONE, END, KEY, A, ask, chat, event, failure_of, read, update
from .raw_server import RawServer, whole

VECTORS = {"object": "list", "data": [{"index": 0, "embedding": [0.5]}]}
INFO = {"model_name": "m", "model_type": "chat_completion"}


class Case(NamedTuple):
    """The JSON of an error, and the class and text of its exception."""

    payload: Any
    error: type
    text: str


REPORTED: Dict[str, Case] = {
    "an error object": Case({"error": {"message": "rate limited", "code": 429}}, RateLimitError, "rate limited"),
    "with choices": Case({"choices": None, "error": {"message": "no"}}, HttpResponseError, "no"),
    "with data": Case({"data": [], "error": {"message": "no"}}, HttpResponseError, "no"),
    "a code as text": Case({"error": {"message": "no", "code": "401"}}, ClientAuthenticationError, "no"),
    "a named code": Case({"error": {"message": "no", "code": "RateLimitReached"}}, RateLimitError, "no"),
    "a filter's code": Case({"error": {"message": "no", "code": "content_filter"}}, ContentFilterError, "no"),
    "a type": Case(
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ServiceOverloadedError,
        "Overloaded",
    ),
    "an outer status": Case({"error": {"message": "no"}, "status": 503}, ServiceOverloadedError, "no"),
    "an outer code": Case({"error": {"message": "no"}, "code": 404}, ResourceNotFoundError, "no"),
    "an object named error": Case(
        {"object": "error", "message": "no such model", "type": "NotFoundError", "code": 404},
        ResourceNotFoundError,
        "no such model",
    ),
    "a detail": Case({"detail": "not ready"}, HttpResponseError, "not ready"),
    "details in a list": Case({"detail": [{"msg": "too short"}]}, HttpResponseError, "too short"),
    "a message": Case({"message": "not ready"}, HttpResponseError, "not ready"),
    "a capital message": Case({"Message": "not ready"}, HttpResponseError, "not ready"),
    "a status code": Case({"statusCode": 401, "message": "expired"}, ClientAuthenticationError, "expired"),
    "a text and a code": Case(
        {"text": "CUDA out of memory", "error_code": 50001}, HttpResponseError, "(50001) CUDA out of memory"
    ),
    "an error message": Case({"error_message": "no", "error_code": "E1"}, HttpResponseError, "(E1) no"),
    "an error that is text": Case({"error": "gone"}, HttpResponseError, "gone"),
    "a text beside it": Case(
        {"error": "Unauthorized", "message": "expired"}, HttpResponseError, "Unauthorized: expired"
    ),
    "an error that is true": Case({"error": True, "message": "expired"}, HttpResponseError, "expired"),
    "a list of errors": Case({"errors": [{"message": "first"}]}, HttpResponseError, "first"),
    "two errors": Case({"errors": [{"message": "first"}, {"message": "second"}]}, HttpResponseError, "second"),
    "a problem": Case({"title": "Slow down", "status": 429}, RateLimitError, "Slow down"),
    "details that are text": Case({"error": {"code": "x", "details": "too long"}}, HttpResponseError, "(x) too long"),
    "an error without a text": Case({"error": {"odd": 1}}, HttpResponseError, '{"odd": 1}'),
    "only a code": Case(
        {"error": {"code": "x"}}, HttpResponseError, "(x) The service reported an error without details."
    ),
    "only a type": Case({"type": "error"}, HttpResponseError, "error"),
    "an error in an error": Case({"error": {"error": {"message": "no", "code": 429}}}, RateLimitError, "no"),
    "a detail that is the error": Case(
        {"detail": {"message": "no", "code": "rate_limit_exceeded"}}, RateLimitError, "(rate_limit_exceeded) no"
    ),
    "a type beside a text": Case({"error": "busy", "error_type": "overloaded"}, ServiceOverloadedError, "busy"),
    "a status by name": Case({"error": {"status": "UNAUTHENTICATED"}}, ClientAuthenticationError, "UNAUTHENTICATED"),
    "an inner status": Case({"error": {"message": "no", "http_status_code": 404}}, ResourceNotFoundError, "no"),
    "capitals": Case({"Error": {"Code": "Throttled", "Message": "no"}}, RateLimitError, "(Throttled) no"),
    "a fault": Case({"fault": {"faultstring": "no", "detail": {"errorcode": "x"}}}, HttpResponseError, "no"),
    "no success": Case({"success": False, "reason": "no"}, HttpResponseError, "no"),
    "a failure": Case({"status": "failed", "reason": "no"}, HttpResponseError, "no"),
    "a title and fields": Case(
        {"title": "Invalid", "status": 400, "errors": {"stop": ["too long"]}},
        HttpResponseError,
        'Invalid: {"stop": ["too long"]}',
    ),
    "other details": Case(
        {"error": {"code": "x", "message": "no", "details": [{"reason": "long"}]}},
        HttpResponseError,
        '(x) no\nCode: x\nMessage: no\nDetails: [{"reason": "long"}]',
    ),
}
#: What reports no error.
SILENT: List[Any] = [
    {},
    {"type": "ping"},
    {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "service_tier": "default"},
    {"error": None, "errors": [], "message": "", "detail": None, "status": "ok", "code": 200, "success": True},
    {"code": "9" * 5000, "status": [404], "type": ["error"]},
]


async def outcome(call: Any) -> Any:
    """Return the error of a call that returns or raises at once in the synchronous world."""

    async def waiting() -> Any:
        return await wait(call())

    return await failure_of(waiting())


def transport_of(world: World, foreign: bool) -> Any:
    if not foreign:
        return None
    return RequestsTransport() if world is SYNC else AioHttpTransport()


def check(error: Any, case: Case) -> None:
    assert type(error) is case.error
    assert str(error) == error.message
    assert case.text in str(error)
    assert "None" not in str(error)
    assert (error.status_code, error.response.status_code) == (200, 200)
    assert isinstance(error.error, ErrorDetails)


@pytest.mark.asyncio
@pytest.mark.parametrize("foreign", [False, True], ids=["ours", "azure-core's"])
@pytest.mark.parametrize("says", REPORTED)
async def test_with_status_200(world: World, says: str, foreign: bool) -> None:
    """An error with status 200 is raised, and its request is not sent again."""
    case = REPORTED[says]
    with RawServer(whole(json.dumps(case.payload).encode())) as server:
        options: Dict[str, Any] = {"transport": transport_of(world, foreign), "retry_total": 3}
        async with chat(world, server, **options) as client:
            errors = [await failure_of(ask(client, retry_on_methods=["POST"]))]
        options["transport"] = transport_of(world, foreign)
        embeddings = world.EmbeddingsClient(server.url, AzureKeyCredential(KEY), **options)
        async with opened(embeddings) as client:
            errors.append(await outcome(lambda: client.embed(input=["a"])))
            errors.append(await outcome(client.get_model_info))
            assert client._model_info is None
    for error in errors:
        check(error, case)
    assert len(server.requests) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("says", REPORTED)
async def test_in_a_stream(world: World, says: str) -> None:
    """An error in a stream is raised."""
    case = REPORTED[says]
    data = json.dumps(case.payload).encode()
    with RawServer(whole(A + event(data) + END + DONE), whole(data), whole(ANSWER)) as server:
        async with chat(world, server) as client:
            texts, error = await read(await ask(client, stream=True))
            texts_of_document, error_of_document = await read(await ask(client, stream=True))
            assert await ask(client) == COMPLETION
    assert (texts, texts_of_document) == (["a"], [])
    check(error, case)
    check(error_of_document, case)


@pytest.mark.asyncio
@pytest.mark.parametrize("payload", SILENT)
async def test_silent_event(world: World, payload: Any) -> None:
    """Metadata and pings do not end a stream."""
    with RawServer(whole(event(json.dumps(payload).encode()) + A + event(b"null") + END + DONE)) as server:
        async with chat(world, server) as client:
            assert await read(await ask(client, stream=True)) == (["a", None], None)


@pytest.mark.asyncio
@pytest.mark.parametrize("payload", SILENT)
async def test_silent_response(world: World, payload: Any) -> None:
    """A response without a result that reports no error is returned."""
    with RawServer(whole(json.dumps(payload).encode())) as server:
        async with chat(world, server) as client:
            assert await ask(client) == payload


@pytest.mark.asyncio
async def test_result_beside_an_error(world: World) -> None:
    """A result is returned, whatever stands beside it."""
    beside = {"error": {"message": "partly"}, "message": "hi", "detail": "x"}
    bodies = [{**beside, **COMPLETION}, {**beside, **VECTORS}, {**beside, **INFO}]
    with RawServer(*(whole(json.dumps(body).encode()) for body in bodies)) as server:
        async with chat(world, server) as client:
            assert await ask(client) == bodies[0]
        async with opened(world.EmbeddingsClient(server.url, AzureKeyCredential(KEY))) as client:
            assert await wait(client.embed(input=["a"])) == bodies[1]
            assert await wait(client.get_model_info()) == bodies[2]


@pytest.mark.asyncio
async def test_content_before_the_error(world: World) -> None:
    """The content of an event that also holds an error is delivered before the error is raised."""
    failing = update("b", "error", error={"code": 502, "message": "Provider disconnected"})
    with RawServer(whole(A + event(failing) + END + DONE), whole(failing)) as server:
        async with chat(world, server) as client:
            texts, error = await read(await ask(client, stream=True))
            texts_of_document, error_of_document = await read(await ask(client, stream=True))
    assert (texts, texts_of_document) == (["a", "b"], ["b"])
    for one in (error, error_of_document):
        assert isinstance(one, HttpResponseError)
        assert one.message.startswith("(502) Provider disconnected")


@pytest.mark.asyncio
async def test_usage_before_the_error(world: World) -> None:
    """The usage of an event that also holds an error is delivered."""
    with RawServer(whole(A + event(b'{"usage": {"total_tokens": 7}, "error": "gone"}'))) as server:
        async with chat(world, server) as client:
            stream = await ask(client, stream=True)
            texts, error = await read(stream)
    assert texts == ["a", None]
    assert str(error) == "gone"


@pytest.mark.asyncio
async def test_error_object_with_usage(world: World) -> None:
    """The error of an event with usage is raised, in whatever form it is reported."""
    data = b'{"object": "error", "message": "gone", "code": 429, "usage": {"total_tokens": 7}}'
    with RawServer(whole(A + event(data) + END + DONE), whole(data)) as server:
        async with chat(world, server) as client:
            outcomes = [await read(await ask(client, stream=True)) for _ in range(2)]
    assert [texts for texts, _ in outcomes] == [["a", None], [None]]
    assert [(type(error), error.error.message) for _, error in outcomes] == [(RateLimitError, "gone")] * 2  # type: ignore[union-attr]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "data", [b"Internal Server Error", b'"boom"', b'["boom"]', b'[{"error": {"message": "boom"}}]']
)
async def test_event_that_is_no_object(world: World, data: bytes) -> None:
    """An event that is no JSON object may be the text of an error, and is quoted."""
    with RawServer(whole(A + event(data) + END + DONE)) as server:
        async with chat(world, server) as client:
            texts, error = await read(await ask(client, stream=True))
    assert (texts, type(error)) == (["a"], ResponseDecodeError)
    assert f"; it begins with {data.decode()!r}" in str(error)


@pytest.mark.asyncio
async def test_broken_object(world: World) -> None:
    """A broken event of a completion is not quoted: it holds the text of a message, which telemetry must not record."""
    with RawServer(whole(A + event(update("secret")[:-1]) + END + DONE)) as server:
        async with chat(world, server) as client:
            _, error = await read(await ask(client, stream=True))
    assert type(error) is ResponseDecodeError
    assert "secret" not in str(error)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 400, 429])
async def test_other_keys(world: World, status: int) -> None:
    """Additions of a gateway to an error, such as its provider's own message, can be read."""
    details = {"code": "x", "message": "no", "details": "too long", "metadata": {"provider": "p"}, "param": "stop"}
    body = json.dumps({"error": details}).encode()
    with RawServer(whole(body, status)) as server:
        async with chat(world, server) as client:
            errors: List[Any] = [await failure_of(ask(client))]
            errors.append((await read(await ask(client, stream=True)))[1] if status == 200 else errors[0])
    for error in errors:
        assert (error.error.code, error.error.message) == ("x", "no")
        assert error.error["metadata"] == error.error.metadata == {"provider": "p"}
        assert "param" in error.error
        assert "provider" not in error.error
        assert error.message == "(x) no\nCode: x\nMessage: no\nDetails: too long"
        with pytest.raises(AttributeError, match="'provider'"):
            error.error.provider  # noqa: B018 - reading it is the test


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": {"code": "x", "details": "too long"}}', "x"),
        (b'{"code": 1301, "msg": "too long", "success": false}', "1301"),
    ],
    ids=["details", "whole body"],
)
async def test_text_of_a_refusal(world: World, body: bytes, code: str) -> None:
    """A refusal has a text, whatever its service calls the key, also if its error is the whole body."""
    with RawServer(whole(body, 400)) as server:
        async with chat(world, server) as client:
            for streamed in (False, True):
                error: Any = await failure_of(ask(client, stream=streamed))
                assert error.message == f"({code}) too long\nCode: {code}\nMessage: too long"


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 400])
async def test_nested_too_deeply(world: World, status: int) -> None:
    """An error with deep details is raised, without a RecursionError."""
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    bodies = [
        b'{"error": {"code": "x", "message": "no", "innererror": %s}}',
        b'{"error": {"code": "x", "details": %s}}',
    ]
    for body in bodies:
        with RawServer(whole(body % deep, status), whole(A + event(body % deep))) as server:
            async with chat(world, server) as client:
                errors: List[Any] = [await failure_of(ask(client))]
                errors.append((await read(await ask(client, stream=True)))[1])
        for error in errors:
            assert isinstance(error, HttpResponseError)
            assert "(x)" in str(error)


@pytest.mark.asyncio
async def test_transport_of_ones_own(world: World) -> None:
    """An error is recognized in the responses of any transport."""
    transport = world.FakeTransport(lambda request: FakeResponse(body={"detail": "not ready"}))
    async with opened(
        world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), transport=transport)
    ) as c:
        error: Any = await failure_of(ask(c))
        _, error_of_stream = await read(await ask(c, stream=True))
    assert (str(error), str(error_of_stream), len(transport.requests)) == ("not ready", "not ready", 2)


@pytest.mark.asyncio
async def test_not_found_with_status_200(world: World) -> None:
    """An error keeps its own message, even on an endpoint without the route /info."""
    with RawServer(whole(b'{"object": "error", "code": 404, "message": "The model is gone."}')) as server:
        async with chat(world, server) as client:
            error: Any = await outcome(client.get_model_info)
        loading: Any = await outcome(lambda: world.load_client(server.url, AzureKeyCredential(KEY)))
    for one in (error, loading):
        assert type(one) is ResourceNotFoundError
        assert one.message.startswith("(404) The model is gone.")


@pytest.mark.parametrize(("code", "text"), [(None, "no"), ("x", "(x) no\nCode: x\nMessage: no")])
def test_text_without_a_code(code: Optional[str], text: str) -> None:
    """An error shows no code that its service did not send."""
    assert str(details_of({"error": {"message": "no", "code": code}})) == text
    assert str(details_in_body({"message": "no", "code": code})) == text


@pytest.mark.parametrize("body", [{"detail": "x"}, {"error": {"type": "x"}}, {}])
def test_body_that_is_shown_whole(body: Any) -> None:
    """A refusal in another form keeps azure-core's text, which shows the whole body."""
    with pytest.raises(ValueError):
        details_in_body(body)


def test_odata_details() -> None:
    """The details that azure-core reads are kept."""
    given = {"code": "x", "message": "m", "target": "t", "details": [{"code": "y", "message": "n"}, 5, {}]}
    details = details_of({"error": given})
    assert [(one.code, one.message) for one in details.details] == [("y", "n")]
    assert details.target == "t"
    assert str(details_of({"error": {**given, "code": None}})).startswith("m\nTarget: t\nException Details:")


def test_only_a_status_below_600() -> None:
    """The status of a good response, or a number of another kind, does not count as an error."""
    assert [reports_error({"status": number}) for number in (200, 399, 400, 599, 600, True)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
