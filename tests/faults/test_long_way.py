"""A call looks the same over our transports, which take shortcuts, and over azure-core's own."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any, Dict, List, Tuple

import pytest
from azure.core.exceptions import HttpResponseError
from worlds import World, next_of, wait

from azure.ai.inference._model_base import Model

from .calls import ANSWER, STREAM, ask, chat, event, update, with_transport
from .raw_server import LAST_CHUNK, Answer, RawServer, Step, chunk, cut, head

SEEDS = range(150)
#: What transports may decide for themselves, and what is random.
OWN = {"accept-encoding", "connection", "host", "x-ms-client-request-id"}

TEXTS = ["a", "", "é", "\U0001f600", 'a"b\\c', "line\nline", "\x7f", "x" * 3000, "x" * 70000]
STATUSES = [200, 200, 200, 200, 200, 200, 201, 204, 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 503, 529]
KINDS = [
    *("application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "text/plain", "text/event-stream"),
    *("application/problem+json", "text/html", "application/octet-stream", None),
]
BODIES = [
    ANSWER,
    b"\xef\xbb\xbf" + ANSWER,
    b'{"error": {"message": "refused", "code": "odd"}}',
    b'{"error": {"message": "caf\xc3\xa9", "code": "content_filter", "innererror": {"content_filter_result": {}}}}',
    *(b"", b" ", b"null", b"[]", b"{}", b"not JSON", b'{"choices": ', b"<html>refused</html>", b"\xff\xfe"),
    json.dumps({"id": "1", "choices": [{"message": {"content": "x" * 70000}}]}).encode(),
]
STREAMS = [
    *(STREAM, event(update("a")), b"", b"data: [DONE]\n\n", b": comment\n\n" + STREAM, STREAM.replace(b"\n", b"\r\n")),
    event(update("a")) + b'event: error\ndata: {"error": {"message": "late"}}\n\n',
    event(update("\U0001f600")) + event(update(finish="stop")),
    *(ANSWER, b"not events", b"data: {broken\n\n", event(update("x" * 70000)) + STREAM),
]


class Case:
    """A call and the responses to its requests, all drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.streams = self._draw.random() < 0.5
        self.path = self._draw.choice(["", "", "/é", "/a b", "/%7e%zz", "/a?x=1&y=a b", "/[x]|y^"])
        self.options = self._options()
        self.answers: List[Answer] = [*self._detours(), self._final()]

    def _options(self) -> Dict[str, Any]:
        draw = self._draw
        offers: List[Tuple[str, Any]] = [
            ("headers", {"x-own": draw.choice(["1", "a b", ""]), "Accept": "text/x"}),
            ("headers", {"Content-Type": "application/x-own", "User-Agent": "own"}),
            ("params", {"a": draw.choice(["1", "a b", "é", ["1", "2"]]), "api-version": "own"}),
            ("request_id", "given"),
            ("user_agent", "me"),
            ("content_type", "application/json; charset=utf-8"),
            ("model_extras", {"x": draw.choice(TEXTS)}),
            ("stop", [draw.choice(TEXTS)]),
            ("response_encoding", "latin-1"),
            ("error_map", {404: KeyError}),
            ("permit_redirects", False),
        ]
        return {"stream": self.streams, "retry_total": 2, **dict(draw.sample(offers, draw.randint(0, 4)))}

    def _detours(self) -> List[Answer]:
        draw = self._draw
        redirects = [f"/elsewhere?{draw.randint(0, 9)}", "relative", "/caf%C3%A9", "?a=b c"]
        moved: List[Answer] = [
            self._framed(draw.choice([301, 302, 303, 307, 308]), b"moved", Location=draw.choice(redirects))
            for _ in range(draw.choice([0, 0, 0, 1, 2]))
        ]
        refused = [self._framed(429, b"{}", Retry_After="0") for _ in range(draw.choice([0, 0, 0, 1]))]
        detours = [*moved, *refused]
        draw.shuffle(detours)
        return detours

    def _final(self) -> Answer:
        draw = self._draw
        status = draw.choice(STATUSES)
        bodies = STREAMS if self.streams and status == 200 else BODIES
        return self._framed(status, b"" if status == 204 else draw.choice(bodies))

    def _framed(self, status: int, body: bytes, **headers: Any) -> Answer:
        """Return a response in a framing and encoding, and with headers, drawn at random."""
        draw = self._draw
        headers.update(
            draw.choice([{}, {"X_Request_Id": "r"}, {"X_Long": "x" * 5000}, {"X_Blank": "a \t", "X_Empty": ""}])
        )
        encoding = draw.choice([None, None, "gzip"])
        if encoding and body:
            body = gzip.compress(body)
            headers["Content_Encoding"] = encoding
        kind = draw.choice(KINDS)
        # The long way reads the body of an error before its status can be judged, so that none is cut short here.
        framing = draw.choice(
            ["length", "length", "chunked", "close", "short" if self.streams and status == 200 else "length"]
        )
        if status == 204:
            return [head(status, kind, **headers)]
        if framing == "chunked":
            at = sorted(draw.choices(range(len(body) + 1), k=3))
            pieces = [body[start:end] for start, end in zip([0, *at], [*at, len(body)])]
            start = head(status, kind, Transfer_Encoding="chunked", **headers)
            return [start + b"".join(map(chunk, filter(None, pieces))) + LAST_CHUNK]
        if framing == "close":
            return [head(status, kind, Connection="close", **headers) + body, cut]
        missing = draw.randint(1, 9) if framing == "short" else 0
        steps: List[Step] = [head(status, kind, Content_Length=len(body) + missing, **headers) + body]
        return [*steps, cut] if missing else steps


