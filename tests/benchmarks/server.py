"""The benchmark server: canned bytes over loopback, as cheap as asyncio allows. Prints its port; ends with its stdin.

The first segment of the path selects the response, so that every client can reach it through its base URL:

- ``small``, ``large``: a response of 700 bytes, of 200 KB
- ``tools``: by turns a tool call and a response of 700 bytes, on each connection
- ``json``: a response whose content is JSON
- ``stream-EVENTS-GROUP``: an event stream, GROUP events in each HTTP chunk
- ``spaced-FRAMING``: an event stream with a pause between the events, in one of FRAMINGS
- ``embeddings-ROWS-DIMENSIONS-FORMAT``: vectors
- ``delayed-ROWS-DIMENSIONS-FORMAT``: the same, after the time that a model may take
- ``connections``: the number of connections that have carried requests of clients so far
"""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from functools import lru_cache
from typing import Callable

from . import payloads

FRAMINGS = ("chunked", "close", "length", "gzip-chunked", "gzip-close")
SPACED_EVENTS = 4
#: The bodies of responses without parameters: of chat completions, and of Anthropic's Messages API.
JSON_RESPONSES: dict[str, tuple[Callable[[], bytes], Callable[[], bytes]]] = {
    "small": (lambda: payloads.chat_completion(1, 4, 0), lambda: payloads.anthropic_message(4)),
    "large": (lambda: payloads.chat_completion(40, 30, 4), lambda: payloads.anthropic_message(40 * 30)),
    "call": (lambda: payloads.chat_completion(1, 0, 1), payloads.anthropic_call),
    "json": (payloads.json_completion, payloads.anthropic_json),
}
PAUSE_SECONDS = 0.15
MODEL_SECONDS = 0.05
LAST_CHUNK = b"0\r\n\r\n"


def response_head(content_type: str, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Type: {content_type}", *headers, "", ""]).encode()


def http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def json_response(body: bytes) -> bytes:
    return response_head("application/json", f"Content-Length: {len(body)}") + body


def events_of(route: str, count: int) -> list[bytes]:
    return payloads.anthropic_events(count) if route == "messages" else payloads.chat_events(count)


@lru_cache(maxsize=None)
def whole_response(scenario: str, route: str) -> bytes:
    """Return all bytes of a response that is sent at once."""
    kind, *arguments = scenario.split("-")
    if kind in JSON_RESPONSES:
        chat, anthropic = JSON_RESPONSES[kind]
        return json_response(anthropic() if route == "messages" else chat())
    if kind in ("embeddings", "delayed"):
        rows, dimensions, encoding_format = arguments
        return json_response(payloads.embeddings_result(int(rows), int(dimensions), encoding_format))
    if kind == "stream":
        count, group = map(int, arguments)
        events = events_of(route, count)
        chunks = [http_chunk(b"".join(events[start : start + group])) for start in range(0, len(events), group)]
        return b"".join([response_head("text/event-stream", "Transfer-Encoding: chunked"), *chunks, LAST_CHUNK])
    raise ValueError(f"unknown scenario: {scenario}")


@lru_cache(maxsize=None)
def spaced_response(framing: str, route: str) -> list[bytes]:
    """Return the chunks of a response that is sent with a pause before every chunk but the first."""
    chunks = events_of(route, SPACED_EVENTS)
    chunks = [*chunks[: SPACED_EVENTS - 1], b"".join(chunks[SPACED_EVENTS - 1 :])]
    headers = []
    if framing.startswith("gzip"):
        headers.append("Content-Encoding: gzip")
        compressor = zlib.compressobj(wbits=31)
        chunks = [compressor.compress(chunk) + compressor.flush(zlib.Z_SYNC_FLUSH) for chunk in chunks]
        chunks[-1] += compressor.flush()
    if framing.endswith("chunked"):
        headers.append("Transfer-Encoding: chunked")
        chunks = [http_chunk(chunk) for chunk in chunks]
        chunks[-1] += LAST_CHUNK
    elif framing == "length":
        headers.append(f"Content-Length: {sum(map(len, chunks))}")
    else:
        headers.append("Connection: close")
    chunks[0] = response_head("text/event-stream", *headers) + chunks[0]
    return chunks


class Exchanges(asyncio.Protocol):
    """One connection. A request is parsed only as far as needed to find the start of the next one."""

    used_connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = b""
        self.target = ""
        self.awaited_body = 0
        self.is_counted = False
        self.calls_tool = False
        self.pending: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self.pending:
            self.pending.cancel()

    def data_received(self, data: bytes) -> None:
        if self.awaited_body:
            self.awaited_body -= len(data)
        else:
            self.received += data
            head, separator, body = self.received.partition(b"\r\n\r\n")
            if not separator:
                return
            self.received = b""
            self.target = head.split(b" ", 2)[1].decode()
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self.awaited_body = int(length[1]) - len(body) if length else 0
        if not self.awaited_body:
            self.respond()

    def respond(self) -> None:
        scenario, _, route = self.target.partition("?")[0][1:].partition("/")
        if scenario == "connections":
            self.transport.write(json_response(str(Exchanges.used_connections).encode()))
            return
        if not self.is_counted:
            self.is_counted = True
            Exchanges.used_connections += 1
        route = route.rpartition("/")[2]
        if scenario.startswith("spaced-"):
            framing = scenario.partition("-")[2]
            self.send_spaced(spaced_response(framing, route), framing.endswith("close"))
        elif scenario.startswith("delayed-"):
            response = whole_response(scenario, route)
            self.pending = asyncio.get_running_loop().call_later(MODEL_SECONDS, self.transport.write, response)
        elif scenario == "tools":
            self.calls_tool = not self.calls_tool
            self.transport.write(whole_response("call" if self.calls_tool else "small", route))
        else:
            self.transport.write(whole_response(scenario, route))

    def send_spaced(self, chunks: list[bytes], closes: bool) -> None:
        self.transport.write(chunks[0])
        if len(chunks) > 1:
            loop = asyncio.get_running_loop()
            self.pending = loop.call_later(PAUSE_SECONDS, self.send_spaced, chunks[1:], closes)
        elif closes:
            self.transport.close()


async def serve_until_stdin_ends() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Exchanges, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve_until_stdin_ends())
