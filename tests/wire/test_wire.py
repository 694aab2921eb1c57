"""Every request equals the released package's byte for byte, except for the differences listed here."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, Tuple

import pytest

from .cases import CASES
from .record import RELEASED, Recording, record, record_async
from .recorder import Recorder

_HI = {"messages": [{"role": "user", "content": "hi"}]}


def _request(body: Any, key: str = "key-1", version: str = "2024-05-01-preview", **headers: str) -> Dict[str, Any]:
    """Return a chat request with this body and additional headers, in whose names `_` stands for `-`."""
    text = json.dumps(body)
    return {
        "line": f"POST /chat/completions?api-version={version}",
        "headers": {
            "accept": "application/json",
            "api-key": key,
            "authorization": f"Bearer {key}",
            "content-length": str(len(text)),
            "content-type": "application/json",
            "user-agent": "azsdk-python-ai-inference/<version> <platform>",
            "x-ms-client-request-id": "<uuid>",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "body": text,
    }


def _sends(*requests: Any) -> Recording:
    return {"requests": list(requests), "error": None}


def _fails(error: str) -> Recording:
    return {"requests": [], "error": error}


def _unknown(keyword: str, meant: str) -> Recording:
    return _fails(
        f"TypeError: got an unexpected keyword argument '{keyword}': it is neither a setting of the method nor an option of "
        f"the pipeline; did you mean {meant}? Put other parameters of the model into `model_extras`."
    )


# The cases in which the released package is wrong: the reason, and the correct requests.
BETTER: Dict[str, Tuple[str, Recording]] = {
    "response_format as dict": (
        "A plain dict is accepted, as by the service.",
        _sends(_request({**_HI, "response_format": {"type": "json_object"}})),
    ),
    "extras with a set": (
        "The error names the argument.",
        _fails("TypeError: tags cannot be sent as JSON: Object of type set is not JSON serializable"),
    ),
    "extras with not a number": (
        "NaN is not valid JSON, but the released package sends it.",
        _fails("ValueError: bias cannot be sent as JSON: Out of range float values are not JSON compliant"),
    ),
    "an infinity": (
        "Infinity is not valid JSON either.",
        _fails("ValueError: temperature cannot be sent as JSON: Out of range float values are not JSON compliant"),
    ),
    "user message of a mapping without role": (
        "The class sets the role for the mapping form, too.",
        _sends(_request(_HI)),
    ),
    "item of a mapping without type": (
        "The class sets the type for the mapping form, too.",
        _sends(_request({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]})),
    ),
    "assistant message of none": (
        "None as content works, as documented.",
        _sends(_request({"messages": [{"role": "assistant"}]})),
    ),
    "unknown model keyword": (
        "Messages have names.",
        _sends(_request({"messages": [{"role": "user", "name": "b", "content": "a"}]})),
    ),
    "str body": (
        "A str is not a body. The released package sends it as a JSON string, which no route accepts.",
        _fails(
            "TypeError: body must be a mapping, bytes or a binary file, not str. Pass messages by name: messages=[...]"
        ),
    ),
    "headers of both": (
        "A call's headers take precedence over the constructor's.",
        _sends(_request(_HI, x_one="2", x_two="2", x_3="3")),
    ),
    "api_version of the call": (
        "Every method accepts `api_version`.",
        _sends(_request(_HI, version="2025-05-15-preview")),
    ),
    "cls": ("Every method accepts azure-core's response hook.", _sends(_request(_HI))),
    "unknown keyword": (
        "The error is this library's, and does not mention `Session.request()`.",
        _unknown("temprature", "temperature"),
    ),
    "embed with an unknown keyword": ("As for `complete`.", _unknown("dimension", "dimensions")),
    "key renewed": (
        "A new key takes effect in both headers.",
        _sends(_request(_HI), _request(_HI, key="key-2")),
    ),
}


@pytest.fixture(scope="module")
def released() -> Any:
    return json.loads(RELEASED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.mark.parametrize("name", CASES)
def test_sync_client_sends_the_released_requests(name: str, released: Any, recorder: Recorder) -> None:
    """The sync client sends the same requests, and raises the same errors, as the released package."""
    assert record(CASES[name], recorder) == _expected(name, released)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CASES)
async def test_async_client_sends_the_released_requests(name: str, released: Any, recorder: Recorder) -> None:
    """The async client sends the same requests, and raises the same errors, as the released package."""
    assert await record_async(CASES[name], recorder) == _expected(name, released)


def test_each_listed_difference_is_one(released: Any) -> None:
    """Every case in `BETTER` exists and differs from the released package."""
    same = [name for name, (_, ours) in BETTER.items() if released[name] == ours]
    assert same == []


def test_recording_has_these_cases(released: Any) -> None:
    """The recording of the released package has exactly these cases."""
    assert list(released) == list(CASES)


def _expected(name: str, released: Any) -> Any:
    return BETTER[name][1] if name in BETTER else released[name]
