"""Headers as Latin-1, as http.client sends them. aiohttp would send them as UTF-8."""

from __future__ import annotations

from typing import Any, Iterable


class Latin1Head:
    """Stands in for the transport of a connection until the first bytes, which hold the head of a request, are sent.

    :param protocol: the connection, whose transport this replaces.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport: Any = protocol.transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: Any) -> None:
        """Send the head, and the data with it, then restore the transport."""
        self._protocol.transport = self._transport
        head, end, body = bytes(data).partition(b"\r\n\r\n")
        self._transport.write(head.decode().encode("latin-1") + end + body)

    def writelines(self, chunks: Iterable[Any]) -> None:
        """Send the head and several chunks."""
        self.write(b"".join(chunks))


def send_as_latin1(protocol: Any, headers: Any) -> None:
    """Make a connection send the head of its next request as Latin-1, if that differs from UTF-8."""
    if protocol.transport is not None and not "".join(headers.values()).isascii():
        protocol.transport = Latin1Head(protocol)
