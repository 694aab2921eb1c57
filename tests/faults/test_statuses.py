"""Statuses that are errors each raise their class, whatever the body, plain and streamed, in either world."""

from __future__ import annotations

import gzip
import json
import sys
from typing import Any, Callable, Dict, List, Mapping, NamedTuple

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)
from worlds import World, opened, updates_of, wait

from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ServiceOverloadedError,
)
from azure.ai.inference.testing import FakeResponse

from .calls import ANSWER, COMPLETION, KEY, A, ask, chat, failure_of, patiently, with_transport
from .raw_server import Answer, RawServer, cut, head, stall, whole

CLASSES: Dict[int, type] = {
    304: ResourceNotModifiedError,
    400: HttpResponseError,
    401: ClientAuthenticationError,
    403: HttpResponseError,
    404: ResourceNotFoundError,
    405: HttpResponseError,
    408: HttpResponseError,
    409: ResourceExistsError,
    413: HttpResponseError,
    422: HttpResponseError,
    429: RateLimitError,
    500: HttpResponseError,
    502: HttpResponseError,
    503: ServiceOverloadedError,
    504: HttpResponseError,
    529: ServiceOverloadedError,
}
TOLD = json.dumps({"error": {"code": "Bad", "message": "told by the service"}}).encode()


class Body(NamedTuple):
    """A kind of body, as a response with a given status, and the part of it in the error's text."""

    answer: Callable[[int], Answer]
    tells: str


BODIES: Dict[str, Body] = {
    "JSON": Body(lambda status: whole(TOLD, status), "(Bad) told by the service"),
    "JSON, zipped": Body(lambda status: whole(TOLD, status, zipped=True), "(Bad) told by the service"),
    "JSON called text": Body(lambda status: whole(TOLD, status, "text/plain"), "(Bad) told by the service"),
    "text called JSON": Body(lambda status: whole(b"told as text", status), "told as text"),
    "text": Body(lambda status: whole(b"told as text", status, "text/plain"), "told as text"),
    "HTML": Body(lambda status: whole(b"<h1>Gateway</h1>", status, "text/html"), "<h1>Gateway</h1>"),
    "a detail": Body(lambda status: whole(b'{"detail": "Not Found"}', status), "Not Found"),
    "a list": Body(lambda status: whole(b'["odd"]', status), "odd"),
    "null": Body(lambda status: whole(b"null", status), "Reason"),
    "nothing": Body(lambda status: whole(b"", status), "Reason"),
    "invalid UTF-8": Body(lambda status: whole(b'{"\xff"', status), "Reason"),
    "an unknown charset": Body(lambda status: whole(TOLD, status, "application/json; charset=klingon"), ""),
    "nested too deeply": Body(lambda status: whole(b"[" * 100000, status), ""),
    "cut off": Body(lambda status: [head(status, Content_Length=999) + b"told in part", cut], "told in part"),
    "corrupt gzip": Body(
        lambda status: whole(gzip.compress(TOLD)[:9] + b"\xff" * 9, status, Content_Encoding="gzip"), "Reason"
    ),
    "gzip in name only": Body(lambda status: whole(TOLD, status, Content_Encoding="gzip"), "Reason"),
}
PAIRS = [(status, body) for status in CLASSES for body in BODIES if status != 304]


@pytest.mark.asyncio
@pytest.mark.parametrize("status, body", PAIRS)
async def test_class_and_text(world: World, status: int, body: str) -> None:
    """The error has the status and the service's message, however odd the body is."""
    answer = BODIES[body].answer(status)
    with RawServer(answer, answer, whole(ANSWER)) as server:
        async with chat(world, server) as client:
            errors: List[Any] = [await failure_of(ask(client, stream=streamed)) for streamed in (False, True)]
            assert await ask(client) == COMPLETION
    for error in errors:
        assert (error.status_code, error.reason, error.response.status_code) == (status, "Reason", status)
        assert type(error) is CLASSES[status], repr(error)
        assert BODIES[body].tells in str(error)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [201, 202, 204, 206])
async def test_other_success(world: World, status: int) -> None:
    """A response with a status that the service never uses is not taken for a completion."""
    with RawServer([head(204, None)] if status == 204 else whole(ANSWER, status)) as server:
        async with chat(world, server) as client:
            for streamed in (False, True):
                error: Any = await failure_of(ask(client, stream=streamed))
                assert (type(error), error.status_code) == (HttpResponseError, status)


@pytest.mark.asyncio
async def test_not_modified(world: World) -> None:
    """A 304, which never has a body, raises azure-core's error for it."""
    with RawServer([head(304, None)]) as server:
        async with chat(world, server) as client:
            assert type(await failure_of(ask(client))) is ResourceNotModifiedError


