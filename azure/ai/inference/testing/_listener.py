"""The listening socket of `LocalService`."""

from __future__ import annotations

import selectors
import socket
import threading
from typing import Optional

_BACKLOG = 512
#: Seconds between two attempts to accept, if the process has no file descriptor left for a connection.
_PAUSE = 0.02


class Listener:
    """A listening socket. Stopping it needs no file descriptor, as none may be left.

    Raise OSError if the port is in use.
    """

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._listening.setblocking(False)
        self._stopped = threading.Event()
        try:
            self._woken, self._waker = socket.socketpair()
            self._selector = selectors.DefaultSelector()
        except OSError:
            self._listening.close()
            raise
        for readable in (self._listening, self._woken):
            self._selector.register(readable, selectors.EVENT_READ)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._listening.getsockname()[1]
        return port

    def accept(self) -> Optional[socket.socket]:
        """Wait for a connection and return it; None once stopped."""
        while True:
            self._selector.select()
            if self._stopped.is_set():
                return None
            try:
                client, _ = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue  # The client has gone already.
            except OSError:
                self._stopped.wait(_PAUSE)
            else:
                return client

    def stop(self) -> None:
        """End the wait of another thread in `accept`."""
        self._stopped.set()
        self._waker.send(b"\0")

    def close(self) -> None:
        """Close all sockets. No thread may be waiting any more."""
        self._selector.close()
        for each in (self._listening, self._woken, self._waker):
            each.close()
