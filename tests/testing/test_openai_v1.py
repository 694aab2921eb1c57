"""`LocalService` below `/openai/v1`, where Azure serves OpenAI's API, over real HTTP."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest
from local_http import HELLO, ask

from azure.ai.inference.testing import LocalService
from azure.ai.inference.testing._places import Place, locate

V1 = "/openai/v1"
CHAT = f"{V1}/chat/completions"
NAMED = {**HELLO, "model": "mine"}
ENTRY = {
    "id": "local-model",
    "object": "model",
    "created": 1767225600,
    "owned_by": "local",
    "capabilities": {
        "chat_completion": True,
        "completion": False,
        "embeddings": False,
        "fine_tune": False,
        "inference": True,
    },
    "lifecycle_status": "generally-available",
    "deprecation": {"inference": 1893456000},
}


def stream(service: LocalService, **more: Any) -> List[Dict[str, Any]]:
    """Return the events of a streamed chat."""
    response = ask(service, path=CHAT, body={**NAMED, "stream": True, **more})
    assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream")
    *events, done, rest = response.body.decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    return [json.loads(event[len("data: ") :]) for event in events]


@pytest.mark.parametrize("prefix", ["", "/api/projects/my-project", "/a/proxy"])
def test_routes_work_below_any_prefix(service: LocalService, prefix: str) -> None:
    """The routes work for a bare resource, for a project, and behind a proxy."""
    base = f"{prefix}{V1}"
    chat = ask(service, path=f"{base}/chat/completions", body=NAMED).json()
    assert (chat["object"], chat["model"]) == ("chat.completion", "mine")
    embeddings = ask(service, path=f"{base}/embeddings", body={"input": ["a", "b"], "model": "mine"}).json()
    assert len(embeddings["data"]) == 2
    images = ask(service, path=f"{base}/images/generations", body={"prompt": "a", "size": "8x8", "model": "mine"})
    assert len(images.json()["data"]) == 1
    assert ask(service, "GET", f"{base}/models", None).json() == {"object": "list", "data": [ENTRY]}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?api-version=v1", 200),
        ("?api-version=preview", 200),
        ("?api-version=2024-05-01-preview", 400),
        ("?api-version=2024-10-21", 400),
    ],
)
def test_dated_versions_are_refused(service: LocalService, query: str, status: int) -> None:
    """A dated version is refused, the default version of the released package among them."""
    response = ask(service, path=f"{CHAT}{query}", body=NAMED)
    assert response.status == status
    if status == 400:
        assert response.json() == {"error": {"code": "BadRequest", "message": "API version not supported"}}


def test_any_parameter_is_accepted(service: LocalService) -> None:
    """Parameters need no header, and `n` and a temperature of 2 take effect."""
    body = {**NAMED, "n": 2, "temperature": 2, "verbosity": "low", "surprise": 1}
    assert len(ask(service, path=CHAT, body=body).json()["choices"]) == 2


def test_streams_have_usage_only_if_asked(service: LocalService) -> None:
    """A stream has usage only if `stream_options.include_usage` asks for it, and then null on all other events."""
    assert [event["choices"][0]["finish_reason"] for event in stream(service)][-1] == "stop"
    assert not any("usage" in event for event in stream(service, stream_options={"include_usage": False}))
    *events, last = stream(service, stream_options={"include_usage": True})
    assert [event["usage"] for event in events] == [None] * len(events)
    assert (last["choices"], list(last["usage"])) == ([], ["completion_tokens", "prompt_tokens", "total_tokens"])


@pytest.mark.parametrize("include_usage", [True, False])
def test_streams_elsewhere_have_usage_always(service: LocalService, include_usage: bool) -> None:
    """On `/v1` a stream ends with its usage, whatever `stream_options` says, and has none before."""
    body = {**HELLO, "stream": True, "stream_options": {"include_usage": include_usage}}
    response = ask(service, path="/v1/chat/completions", body=body, **{"extra-parameters": "pass-through"})
    assert b'"choices": [], "usage": {' in response.body
    assert response.body.count(b'"usage"') == 1


@pytest.mark.parametrize(
    ("sent", "model"), [("local-model", "local-model"), ("org%2Fx", "org/x"), ("a:b", "a:b"), ("%C3%A9", "é")]
)
def test_model_is_found_by_its_encoded_id(service: LocalService, sent: str, model: str) -> None:
    """`GET /models/{id}` decodes the id, slashes included."""
    assert ask(service, "GET", f"{V1}/models/{sent}", None).json() == {**ENTRY, "id": model}


@pytest.mark.parametrize("kind", ["chat_completion", "embeddings", "image_generation"])
def test_models_have_the_capabilities_of_the_model_info(kind: str) -> None:
    """The capabilities of the models follow from the given model info."""
    with LocalService(model_info={"model_name": "mine", "model_type": kind, "model_provider_name": "me"}) as service:
        (entry,) = ask(service, "GET", f"{V1}/models", None).json()["data"]
    assert (entry["id"], entry["owned_by"]) == ("mine", "me")
    assert {name for name, value in entry["capabilities"].items() if value} == {kind, "inference"}


def invalid(message: str, parameter: Any = None, code: Any = None) -> Dict[str, Any]:
    """Return an error in the form of OpenAI's API."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": parameter, "code": code}}


