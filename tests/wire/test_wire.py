"""Every request is, byte for byte, what the released package sends, save for the differences listed here."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, Tuple

import pytest

from .cases import CASES
from .record import RELEASED, Recording, record, record_async
from .recorder import Recorder

_HI = {"role": "user", "content": "hi"}
_UNKNOWN = "is no setting of this method and no option of the pipeline"


def _sends(*bodies: Any, key: str = "key-1", version: str = "2024-05-01-preview", **headers: str) -> Recording:
    """The recording of chat calls with these bodies, and headers besides or in place of the usual ones."""
    usual = {
        "accept": "application/json",
        "api-key": key,
        "authorization": f"Bearer {key}",
        "content-type": "application/json",
        "user-agent": "azsdk-python-ai-inference/<version> <platform>",
        "x-ms-client-request-id": "<uuid>",
    }
    return {
        "requests": [
            {
                "line": f"POST /chat/completions?api-version={version}",
                "headers": {**usual, "content-length": str(len(json.dumps(body))), **headers},
                "body": json.dumps(body),
            }
            for body in bodies
        ],
        "error": None,
    }


def _fails(error: str) -> Recording:
    return {"requests": [], "error": error}


BETTER: Dict[str, Tuple[str, Recording]] = {
    "response_format as dict": (
        "the plain dict that the service takes is taken",
        _sends({"messages": [_HI], "response_format": {"type": "json_object"}}),
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
def test_sync_client_sends_what_the_released_one_does(name: str, released: Any, recorder: Recorder) -> None:
    """If this fails, a program that moves over from the released package sends something else, or gets another error."""
    assert record(CASES[name], recorder) == _expected(name, released)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", CASES)
async def test_async_client_sends_what_the_released_one_does(name: str, released: Any, recorder: Recorder) -> None:
    """If this fails, the async client differs from the released one, whose sync and async clients send the same."""
    assert await record_async(CASES[name], recorder) == _expected(name, released)


def test_each_listed_difference_is_one(released: Any) -> None:
    """If this fails, `BETTER` names a case that is gone or that does not differ, and hides what it should show."""
    same = [name for name, (_, ours) in BETTER.items() if released[name] == ours]
    assert same == []


def test_the_facts_are_of_these_cases(released: Any) -> None:
    """If this fails, cases were added or changed in name without recording the released package again."""
    assert list(released) == list(CASES)


def _expected(name: str, released: Any) -> Any:
    return BETTER[name][1] if name in BETTER else released[name]
