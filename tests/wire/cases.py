"""The calls whose requests are pinned. The same calls are made with the released package and with this one."""

from __future__ import annotations

import io
from typing import Any, Dict

from azure.core.rest import HttpRequest

from .case import Build, Case, Values, hello, nothing
from .content_cases import CONTENT_CASES


def _embeds(call: Build, setup: Build = nothing, client: str = "embeddings", **rest: Any) -> Case:
    return Case(call, setup, client, "embed", **rest)


def _own(body: Any, setup: Build = nothing, **keywords: Any) -> Case:
    return Case(lambda m: {"body": body(m) if callable(body) else body, **keywords}, setup)


def _many_settings(models: Any) -> Values:
    return {"temperature": 1, "model": "tide-1", "model_extras": {"alpha": 1}}


_BODIES: Dict[str, Case] = {
    "dict body": _own({"messages": [{"content": "hi", "role": "user"}], "zeta": None, "alpha": 1}),
    "dict body, empty": _own({}),
    "dict body that streams": _own({"messages": [], "stream": True}),
    "dict body with stream off": _own({"messages": [], "stream": False}),
    "dict body with models": _own(lambda m: {"messages": [m.UserMessage("hi")], "role": m.ChatRole.USER}),
    "dict body and settings": _own({"a": 1}, _many_settings, seed=5, model_extras={"beta": 2}),
    "dict body and stream": _own({"a": 1}, stream=True),
    "dict body and messages": _own({"a": 1}, messages=[{"role": "user", "content": "hi"}]),
    "dict body and content_type": _own({"a": 1}, content_type="application/json; charset=utf-8"),
    "model as body": _own(lambda m: m.UserMessage("hi")),
    "bytes body": _own(b'{"a":1, "b" : 2}', _many_settings),
    "bytes body that is no JSON": _own("é".encode()),
    "bytes body that streams": _own(b'{"messages":[],"stream":true}'),
    "bytes body, empty": _own(b""),
    "bytes body and content_type": _own(b"<a/>", content_type="text/xml"),
    "file body": _own(lambda m: io.BytesIO(b'{"a":1}')),
    "file body and stream": _own(lambda m: io.BytesIO(b'{"stream":true}'), stream=True),
    "file body and content_type": _own(lambda m: io.BytesIO(b"a=1"), content_type="text/plain"),
    "str body": _own('{"a":1}'),
}

_OPTIONS: Dict[str, Case] = {
    "headers": Case(hello(headers={"X-One": "1", "x-two": "2"})),
    "headers none": Case(hello(headers=None)),
    "headers of the constructor": Case(hello(), lambda m: {"headers": {"X-One": "1"}}),
    "headers of both": Case(
        hello(headers={"X-One": "2", "x-two": "2"}), lambda m: {"headers": {"X-One": "1", "X-3": "3"}}
    ),
    "header Content-Type": Case(hello(headers={"Content-Type": "application/json; v=2"})),
    "header content-type in small letters": Case(hello(headers={"content-type": "application/json; v=2"})),
    "content_type": Case(hello(content_type="application/json; v=3")),
    "content_type over the header": Case(hello(content_type="a/b", headers={"Content-Type": "c/d"})),
    "header Accept": Case(hello(headers={"Accept": "application/x"})),
    "headers of the body from the constructor": Case(
        hello(), lambda m: {"headers": {"Content-Type": "a/b", "Accept": "c/d"}}
    ),
    "headers of the key from the constructor": Case(
        hello(), lambda m: {"headers": {"Authorization": "mine", "api-key": "mine"}}
    ),
    "headers of the key in place of one": Case(hello(), lambda m: {"headers": {"api-key": "mine"}}, key=""),
    "header extra-parameters": Case(hello(headers={"extra-parameters": "drop"})),
    "header extra-parameters and extras": Case(hello(headers={"extra-parameters": "drop"}, model_extras={"a": 1})),
    "header extra-parameters of the constructor and extras": Case(
        hello(model_extras={"a": 1}), lambda m: {"headers": {"extra-parameters": "drop"}}
    ),
    "headers of the key": Case(hello(headers={"Authorization": "mine", "api-key": "mine"})),
    "params": Case(hello(params={"a": "b", "e": "é"})),
    "params none": Case(hello(params=None)),
    "params api-version": Case(hello(params={"api-version": "other"})),
    "params list": Case(hello(params={"a": ["1", "2"]})),
    "api_version of the constructor": Case(hello(), lambda m: {"api_version": "2025-05-15-preview"}),
    "api_version of the call": Case(hello(api_version="2025-05-15-preview")),
    "user_agent of the constructor": Case(hello(), lambda m: {"user_agent": "harbour/2"}),
    "user_agent of the call": Case(hello(user_agent="harbour/2")),
    "request_id": Case(hello(request_id="request-1")),
    "request_id of the constructor": Case(hello(), lambda m: {"request_id": "request-1"}),
    "cookies": Case(hello(cookies={"berth": "7"})),
    "timeouts and retries": Case(
        hello(connection_timeout=5, read_timeout=5, retry_total=0, logging_enable=True, permit_redirects=False)
    ),
    "unknown keyword": Case(hello(temprature=0.1)),
    "cls": Case(hello(cls=lambda pipeline_response, deserialized, headers: deserialized)),
    "key renewed": Case(hello(), then=lambda m, result: hello()(m), renewed_key="key-2"),
    "token": Case(hello(enforce_https=False), token=True),
    "token with scopes": Case(
        hello(enforce_https=False),
        lambda m: {"credential_scopes": ["https://cognitiveservices.azure.com/.default", "other"]},
        token=True,
    ),
    "endpoint with slash": Case(hello(), path="/"),
    "endpoint with path": Case(hello(), path="/openai/deployments/tide-1"),
    "endpoint with path and slash": Case(hello(), path="/v1/"),
    "endpoint with query": Case(hello(), path="/v1?tenant=a%20b"),
    "endpoint with query, own params": Case(hello(params={"a": "b"}), path="/v1/?tenant=x"),
    "endpoint with odd path": Case(hello(), path="/a%20b/é"),
}

