"""The shorter way of preparing a request gives the same request as that of requests."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest
import requests

from azure.ai.inference._http.session import InferenceSession

URL = "http://localhost:8000/chat/completions?api-version=1"
HEADERS = {"Content-Type": "application/json", "accept": "application/json", "x-one": "1", "x-empty": ""}


def without_environment(session: requests.Session) -> requests.Session:
    session.trust_env = False
    return session


def prepared(session: requests.Session, given: Dict[str, Any]) -> Tuple[Any, ...]:
    """Return the request that a session would send, the order of headers included."""
    request = session.prepare_request(requests.Request(**{"method": "POST", "url": URL, **given}))
    body = request.body.encode() if isinstance(request.body, str) else request.body
    headers: List[Any] = list(request.headers.items())
    return request.method, request.url, headers, body


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"headers": HEADERS, "data": b'{"a": 1}'}, id="bytes"),
        pytest.param({"headers": HEADERS, "data": '{"a": 1}'}, id="text"),
        pytest.param({"headers": HEADERS, "data": '{"a": "\xe9"}'}, id="text beyond ASCII"),
        pytest.param({"headers": HEADERS}, id="no body"),
        pytest.param({"headers": HEADERS, "data": b""}, id="an empty body"),
        pytest.param({"method": "GET"}, id="no body and no headers"),
        pytest.param(
            {"headers": {"Content-Length": "8", "USER-AGENT": "own"}, "data": b'{"a": 1}'}, id="its own headers"
        ),
        pytest.param({"headers": {"Accept-Encoding": None}, "data": b"{}"}, id="a header taken away"),
        pytest.param({"headers": {"x-bytes": b"1"}, "data": b"{}"}, id="a header of bytes"),
        pytest.param({"url": "HTTP://LocalHost/a b/\xe9?q=\xe9#f", "data": b"{}"}, id="a URL to be quoted"),
        pytest.param({"url": "http://user:word@localhost/", "data": b"{}"}, id="a URL with a credential"),
        pytest.param({"params": {"p": "v"}, "data": b"{}"}, id="parameters"),
        pytest.param({"data": {"a": "1"}}, id="a form"),
        pytest.param({"json": {"a": 1}}, id="JSON"),
        pytest.param({"cookies": {"c": "1"}, "data": b"{}"}, id="cookies"),
        pytest.param({"auth": ("user", "word"), "data": b"{}"}, id="a credential"),
    ],
)
def test_same_request(given: Dict[str, Any]) -> None:
    """A request is sent as requests would send it."""
    ours, theirs = InferenceSession(), requests.Session()

    assert prepared(without_environment(ours), given) == prepared(without_environment(theirs), given)


@pytest.mark.parametrize(
    "settings",
    [{"auth": ("user", "word")}, {"params": {"p": "v"}}, {"headers": requests.structures.CaseInsensitiveDict()}],
)
def test_settings_of_the_session(settings: Dict[str, Any]) -> None:
    """Settings of a transport's session take effect."""
    ours, theirs = without_environment(InferenceSession()), without_environment(requests.Session())
    for session in (ours, theirs):
        vars(session).update(settings)

    assert prepared(ours, {"headers": HEADERS, "data": b"{}"}) == prepared(theirs, {"headers": HEADERS, "data": b"{}"})


def test_cookies_of_the_session() -> None:
    """A cookie of a gateway is sent back, but to that gateway only."""
    ours, theirs = without_environment(InferenceSession()), without_environment(requests.Session())
    for session in (ours, theirs):
        session.cookies.set("affinity", "1", domain="localhost.local", path="/")
        session.cookies.set("other", "2", domain="example.com", path="/")

    sent = prepared(ours, {"data": b"{}"})
    assert sent == prepared(theirs, {"data": b"{}"})
    assert ("Cookie", "affinity=1") in sent[2]


def test_hooks() -> None:
    """A hook of requests is called."""
    ours = without_environment(InferenceSession())

    def hook(response: Any, **_: Any) -> Any:
        return response

    of_request = ours.prepare_request(requests.Request("POST", URL, data=b"{}", hooks={"response": hook}))
    ours.hooks["response"].append(hook)
    of_session = ours.prepare_request(requests.Request("POST", URL, data=b"{}"))
    assert of_request.hooks == of_session.hooks == {"response": [hook]}


def test_refused_headers() -> None:
    """A header that requests refuses is not sent."""
    for value in (" 1", "\t1", 1):
        with pytest.raises(requests.exceptions.InvalidHeader):
            session = without_environment(InferenceSession())
            session.prepare_request(requests.Request("POST", URL, headers={"x-one": value}))  # type: ignore[dict-item]


@pytest.mark.parametrize("settings", [{}, {"proxies": {"http": "http://p:1"}}, {"verify": "/a/file"}, {"stream": True}])
@pytest.mark.parametrize("given", [({}, None, None, None), ({"https": "http://q:2"}, True, False, "/a/certificate")])
def test_same_settings(settings: Dict[str, Any], given: Tuple[Any, ...]) -> None:
    """Proxies, certificates and streaming are as requests would have them."""
    ours, theirs = without_environment(InferenceSession()), without_environment(requests.Session())
    for session in (ours, theirs):
        vars(session).update(settings)

    assert ours.merge_environment_settings(URL, *given) == theirs.merge_environment_settings(URL, *given)
