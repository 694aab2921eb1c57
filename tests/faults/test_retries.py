"""Which requests are sent again, and after which wait; the waits are noted instead of waited for."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Dict, List

import pytest
from azure.core.exceptions import (
    DecodeError,
    IncompleteReadError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest
from worlds import ASYNC, World, updates_of, wait

from azure.ai.inference._core.errors import retry_after_of

from .calls import (
    ANSWER,
    COMPLETION,
    STREAM,
    A,
    about,
    ask,
    chat,
    failure_of,
    patiently,
    read,
    refusal,
    retrying,
)
from .raw_server import Answer, RawServer, chunked, cut, head, reset, stall, whole

RETRIED = [408, 429, 500, 502, 503, 504, 529]
FINAL = [400, 401, 403, 404, 405, 409, 413, 422, 501, 505]


@pytest.mark.asyncio
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("status", RETRIED)
async def test_status_retried(world: World, status: int, streamed: bool) -> None:
    """A response that says "not now" is retried, after a wait."""
    waits: List[float] = []
    with RawServer(refusal(status), refusal(status), whole(STREAM if streamed else ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            answer = await ask(client, stream=streamed)
            if streamed:
                assert len(await updates_of(answer)) == 3
    bodies = [request.body for request in server.requests]
    assert bodies == [bodies[0]] * 3
    assert about(waits, 0.8, 1.6)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", FINAL)
async def test_status_final(world: World, status: int) -> None:
    """An invalid request is not sent again."""
    waits: List[float] = []
    with RawServer(refusal(status), whole(ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            error: Any = await failure_of(ask(client))
    assert (error.status_code, len(server.requests), waits) == (status, 1, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("status", RETRIED)
async def test_gives_up(world: World, status: int) -> None:
    """Retries end, and the error of the service is raised."""
    waits: List[float] = []
    with RawServer(refusal(status)) as server:
        async with retrying(world, server, waits) as client:
            error: Any = await failure_of(ask(client))
    assert (error.status_code, "not now" in str(error)) == (status, True)
    assert len(server.requests) == 4
    assert about(waits, 0.8, 1.6, 3.2)


#: The options of a call, and the number of its requests when the status is always 503.
COUNTS: Dict[str, Any] = {
    "retry_total=0": ({"retry_total": 0}, 1),
    "retry_total=1": ({"retry_total": 1}, 2),
    "retry_status=1": ({"retry_status": 1}, 2),
    "retry_status=0 with retry_total=2": ({"retry_status": 5, "retry_total": 2}, 3),
    "retry_read=0": ({"retry_read": 0, "retry_connect": 0}, 4),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["constructor", "call"])
@pytest.mark.parametrize("says", COUNTS)
async def test_counts(world: World, says: str, where: str) -> None:
    """The options of azure-core's retries keep their meaning, in the constructor and in a call."""
    options, count = COUNTS[says]
    with RawServer(refusal(503)) as server:
        async with retrying(world, server, [], **(options if where == "constructor" else {})) as client:
            await failure_of(ask(client, **(options if where == "call" else {})))
    assert len(server.requests) == count


@pytest.mark.asyncio
@pytest.mark.parametrize("header", ["Retry-After", "retry-after-ms"])
@pytest.mark.parametrize("status", [400, 429, 503])
async def test_switched_off(world: World, status: int, header: str) -> None:
    """`retry_total=0` also switches off the retries that a `Retry-After` asks for."""
    waits: List[float] = []
    with RawServer(refusal(status, **{header: 1})) as server:
        async with retrying(world, server, waits, retry_total=0) as client:
            error: Any = await failure_of(ask(client))
    assert (error.status_code, len(server.requests), waits) == (status, 1, [])