class Seen:
    """All that a program can see of a call, and the requests that the service saw."""

    def __init__(self) -> None:
        self.hooks: List[Any] = []
        self.outcome: Any = None
        self.requests: List[Any] = []

    def facts(self) -> Dict[str, Any]:
        return vars(self)

    def note_request(self, request: Any) -> None:
        request.http_request.headers["x-from-hook"] = str(len(self.hooks))
        self.hooks.append(("request", request.http_request.method))

    def note_response(self, response: Any) -> None:
        reply = response.http_response
        self.hooks.append(("response", reply.status_code, reply.reason, _plain(reply.headers), reply.content_type))

    def note_result(self, response: Any, result: Any, headers: Any) -> Any:
        self.hooks.append(("result", response.http_response.status_code, _plain(headers)))
        return result


def _plain(headers: Any) -> Dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def seen_by(world: World, case: Case, transport: str) -> Dict[str, Any]:
    """Return what is seen of a call on one transport."""
    seen = Seen()
    hooks = {"raw_request_hook": seen.note_request, "raw_response_hook": seen.note_response, "cls": seen.note_result}
    with RawServer(*case.answers) as server:
        options = {"endpoint": server.url + case.path, "read_timeout": 5, **with_transport(world, transport)}
        async with chat(world, server, **options) as client:
            seen.outcome = await _outcome(ask(client, retry_backoff_factor=0, **case.options, **hooks))
        origin = server.url
        seen.requests = [
            (sent.method, sent.target, {k: v for k, v in sent.headers.items() if k not in OWN}, sent.body)
            for sent in server.requests
        ]
    text: Dict[str, Any] = json.loads(json.dumps(seen.facts(), default=repr).replace(origin, "origin"))
    return text


async def _outcome(call: Any) -> Any:
    """Return the JSON of a completion, or of the updates of a stream and the error behind them."""
    updates: List[Any] = []
    try:
        result = await wait(call)
        if isinstance(result, Model):
            return result.as_dict()
        while True:
            updates.append((await next_of(result)).as_dict())
    except StopAsyncIteration:
        return updates
    except Exception as error:
        text = str(error) if isinstance(error, HttpResponseError) else ""
        return [updates, type(error).__name__, text, getattr(error, "status_code", None)]


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", SEEDS)
async def test_alike(world: World, seed: int) -> None:
    """A shortcut changes no request, and neither loses nor adds anything in a response."""
    short = await seen_by(world, Case(seed), "default")
    long = await seen_by(world, Case(seed), "foreign")
    assert short == long
