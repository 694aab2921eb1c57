"""One TCP connection of `LocalService`. No other module here reads from or writes to a client."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import BinaryIO, Callable

from azure.ai.inference.testing._replies import (
    Disconnect,
    Gate,
    Outcome,
    Reply,
    SemaphoreGate,
    Stall,
    Stream,
    WireResponse,
    encode_response,
)
from azure.ai.inference.testing._requests import BodyTooLarge, RecordedRequest, read_request

_SHORTEST_LOOK_SECONDS = 0.01
_LONGEST_LOOK_SECONDS = 0.2
_LONGEST_FAREWELL_SECONDS = 1.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Gone(Exception):
    """The client has disconnected, or the service is closing."""


class Connection:
    """A connection that serves requests until the client, a scripted outcome or the service ends it."""

    def __init__(
        self,
        client: socket.socket,
        number: int,
        respond: Callable[[RecordedRequest], Outcome],
        closing: threading.Event,
        pace: float,
    ) -> None:
        client.settimeout(None)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._number = number
        self._respond = respond
        self._closing = closing
        self._pace = pace

    def serve(self) -> None:
        """Serve requests until the connection ends, then close it."""
        with self._client, self._client.makefile("rb") as stream:
            try:
                while self._serve_request(stream):
                    pass
            except _Gone:
                pass

    def abort(self) -> None:
        """Shut the connection down from another thread, so that `serve` stops waiting and ends."""
        try:
            self._client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The client has closed it already.

    def _serve_request(self, stream: BinaryIO) -> bool:
        try:
            request = read_request(stream, self._number, self._send_continue)
        except OSError as error:
            raise _Gone from error
        except BodyTooLarge as error:
            return self._refuse(413, f"The request is too large: {error}")
        except ValueError as error:
            return self._refuse(400, f"Not an HTTP/1 request: {error}")
        if request is None:
            return False
        outcome = self._respond(request)
        if isinstance(outcome, Disconnect):
            return self._disconnect(outcome)
        if isinstance(outcome, Stall):
            return self._stall(outcome)
        wire = encode_response(outcome, request.method, keep_alive=request.keep_alive)
        return self._send_stream(outcome, wire) if isinstance(outcome, Stream) else self._send_reply(outcome, wire)

    def _refuse(self, status: int, text: str) -> bool:
        """Send an error, and read for a while what the client still sends, or it would not get the error."""
        refusal = Reply(status, text)
        self._send_reply(refusal, encode_response(refusal, "GET", keep_alive=False))
        ends = time.monotonic() + _LONGEST_FAREWELL_SECONDS
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)
            self._client.settimeout(_LONGEST_FAREWELL_SECONDS)
            while self._client.recv(65536) and time.monotonic() < ends:
                pass
        return False

    def _send_continue(self) -> None:
        self._send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send_reply(self, reply: Reply, wire: WireResponse) -> bool:
        if reply.chunks is None:
            self._send(b"".join([wire.head, *wire.chunks, wire.end()]))
            return wire.keeps_open
        self._send(wire.head)
        for chunk in wire.chunks:
            self._send(chunk)
        self._send(wire.end())
        return wire.keeps_open

    def _send_stream(self, stream: Stream, wire: WireResponse) -> bool:
        self._send(wire.head)
        for position, chunk in enumerate(wire.chunks):
            if stream.gate is not None:
                self._wait_at(stream.gate)
            if self._pace and position and self._closing.wait(self._pace):
                raise _Gone
            self._send(chunk)
        self._send(wire.end())
        return wire.keeps_open

    def _disconnect(self, disconnect: Disconnect) -> bool:
        self._send(disconnect.after)
        if disconnect.reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        return False

    def _stall(self, stall: Stall) -> bool:
        self._send(stall.before)
        try:
            while self._client.recv(65536):
                pass
        except OSError as error:
            raise _Gone from error
        return False

    def _send(self, data: bytes) -> None:
        try:
            self._client.sendall(data)
        except OSError as error:
            raise _Gone from error

    def _wait_at(self, gate: Gate) -> None:
        patience = _SHORTEST_LOOK_SECONDS
        while not _passes(gate, patience):
            if self._closing.is_set() or self._client_has_gone():
                raise _Gone
            patience = min(2 * patience, _LONGEST_LOOK_SECONDS)

    def _client_has_gone(self) -> bool:
        self._client.setblocking(False)
        try:
            return not self._client.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self._client.setblocking(True)


def _passes(gate: Gate, timeout: float) -> bool:
    return gate.acquire(timeout=timeout) if isinstance(gate, SemaphoreGate) else gate.wait(timeout=timeout)