_OTHER_METHODS: Dict[str, Case] = {
    "model info": Case(nothing, method="get_model_info"),
    "model info of embeddings": Case(nothing, client="embeddings", method="get_model_info"),
    "model info of image embeddings": Case(nothing, client="image_embeddings", method="get_model_info", path="/v1?a=b"),
    "model info with options": Case(
        lambda m: {"headers": {"X-One": "1"}, "params": {"model": "a"}}, method="get_model_info"
    ),
    "model info twice": Case(nothing, method="get_model_info", then=lambda m, result: {}),
    "load_client": Case(hello(), lambda m: {"temperature": 0.5, "headers": {"X-One": "1"}}, client="load"),
    "load_client with api_version": Case(hello(), lambda m: {"api_version": "2025-05-15-preview"}, client="load"),
    "send GET": Case(lambda m: {"request": HttpRequest("GET", "/info")}, method="send_request"),
    "send GET without slash": Case(
        lambda m: {"request": HttpRequest("GET", "info?x=1")}, method="send_request", path="/v1"
    ),
    "send POST": Case(
        lambda m: {"request": HttpRequest("POST", "/images/generations", json={"prompt": "é"}, headers={"X-One": "1"})},
        method="send_request",
    ),
    "send PUT from embeddings": Case(
        lambda m: {
            "request": HttpRequest("PUT", "/x", content=b"raw", params={"a": "b"}, headers={"Content-Type": "a/b"})
        },
        client="embeddings",
        method="send_request",
        path="/v1?c=d",
    ),
}

_EMBEDDINGS: Dict[str, Case] = {
    "embed": _embeds(lambda m: {"input": ["a", "b"]}),
    "embed everything": _embeds(
        lambda m: {
            "model_extras": {"zeta": 1, "model": "b"},
            "model": "a",
            "input_type": m.EmbeddingInputType.QUERY,
            "input": ["é"],
            "encoding_format": m.EmbeddingEncodingFormat.BASE64,
            "dimensions": 64,
        }
    ),
    "embed with strings": _embeds(
        lambda m: {"input": ["a"], "input_type": "document", "encoding_format": "other", "dimensions": 0, "model": ""}
    ),
    "embed with extras for settings that have no value": _embeds(
        lambda m: {"input": ["a"], "model": "b", "model_extras": {"zeta": 1, "input_type": "x", "dimensions": 3}}
    ),
    "embed nones": _embeds(
        lambda m: {
            "input": ["a"],
            **dict.fromkeys(["dimensions", "encoding_format", "input_type", "model", "model_extras"]),
        }
    ),
    "embed nothing": _embeds(lambda m: {"input": []}),
    "embed a tuple": _embeds(lambda m: {"input": ("a", "b")}),
    "embed a str": _embeds(lambda m: {"input": "abc"}),
    "embed without input": _embeds(nothing),
    "embed with the constructor's defaults": _embeds(
        lambda m: {"input": ["a"], "dimensions": 8},
        lambda m: {
            "model": "a",
            "dimensions": 5,
            "input_type": m.EmbeddingInputType.TEXT,
            "encoding_format": "ubinary",
            "model_extras": {"alpha": 1},
        },
    ),
    "embed a dict body": _embeds(lambda m: {"body": {"input": ["a"]}, "model": "ignored"}, lambda m: {"dimensions": 1}),
    "embed a bytes body": _embeds(lambda m: {"body": b'{"input":[]}', "content_type": "a/b"}),
    "embed a file body": _embeds(lambda m: {"body": io.BytesIO(b'{"input":[]}')}),
    "embed with an unknown keyword": _embeds(lambda m: {"input": ["a"], "dimension": 5}),
    "embed images": _embeds(
        lambda m: {
            "input": [
                m.ImageEmbeddingInput(image="data:image/png;base64,AA=="),
                m.ImageEmbeddingInput(text="t", image="i"),
            ],
            "input_type": m.EmbeddingInputType.DOCUMENT,
            "encoding_format": "float",
            "dimensions": 3,
            "model": "a",
            "model_extras": {"alpha": 1},
        },
        client="image_embeddings",
    ),
    "embed images as dicts": _embeds(lambda m: {"input": [{"text": "t", "image": "i"}]}, client="image_embeddings"),
    "embed images without input": _embeds(nothing, client="image_embeddings"),
    "embed images by a body": _embeds(lambda m: {"body": {"input": [{"image": "i"}]}}, client="image_embeddings"),
    "embed images by the constructor's defaults": _embeds(
        lambda m: {"input": [m.ImageEmbeddingInput({"image": "i"})]},
        lambda m: {
            "model": "a",
            "dimensions": 5,
            "input_type": "text",
            "encoding_format": m.EmbeddingEncodingFormat.INT8,
        },
        client="image_embeddings",
    ),
}

CASES: Dict[str, Case] = {
    **CONTENT_CASES,
    **_BODIES,
    **_OPTIONS,
    **_OTHER_METHODS,
    **_EMBEDDINGS,
}