NOT_FOUND = {"error": {"code": "404", "message": "Resource not found"}}
NO_MODEL = invalid("you must provide a model parameter")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "expected"),
    [
        ("POST", f"{V1}/nothing", NAMED, 404, NOT_FOUND),
        ("POST", V1, NAMED, 404, NOT_FOUND),
        ("GET", f"{V1}/info", None, 404, NOT_FOUND),
        ("POST", f"{V1}/images/embeddings", {"input": [], "model": "m"}, 404, NOT_FOUND),
        ("POST", CHAT, HELLO, 400, NO_MODEL),
        ("POST", CHAT, {**HELLO, "model": ""}, 400, NO_MODEL),
        ("POST", f"{V1}/embeddings", {"input": "a", "model": 5}, 400, NO_MODEL),
        (
            "POST",
            CHAT,
            {**NAMED, "temperature": 2.5},
            400,
            invalid("temperature must be a number from 0 to 2, not 2.5.", "temperature", "invalid_value"),
        ),
        (
            "GET",
            CHAT,
            None,
            405,
            invalid("The route /openai/v1/chat/completions does not support GET.", None, "MethodNotAllowed"),
        ),
        ("POST", CHAT, [], 400, invalid("The body is not a JSON object.", None, "BadRequest")),
        (
            "POST",
            f"{V1}/embeddings",
            {"input": "a", "model": "m", "encoding_format": "int8"},
            400,
            invalid("encoding_format must be one of base64, float.", "encoding_format", "invalid_value"),
        ),
    ],
)
def test_errors_have_the_form_of_the_api(
    service: LocalService, method: str, path: str, body: Any, status: int, expected: Any
) -> None:
    """Errors of the gateway have code and message, those of the API message, type, param and code."""
    response = ask(service, method, path, body)
    assert (response.status, response.json()) == (status, expected)
    assert "x-ms-error-code" not in response.headers


def test_wrong_key_gets_401_of_the_gateway(service: LocalService) -> None:
    """A wrong key gets the 401 of Azure's gateway."""
    response = ask(service, path=CHAT, body=NAMED, **{"api-key": "wrong"})
    message = "Access denied due to invalid subscription key or wrong API endpoint. Check both."
    assert (response.status, response.json()) == (401, {"error": {"code": "401", "message": message}})


@pytest.mark.parametrize("given", ["one two", ["one two", "three"], [1, 2, 3], [[1, 2], [3]]])
def test_embeddings_accept_texts_and_tokens(service: LocalService, given: Any) -> None:
    """`input` can be a text, texts, tokens, or lists of tokens; the response has no id, and `input_type` no meaning."""
    body = {"input": given, "model": "mine", "dimensions": 4, "input_type": "odd"}
    result = ask(service, path=f"{V1}/embeddings", body=body).json()
    count = len(given) if given in (["one two", "three"], [[1, 2], [3]]) else 1
    assert [len(entry["embedding"]) for entry in result["data"]] == [4] * count
    tokens = 2 if given == "one two" else 3
    assert {name: value for name, value in result.items() if name != "data"} == {
        "object": "list",
        "model": "mine",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


@pytest.mark.parametrize("given", [None, "", [], [""], [[]], [1, "a"], [True], 5, {"a": 1}])
def test_other_inputs_of_embeddings_are_refused(service: LocalService, given: Any) -> None:
    """An `input` that is neither text nor tokens is refused, with its name."""
    response = ask(service, path=f"{V1}/embeddings", body={"input": given, "model": "mine"})
    assert (response.status, response.json()["error"]["param"]) == (400, "input")


def test_responses_have_the_headers_of_the_gateway(service: LocalService) -> None:
    """Responses have request ids, equal for equal requests, a region and the rate limits; errors and streams too."""
    names = ["apim-request-id", "x-request-id", "x-ms-region", "x-ratelimit-remaining-tokens"]
    first, same = ask(service, path=CHAT, body=NAMED), ask(service, path=CHAT, body=NAMED)
    streamed = ask(service, path=CHAT, body={**NAMED, "stream": True})
    failed = ask(service, path=CHAT, body={})
    assert all(name in response.headers for name in names for response in (first, streamed, failed))
    assert first.headers == same.headers
    assert first.headers["x-request-id"] != failed.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/openai/v1/models/a%2Fb", Place(True, "/models/a%2Fb", None, speaks_openai=True, needs_version=False)),
        ("/openai/v1", Place(True, "", None, speaks_openai=True, needs_version=False)),
        ("/openai/v10/info", Place(False, "/openai/v10/info", None, speaks_openai=False, needs_version=True)),
        ("/v1/embeddings", Place(False, "/v1/embeddings", None, speaks_openai=True, needs_version=False)),
        ("/models/info", Place(False, "/models/info", None, speaks_openai=False, needs_version=True)),
        (
            "/openai/deployments/a%20b/embeddings",
            Place(False, "/openai/deployments/a%20b/embeddings", "a b", speaks_openai=True, needs_version=True),
        ),
    ],
)
def test_path_decides_the_place(path: str, place: Place) -> None:
    """The path decides between the two APIs, and whether a version is required."""
    assert locate(path) == place