#: Headers of a 429, and the seconds waited for it; None for the backoff.
HINTS: Dict[str, Any] = {
    "seconds": ({"Retry-After": "7"}, 7.0),
    "zero": ({"Retry-After": "0"}, 0.0),
    "a fraction": ({"Retry-After": "0.5"}, 0.5),
    "with blanks": ({"Retry-After": " 7 "}, 7.0),
    "the most": ({"Retry-After": "120"}, 120.0),
    "with a line between digits": ({"Retry-After": "1_0"}, None),
    "a number beyond all numbers": ({"Retry-After": "1e999"}, None),
    "milliseconds": ({"retry-after-ms": "250"}, 0.25),
    "x-ms-milliseconds": ({"x-ms-retry-after-ms": "250"}, 0.25),
    "milliseconds ahead of seconds": ({"Retry-After": "9", "retry-after-ms": "250"}, 0.25),
    "malformed milliseconds and seconds": ({"Retry-After": "9", "retry-after-ms": "soon"}, 9.0),
    "a date gone by": ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    "malformed": ({"Retry-After": "soon"}, None),
    "negative": ({"Retry-After": "-5"}, None),
    "infinite": ({"Retry-After": "inf"}, None),
    "not a number": ({"Retry-After": "nan"}, None),
    "a malformed date": ({"Retry-After": "Wed, 99 Oct 2015 07:28:00 GMT"}, None),
    "a date beyond all time": ({"Retry-After": "Wed, 21 Oct 99999 07:28:00 GMT"}, None),
    "empty": ({"Retry-After": ""}, None),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", HINTS)
async def test_hint(world: World, says: str) -> None:
    """A service's hint when to retry is followed, and a malformed one is ignored."""
    headers, seconds = HINTS[says]
    waits: List[float] = []
    with RawServer(refusal(429, **headers), whole(ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            assert await ask(client) == COMPLETION
    assert waits == [seconds] if seconds is not None else about(waits, 0.8)


@pytest.mark.parametrize("says", HINTS)
def test_hint_rule(says: str) -> None:
    """The rule by itself reads a header as the calls that use it do."""
    headers, seconds = HINTS[says]
    assert retry_after_of(headers) == seconds


def test_date_to_come() -> None:
    """A date in the future counts from now."""
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    seconds = retry_after_of({"Retry-After": date})
    assert seconds is not None
    assert 90 < seconds <= 100


@pytest.mark.asyncio
async def test_backoff(world: World) -> None:
    """The waits grow, stay below their maximum, and are spread."""
    firsts: List[float] = []
    for _ in range(8):
        waits: List[float] = []
        with RawServer(refusal(503)) as server:
            options = {"retry_backoff_factor": 2, "retry_backoff_max": 5, "retry_status": 4}
            async with retrying(world, server, waits, **options) as client:
                await failure_of(ask(client))
        assert about(waits[:2], 2, 4)
        assert waits[3] == 5
        firsts.append(waits[0])
    assert len(set(firsts)) > 1


@pytest.mark.asyncio
async def test_fixed_backoff(world: World) -> None:
    """The waits of azure-core's fixed mode do not grow."""
    waits: List[float] = []
    with RawServer(refusal(503)) as server:
        async with retrying(world, server, waits, retry_mode="fixed") as client:
            await failure_of(ask(client))
    assert about(waits, 0.8, 0.8, 0.8)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [cut, reset], ids=["cut", "reset"])
async def test_sent_and_lost(world: World, fault: Any) -> None:
    """A request that may have taken effect is not sent again unless that is allowed."""
    with RawServer([fault], whole(ANSWER)) as server:
        async with retrying(world, server, []) as client:
            error = await failure_of(ask(client))
    assert isinstance(error, ServiceResponseError)
    assert len(server.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [cut, reset, stall], ids=["cut", "reset", "stall"])
async def test_sent_and_lost_allowed(world: World, fault: Any) -> None:
    """`retry_on_methods` with POST allows a chat to be sent again."""

    async def scenario(seconds: float) -> None:
        waits: List[float] = []
        with RawServer([fault], whole(ANSWER)) as server:
            async with retrying(world, server, waits, read_timeout=seconds) as client:
                assert await ask(client, retry_on_methods=["POST"]) == COMPLETION
        assert len(server.requests) == 2
        assert about(waits, 0.8)

    await patiently(scenario)


@pytest.mark.asyncio
async def test_timeout_not_retried(world: World) -> None:
    """A chat that takes too long is not sent again, and not paid for twice."""

    async def scenario(seconds: float) -> None:
        with RawServer([stall]) as server:
            async with retrying(world, server, [], read_timeout=seconds) as client:
                error = await failure_of(ask(client))
        assert type(error) is ServiceResponseTimeoutError
        assert len(server.requests) == 1

    await patiently(scenario)


@pytest.mark.asyncio
async def test_get_retried(world: World) -> None:
    """A GET, which has no effect, is retried when its response does not arrive."""
    info = json.dumps({"model_name": "m"}).encode()
    with RawServer([cut], refusal(502), whole(info)) as server:
        async with retrying(world, server, []) as client:
            result = client.get_model_info()
            assert (await wait(result)).model_name == "m"
    assert len(server.requests) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [whole(ANSWER[:9]), [head(Content_Length=99) + b"{", cut]], ids=["bad", "cut"])
async def test_broken_answer_not_retried(world: World, answer: Answer) -> None:
    """A chat whose response has begun to arrive is not sent again."""
    with RawServer(answer, whole(ANSWER)) as server:
        async with retrying(world, server, []) as client:
            error = await failure_of(ask(client))
    assert isinstance(error, DecodeError)
    assert len(server.requests) == 1


@pytest.mark.asyncio
async def test_broken_stream_not_retried(world: World) -> None:
    """A stream that breaks off does not begin again."""
    with RawServer([*chunked(A), cut], whole(STREAM)) as server:
        async with retrying(world, server, []) as client:
            texts, error = await read(await ask(client, stream=True, retry_on_methods=["POST"]))
    assert (texts, type(error)) == (["a"], IncompleteReadError)
    assert len(server.requests) == 1


BODY = b'{"messages": []}'


class Pipe(io.RawIOBase):
    """A file that can be read once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


@pytest.mark.asyncio
@pytest.mark.parametrize("start", [0, 4])
async def test_file_sent_again(world: World, start: int) -> None:
    """A body that is a file is sent again from where it first began."""
    if world is ASYNC and sys.version_info < (3, 9):
        pytest.skip("the last aiohttp for Python 3.8 closes the files that it has sent")
    with RawServer(refusal(503), refusal(429), whole(ANSWER)) as server:
        async with retrying(world, server, []) as client:
            body = io.BytesIO(b"junk"[:start] + BODY)
            body.seek(start)
            assert await wait(client.complete(body)) == COMPLETION
    assert [request.body for request in server.requests] == [BODY] * 3


@pytest.mark.asyncio
async def test_file_not_sent_again(world: World) -> None:
    """A body that cannot be rewound is not sent again."""
    with RawServer(refusal(503), whole(ANSWER)) as server:
        async with retrying(world, server, []) as client:
            error: Any = await failure_of(_complete(client, Pipe(BODY)))
    assert (error.status_code, len(server.requests)) == (503, 1)


async def _complete(client: Any, body: Any) -> Any:
    return await wait(client.complete(body))


@pytest.mark.asyncio
async def test_stale_connection(world: World) -> None:
    """A connection that the server has closed meanwhile does not fail the next call."""
    with RawServer([*whole(ANSWER), cut], whole(ANSWER)) as server:
        async with chat(world, server) as client:
            await ask(client)
            await asyncio.get_running_loop().run_in_executor(None, server.wait_for_silence)
            for _ in range(5):  # the loop has to see the end of the connection, too
                await asyncio.sleep(0)
            assert await ask(client) == COMPLETION
    assert server.connections == 2


@pytest.mark.asyncio
async def test_send_request_retried(world: World) -> None:
    """A program's own request is retried like any other."""
    waits: List[float] = []
    with RawServer(refusal(529), whole(ANSWER)) as server:
        async with retrying(world, server, waits) as client:
            response = await wait(client.send_request(HttpRequest("POST", "/x", json={})))
    assert (response.status_code, len(server.requests)) == (200, 2)


@pytest.mark.asyncio
async def test_history(world: World) -> None:
    """Hooks can see how often a request was sent."""
    seen: List[int] = []
    with RawServer(refusal(503), refusal(503), whole(ANSWER)) as server:
        async with retrying(world, server, []) as client:
            await ask(client, raw_response_hook=lambda reply: seen.append(reply.context["retry_count"]))
    assert seen == [0, 1, 2]