@pytest.mark.asyncio
@pytest.mark.parametrize("option", ["read_timeout", "timeout"])
@pytest.mark.parametrize("status", [400, 500, 502, 503])
async def test_error_without_end(world: World, status: int, option: str) -> None:
    """An error whose body stalls is raised in time, and not replaced by a timeout."""

    async def scenario(seconds: float) -> None:
        with RawServer([head(status, Content_Length=999) + b"told in part", stall]) as server:
            async with chat(world, server) as client:
                for streamed in (False, True):
                    error: Any = await failure_of(ask(client, stream=streamed, **{option: seconds}))
                    assert getattr(error, "status_code", None) == status
                    assert "told in part" in str(error)

    await patiently(scenario)


class Kind(NamedTuple):
    """An error's status and details, and the class and fields that it must have."""

    status: int
    details: Any
    error: type
    fields: Mapping[str, Any] = {}
    headers: Mapping[str, Any] = {}


FILTERED = {"hate": {"filtered": True, "severity": "high"}}
KINDS: Dict[str, Kind] = {
    "filtered": Kind(
        400, {"code": "content_filter", "message": "m"}, ContentFilterError, {"content_filter_result": None}
    ),
    "filtered, with its result": Kind(
        400,
        {"code": "content_filter", "message": "m", "innererror": {"content_filter_result": FILTERED}},
        ContentFilterError,
        {"content_filter_result": FILTERED},
    ),
    "filtered, told inside": Kind(
        400,
        {"code": "bad", "innererror": {"code": "content_filter", "content_filter_result": FILTERED}},
        ContentFilterError,
        {"content_filter_result": FILTERED},
    ),
    "filtered, the result of an odd type": Kind(
        400,
        {"code": "content_filter", "innererror": {"content_filter_result": 5}},
        ContentFilterError,
        {"content_filter_result": None},
    ),
    "filtered, with text inside": Kind(
        400, {"code": "content_filter", "innererror": "x"}, ContentFilterError, {"content_filter_result": None}
    ),
    "filtered, with status 422": Kind(422, {"code": "content_filter", "message": "m"}, ContentFilterError),
    "too long": Kind(400, {"code": "context_length_exceeded", "message": "m"}, ContextLengthError),
    "too long, in capitals": Kind(400, {"code": "Context_Length_Exceeded", "message": "m"}, ContextLengthError),
    "too long for llama.cpp": Kind(
        400, {"code": 400, "message": "m", "type": "exceed_context_size_error", "n_ctx": 1024}, ContextLengthError
    ),
    "limited": Kind(429, {"code": "x"}, RateLimitError, {"retry_after": None}),
    "limited for seconds": Kind(429, {"code": "x"}, RateLimitError, {"retry_after": 7.0}, {"Retry_After": "7"}),
    "limited for milliseconds": Kind(
        429, {"code": "x"}, RateLimitError, {"retry_after": 0.25}, {"retry_after_ms": "250"}
    ),
    "limited for x-ms-milliseconds": Kind(
        429, {"code": "x"}, RateLimitError, {"retry_after": 0.25}, {"x_ms_retry_after_ms": "250", "Retry_After": "9"}
    ),
    "limited until a date gone by": Kind(
        429, {"code": "x"}, RateLimitError, {"retry_after": 0.0}, {"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    ),
    "limited for nonsense": Kind(429, {"code": "x"}, RateLimitError, {"retry_after": None}, {"Retry_After": "soon"}),
    "limited, with the code of a filter": Kind(
        429, {"code": "content_filter"}, RateLimitError, {"retry_after": 7.0}, {"Retry_After": "7"}
    ),
    "overloaded, with the code of a filter": Kind(503, {"code": "content_filter"}, ServiceOverloadedError),
    "unauthorized, with the code of a filter": Kind(401, {"code": "content_filter"}, ClientAuthenticationError),
    "not found, with the code of a length": Kind(404, {"code": "context_length_exceeded"}, ResourceNotFoundError),
    "overloaded": Kind(503, {"code": "x"}, ServiceOverloadedError, {"retry_after": 3.0}, {"Retry_After": "3"}),
    "overloaded, 529": Kind(529, {"code": "x"}, ServiceOverloadedError, {"retry_after": None}),
    "another code": Kind(400, {"code": "other", "message": "m"}, HttpResponseError),
    "a code that is a number": Kind(400, {"code": 5, "message": "m"}, HttpResponseError),
    "details of an odd type": Kind(400, {"code": "x", "details": 5}, HttpResponseError),
    "an error that is text": Kind(400, "bare", HttpResponseError),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", KINDS)
async def test_kind(world: World, says: str) -> None:
    """Errors that programs handle differently have different classes, with all that the error reports."""
    kind = KINDS[says]
    body = json.dumps({"error": kind.details}).encode()
    with RawServer(whole(body, kind.status, **kind.headers)) as server:
        async with chat(world, server) as client:
            for streamed in (False, True):
                error = await failure_of(ask(client, stream=streamed))
                assert type(error) is kind.error
                assert {name: getattr(error, name) for name in kind.fields} == kind.fields


class Mine(HttpResponseError):
    """An error of a caller's own."""


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
async def test_error_map_wins(world: World, status: int) -> None:
    """A caller's own class for a status is raised, with the response on it."""
    with RawServer(whole(b'{"error": {"code": "content_filter"}}', status)) as server:
        async with chat(world, server) as client:
            for streamed in (False, True):
                error: Any = await failure_of(ask(client, stream=streamed, error_map={status: Mine}))
                assert error.response.status_code == status
                assert type(error) is Mine


@pytest.mark.asyncio
async def test_error_map_for_others(world: World) -> None:
    """A map for one status does not change another."""
    with RawServer(whole(TOLD, 404)) as server:
        async with chat(world, server) as client:
            error = await failure_of(ask(client, error_map={400: Mine}))
    assert type(error) is ResourceNotFoundError


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [401, 404])
async def test_where(world: World, status: int) -> None:
    """The error shows a wrong endpoint or version, after the service's own message."""
    with RawServer(whole(TOLD, status)) as server:
        async with chat(world, server, endpoint=server.url + "/base", api_version="v9") as client:
            error: Any = await failure_of(ask(client))
    assert str(error) == error.message
    assert error.message.startswith("(Bad) told by the service")
    assert error.message.endswith(f"\nThe request was POST {server.url}/base/chat/completions with api-version v9.")
    assert KEY not in error.message


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("https://models.github.ai/inference", ", to a GitHub Models endpoint."),
        ("https://x.eastus.models.ai.azure.com", ", to a serverless API endpoint."),
        ("https://x.services.ai.azure.com/models", ", to an Azure AI Foundry endpoint."),
        ("https://x.openai.azure.com/openai/deployments/d", ", to an Azure OpenAI endpoint."),
        ("https://host.example", "."),
    ],
)
async def test_kind_of_endpoint(world: World, endpoint: str, kind: str) -> None:
    """The error of a wrong URL names the kind of endpoint that it went to."""
    transport = world.FakeTransport(lambda request: FakeResponse(404, {}))
    made = world.ChatCompletionsClient(endpoint, AzureKeyCredential(KEY), transport=transport, api_version="v9")
    async with opened(made) as client:
        error: Any = await failure_of(ask(client))
    assert f"The request was POST {endpoint}/chat/completions with api-version v9{kind}" in error.message.splitlines()


