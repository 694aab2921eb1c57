"""The longest wait that a header may ask for, and the time that it names; the waits are noted, not waited for."""

from __future__ import annotations

import time
from typing import Any, Dict, Iterator, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
from worlds import World, opened, wait

from azure.ai.inference.exceptions import RateLimitError
from azure.ai.inference.testing import FakeResponse

from .calls import (
    ANSWER,
    COMPLETION,
    about,
    ask,
    chat,
    failure_of,
    refusal,
    retrying,
)
from .raw_server import RawServer, whole


def date_in(form: str, seconds: int) -> str:
    """Return the time this many seconds from now, in UTC and in this form."""
    return time.strftime(form, time.gmtime(time.time() + seconds))


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set a local time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


FORMS = {
    "asctime": "%a %b %d %H:%M:%S %Y",
    "an unknown zone": "%a, %d %b %Y %H:%M:%S -0000",
    "no zone": "%a, %d %b %Y %H:%M:%S",
    "GMT": "%a, %d %b %Y %H:%M:%S GMT",
    "two digits of a year": "%A, %d-%b-%y %H:%M:%S GMT",
    "an offset": "%a, %d %b %Y %H:%M:%S +0000",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", FORMS)
@pytest.mark.usefixtures("zone")
async def test_date_is_in_utc(world: World, says: str) -> None:
    """A date without a zone is in UTC, not in the local zone."""
    waits: List[float] = []
    with RawServer(lambda _: refusal(503, Retry_After=date_in(FORMS[says], 100)), whole(ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            assert await ask(client) == COMPLETION
    assert len(waits) == 1
    assert 90 < waits[0] <= 100


#: Headers that ask for more than anybody waits, and the seconds.
LONG: Dict[str, Any] = {
    "a little": ({"Retry-After": "121"}, 121),
    "a year": ({"Retry-After": "31536000"}, 31536000),
    "a power": ({"Retry-After": "1e300"}, 1e300),
    "20 digits": ({"Retry-After": "9" * 20}, float("9" * 20)),
    "milliseconds": ({"retry-after-ms": "120001"}, 120.001),
    "the year 9999": ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 408, 429, 500, 502, 503, 529])
@pytest.mark.parametrize("says", LONG)
async def test_long_wait_is_not_begun(world: World, says: str, status: int) -> None:
    """A call does not wait for a year because a header asks for it, and raises the service's error."""
    headers, seconds = LONG[says]
    waits: List[float] = []
    with RawServer(refusal(status, **headers)) as server:
        async with retrying(world, server, waits) as client:
            for streamed in (False, True):
                error: Any = await failure_of(ask(client, stream=streamed))
                assert (error.status_code, waits) == (status, [])
                assert "not now" in str(error)
                assert error.retry_after == seconds if seconds is not None else error.retry_after > 10**11
    assert len(server.requests) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
@pytest.mark.parametrize(("most", "waited"), [(5, []), (7, [7.0]), (float("inf"), [7.0]), (None, [7.0]), (0, [])])
async def test_longest_wait_is_chosen(world: World, most: Any, waited: List[float], where: str) -> None:
    """A program can choose how long a header may make it wait."""
    waits: List[float] = []
    options = {"retry_after_max": most}
    with RawServer(refusal(429, Retry_After=7), whole(ANSWER)) as server:
        async with retrying(world, server, waits, **(options if where == "constructor" else {})) as client:
            result = ask(client, **(options if where == "call" else {}))
            if waited:
                assert await result == COMPLETION
            else:
                error: Any = await failure_of(result)
                assert (type(error), error.retry_after) == (RateLimitError, 7.0)
    assert waits == waited


@pytest.mark.asyncio
async def test_longest_wait_of_a_call(world: World) -> None:
    """A call's own choice overrides its client's."""
    waits: List[float] = []
    with RawServer(refusal(429, Retry_After=7), whole(ANSWER)) as server:
        async with retrying(world, server, waits, retry_after_max=5) as client:
            assert await ask(client, retry_after_max=9) == COMPLETION
    assert waits == [7.0]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("most", "kind"), [("9", TypeError), (True, TypeError), (-1, ValueError), (float("nan"), ValueError)]
)
async def test_longest_wait_is_checked(world: World, most: Any, kind: type) -> None:
    """An invalid choice is refused at once, not at the first response that asks for a wait."""
    with pytest.raises(kind, match="retry_after_max must be"):
        world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), retry_after_max=most)
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server) as client:
            assert type(await failure_of(ask(client, retry_after_max=most))) is kind
    assert server.requests == []


@pytest.mark.asyncio
async def test_longest_wait_with_other_clients_and_transports(world: World) -> None:
    """The longest wait holds for other clients and other transports, too."""
    transport = world.FakeTransport(lambda request: FakeResponse(429, headers={"Retry-After": "999"}))
    async with opened(
        world.EmbeddingsClient("https://h.example", AzureKeyCredential("k"), transport=transport)
    ) as client:
        for call in (lambda: client.embed(input=["a"]), client.get_model_info):
            with pytest.raises(RateLimitError):
                await wait(call())
        response = await wait(client.send_request(HttpRequest("GET", "/x")))
    assert (response.status_code, len(transport.requests), transport.slept) == (429, 3, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("header", ["soon", "-5", "inf", "1e999", "nan"])
async def test_no_hint(world: World, header: str) -> None:
    """A header that names no time does not make a final error retriable."""
    waits: List[float] = []
    with RawServer(refusal(400, Retry_After=header), refusal(503, Retry_After=header), whole(ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            error: Any = await failure_of(ask(client))
            assert await ask(client) == COMPLETION
    assert (error.status_code, hasattr(error, "retry_after")) == (400, False)
    assert about(waits, 0.8)
