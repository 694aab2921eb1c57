"""`LocalService`: the REST API on loopback, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Deque, Dict, List, Mapping, Optional, Type

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference.testing._connection import Connection
from azure.ai.inference.testing._replies import Answer, Script
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._routes import BuiltIn

if TYPE_CHECKING:
    from typing_extensions import Self

_BACKLOG = 512
_JOIN_SECONDS = 10.0
_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class LocalService:
    """The Azure AI Model Inference REST API as a local HTTP server, for tests and first steps. It is no model.

    It answers chat completions (plain and streamed), embeddings, image embeddings and model info by fixed rules: the
    same request always gets the same answer. It records what it saw, and can be told to answer anything else::

        with LocalService() as service:
            client = ChatCompletionsClient(service.endpoint, service.credential)

    Constructing it starts nothing; `with` or `start()` does. Threads may share it.

    :keyword key: The key that `Authorization: Bearer` or `api-key` must carry.
    :keyword token: A second value that is taken as `Authorization: Bearer`, for token credentials.
    :keyword host: The address to listen on.
    :keyword port: The port to listen on; 0 takes a free one.
    :keyword model_info: The answer of `/info` in place of the usual one.
    :keyword require_known_parameters: Refuse unknown parameters in a body with status 422, as the service does, unless
        the header `extra-parameters` says `drop` or `pass-through`.
    :keyword pace: Seconds to wait between two events of a stream, for programs that show a text growing.
    """

    def __init__(
        self,
        *,
        key: str = "local-key",
        token: Optional[str] = None,
        host: str = "127.0.0.1",
        port: int = 0,
        model_info: Optional[Mapping[str, str]] = None,
        require_known_parameters: bool = True,
        pace: float = 0.0,
    ) -> None:
        self._key = key
        self._host = host
        self._port = port
        self._pace = pace
        self._built_in = BuiltIn(key, token, model_info, require_known_parameters)
        self._accepting: Optional[threading.Thread] = None
        self._closing = threading.Event()
        self._threads: List[threading.Thread] = []
        self._changed = threading.Condition()
        self._open: Dict[int, Connection] = {}
        self._last_number = 0
        self._connections = 0
        self._requests: List[RecordedRequest] = []
        self._queue: Deque[Script] = deque()
        self._always: Optional[Script] = None

    def start(self) -> Self:
        """Listen and serve until `close()`. Does nothing if it already does. Raises OSError if the port is taken."""
        if self._accepting is None:
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            listener = socket.create_server((self._host, self._port), family=family, backlog=_BACKLOG)
            self._port = listener.getsockname()[1]
            self._closing.clear()
            self._accepting = threading.Thread(target=self._accept, args=(listener,), name="LocalService", daemon=True)
            self._accepting.start()
        return self

    def close(self) -> None:
        """Stop listening, end all connections and threads, scripted stalls and gated streams included.

        What was recorded stays readable. May be called any number of times. Raises RuntimeError if a function or
        iterator that the caller scripted does not return.
        """
        if self._accepting is None:
            return
        self._closing.set()
        with socket.create_connection((_REACHABLE.get(self._host, self._host), self._port)):
            self._accepting.join()
        self._accepting = None
        with self._changed:
            connections = list(self._open.values())
        for connection in connections:
            connection.abort()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
            if thread.is_alive():
                raise RuntimeError(f"{thread.name} does not end: a scripted answer is still busy")
        self._threads.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
    ) -> None:
        self.close()

    @property
    def endpoint(self) -> str:
        """The URL for a client's `endpoint`, such as `http://127.0.0.1:49152`; it stays readable after `close()`.

        Raises RuntimeError before the first start.
        """
        if self._port == 0:
            raise RuntimeError("LocalService has no endpoint yet: enter it with `with`, or call start()")
        host = _REACHABLE.get(self._host, self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def key(self) -> str:
        """The key that requests must carry."""
        return self._key

    @property
    def credential(self) -> AzureKeyCredential:
        """A credential with the key, for a client's `credential`."""
        return AzureKeyCredential(self._key)

    @property
    def requests(self) -> List[RecordedRequest]:
        """The requests seen since the start or the last `reset()`, each recorded before it is answered."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted since the start or the last `reset()`."""
        with self._changed:
            return self._connections

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open now."""
        with self._changed:
            return len(self._open)

    def wait_until_closed(self, timeout: float = 5.0) -> bool:
        """Wait until no connection is open, at most `timeout` seconds; False if one still is.

        An idle connection of a client's pool is open; so this tells whether a client closed what it opened.
        """
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, timeout)

    def answer(self, *replies: Script) -> None:
        """Let the next requests, whatever their route and key, be answered by these, one each, in order.

        Several calls add up. When all are used up, requests are answered as usual again.
        """
        with self._changed:
            self._queue.extend(replies)

    def answer_always(self, reply: Script) -> None:
        """Let all requests that find no reply of `answer` be answered by this, until `reset()`."""
        with self._changed:
            self._always = reply

    def reset(self) -> None:
        """Forget scripted replies, recorded requests and the count of connections. Open connections stay open."""
        with self._changed:
            self._queue.clear()
            self._always = None
            self._requests.clear()
            self._connections = 0

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                try:
                    client, _ = listener.accept()
                except ConnectionAbortedError:
                    continue
                if self._closing.is_set():
                    client.close()
                    return
                self._start_serving(client)

    def _start_serving(self, client: socket.socket) -> None:
        with self._changed:
            self._last_number = number = self._last_number + 1
            self._connections += 1
            self._open[number] = Connection(client, number, self._respond, self._closing, self._pace)
        thread = threading.Thread(target=self._serve, args=(number,), name=f"LocalService-{number}", daemon=True)
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()

    def _serve(self, number: int) -> None:
        try:
            self._open[number].serve()
        finally:
            with self._changed:
                del self._open[number]
                self._changed.notify_all()

    def _respond(self, request: RecordedRequest) -> Answer:
        with self._changed:
            self._requests.append(request)
            script = self._queue.popleft() if self._queue else self._always
        answer = script(request) if callable(script) else script
        return self._built_in.respond(request) if answer is None else answer
