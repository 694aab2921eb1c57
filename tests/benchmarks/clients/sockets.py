"""Bare sockets and json.loads: the floor for streams."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import AsyncIterator, Iterator
from urllib.parse import urlsplit

from . import common, floor
from .common import Action, AsyncAction

HEAD = "POST /{scenario}/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}\r\n\r\n"


class Client(common.BaseClient):
    def request(self, scenario: str) -> bytes:
        """Return the bytes of a request for a stream."""
        body = json.dumps(floor.STREAM_BODY).encode()
        headers = "\r\n".join(f"{name}: {value}" for name, value in floor.HEADERS.items())
        host = urlsplit(self.url).netloc
        return HEAD.format(scenario=scenario, host=host, length=len(body), headers=headers).encode() + body

    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)

    def stream(self, scenario: str) -> Action:
        connection = self.keep(socket.create_connection(self.address()))
        received = self.keep(connection.makefile("rb"))
        request = self.request(scenario)

        def chunks() -> Iterator[bytes]:
            while received.readline() != b"\r\n":
                pass
            while True:
                size = int(received.readline(), 16)
                data = received.read(size + 2)
                if not size:
                    return
                yield data[:-2]

        def action() -> int:
            connection.sendall(request)
            return floor.count_deltas(chunks())

        return action

    def stream_async(self, scenario: str) -> AsyncAction:
        request = self.request(scenario)
        streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

        async def chunks(received: asyncio.StreamReader) -> AsyncIterator[bytes]:
            while await received.readline() != b"\r\n":
                pass
            while True:
                size = int(await received.readline(), 16)
                data = await received.readexactly(size + 2)
                if not size:
                    return
                yield data[:-2]

        async def action() -> int:
            if not streams:
                streams.append(await asyncio.open_connection(*self.address()))
            received, sent = streams[0]
            sent.write(request)
            return await floor.count_deltas_async(chunks(received))

        return action