class Token:
    """A token credential, for the synchronous world."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("token-that-nobody-may-see", 10**12)


class AsyncToken:
    """A token credential, for the asynchronous world."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return Token().get_token()

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [401, 404])
async def test_scope(world: World, status: int, tls: Any) -> None:
    """The error shows a wrong scope."""
    credential = Token() if world.name == "sync" else AsyncToken()
    with RawServer(whole(TOLD, status), tls=tls.server) as server:
        options: Dict[str, Any] = {"credential_scopes": ["https://a/.default"], "connection_verify": tls.bundle}
        async with chat(world, server, credential=credential, **options) as client:
            error: Any = await failure_of(ask(client))
    assert error.message.endswith("and a token for https://a/.default.")
    assert "token-that" not in str(error)


@pytest.mark.asyncio
async def test_no_info(world: World) -> None:
    """The error of an endpoint without the route /info says so."""
    with RawServer(whole(b"", 404)) as server:
        async with chat(world, server) as client:
            error: Any = await failure_of(wait(client.get_model_info()) if world.name == "async" else _info(client))
    assert type(error) is ResourceNotFoundError
    assert error.message == "Model information is not available on this endpoint (`/info` route not supported)."


async def _info(client: Any) -> Any:
    return client.get_model_info()


@pytest.mark.asyncio
@pytest.mark.parametrize("transport", ["default", "foreign"])
@pytest.mark.parametrize(
    "says",
    [
        "an error event",
        "an event that is no JSON",
        "cut off",
        "a status with a body that is cut off",
        "a redirect that cannot be followed",
    ],
)
async def test_shown_while_handled(world: World, says: str, transport: str) -> None:
    """Within `except`, the text of an error whose response is unread would recurse to the limit."""
    answers = {
        "an error event": whole(
            A + b'event: error\ndata: {"error": {"message": "late"}}\n\n', kind="text/event-stream"
        ),
        "an event that is no JSON": whole(A + b"data: {\n\n", kind="text/event-stream"),
        "cut off": whole(A, kind="text/event-stream"),
        "a status with a body that is cut off": [head(400, Content_Length=100) + b"{}", cut],
        "a redirect that cannot be followed": whole(
            b"moved", 307, kind=None, Location="http://a@127.0.0.1:1@127.0.0.1:1/x"
        ),
    }
    calls: List[str] = []
    with RawServer(answers[says]) as server:
        async with chat(world, server, **with_transport(world, transport)) as client:
            try:
                await updates_of(await ask(client, stream=True))
            except HttpResponseError as error:
                sys.setprofile(lambda frame, event, _: calls.append(frame.f_code.co_name) if event == "call" else None)
                try:
                    str(error)
                finally:
                    sys.setprofile(None)
    assert 0 < len(calls) < 50
