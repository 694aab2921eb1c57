"""`LocalService`: the REST API on loopback, in its own thread."""

from __future__ import annotations

import socket
import threading
from collections import deque
from types import TracebackType
from typing import Deque, Dict, List, Mapping, Optional, Type

from azure.core.credentials import AzureKeyCredential
from typing_extensions import Self

from azure.ai.inference.testing._connection import Connection
from azure.ai.inference.testing._listener import Listener
from azure.ai.inference.testing._replies import Outcome, Script
from azure.ai.inference.testing._requests import RecordedRequest
from azure.ai.inference.testing._routes import BuiltIn

_JOIN_SECONDS = 10.0
_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class LocalService:
    """A local HTTP server for the REST APIs of the services, for tests and first steps. It is not a model.

    It serves chat completions (plain and streamed), embeddings, image embeddings, images and model info by fixed
    rules: equal requests get equal responses. It records all requests, and can be scripted to respond with anything
    else::

        with LocalService() as service:
            client = ChatCompletionsClient(service.endpoint, service.credential)

    Below an endpoint that ends in `/openai/v1`, such as ``f"{service.endpoint}/openai/v1"``, it follows OpenAI's API as
    Azure serves it: `model` is required, dated versions are refused, any parameter is accepted, and a stream has usage
    only if `stream_options` asks for it. Below any other endpoint it follows the Model Inference API, where unknown
    parameters need the header `extra-parameters`. The openai package works with `/openai/v1` and with `/v1`.

    Any name of a model is served. Some names select a behavior, on all routes: `local-reasoner` writes its reasoning to
    `reasoning_content`, `local-thinker` writes it to `<think>` tags in the content, `local-silent-reasoner` only counts
    it, and supports neither `max_tokens` nor a temperature, and `local-detailed` writes all fields that services send
    today. Names that begin with `error-` get error responses, such as `error-deployment`; the page of this class in the
    documentation lists them.

    The constructor starts nothing; `with` and `start()` do. The class is thread-safe.

    :keyword key: The key that requests must carry as `Authorization: Bearer` or `api-key`.
    :keyword token: A second value that is accepted as `Authorization: Bearer`, for token credentials.
    :keyword host: The address to listen on.
    :keyword port: The port to listen on; 0 selects a free one.
    :keyword model_info: The response of `/info` instead of the default one. The models of `/openai/v1` follow it.
    :keyword require_known_parameters: Whether to reject unknown parameters in a body with status 422, as the service
        does, unless the header `extra-parameters` is `drop` or `pass-through`. Below `/openai/v1`, none are rejected.
    :keyword pace: Seconds to wait between two events of a stream, for programs that show text as it arrives.
    :keyword detailed: Whether all chat completions have the fields of the model `local-detailed`: `service_tier`,
        `logprobs`, `refusal`, `annotations`, the results of content filters, and details of usage.
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
        detailed: bool = False,
    ) -> None:
        self._key = key
        self._host = host
        self._port = port
        self._pace = pace
        self._built_in = BuiltIn(key, token, model_info, require_known_parameters, detailed)
        self._accepting: Optional[threading.Thread] = None
        self._listener: Optional[Listener] = None
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
        """Listen and serve until `close()`. Do nothing if already started. Raise OSError if the port is in use."""
        if self._accepting is None:
            self._listener = listener = Listener(self._host, self._port)
            self._port = listener.port
            self._closing.clear()
            self._accepting = threading.Thread(target=self._accept, args=(listener,), name="LocalService", daemon=True)
            self._accepting.start()
        return self

    def close(self) -> None:
        """Stop listening, and end all connections and threads, including scripted stalls and gated streams.

        The records stay readable. Can be called repeatedly. Raise RuntimeError if a scripted function or iterator does
        not return.
        """
        if self._accepting is None or self._listener is None:
            return
        self._closing.set()
        self._listener.stop()
        self._accepting.join()
        self._listener.close()
        self._accepting = self._listener = None
        with self._changed:
            connections = list(self._open.values())
        for connection in connections:
            connection.abort()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
            if thread.is_alive():
                raise RuntimeError(f"{thread.name} does not end: a scripted function or iterator has not returned")
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
        """The URL for a client's `endpoint`, such as `http://127.0.0.1:49152`. It stays readable after `close()`.

        Raises RuntimeError before the first start.
        """
        if self._port == 0:
            raise RuntimeError("LocalService has no endpoint before it is started: use `with`, or call start()")
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
        """The requests since the start or the last `reset()`, each recorded before the service responds."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """The number of TCP connections accepted since the start or the last `reset()`."""
        with self._changed:
            return self._connections

    @property
    def open_connections(self) -> int:
        """The number of TCP connections that are open now."""
        with self._changed:
            return len(self._open)

    def wait_until_closed(self, timeout: float = 5.0) -> bool:
        """Wait until no connection is open, at most `timeout` seconds. Return False if one still is.

        An idle connection in a client's pool counts as open, so this shows whether a client closed its connections.
        """
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, timeout)

    def answer(self, *replies: Script) -> None:
        """Respond to the next requests with these replies, one each, in order, whatever their route and key.

        Repeated calls add replies. After the last one, the service responds as usual again.
        """
        with self._changed:
            self._queue.extend(replies)

    def answer_always(self, reply: Script) -> None:
        """Respond with this reply to all requests that `answer` has no reply for, until `reset()`."""
        with self._changed:
            self._always = reply

    def reset(self) -> None:
        """Clear scripted replies, recorded requests and the connection count. Open connections stay open."""
        with self._changed:
            self._queue.clear()
            self._always = None
            self._requests.clear()
            self._connections = 0

    def _accept(self, listener: Listener) -> None:
        while True:
            client = listener.accept()
            if client is None:
                return
            try:
                self._start_serving(client)
            except (OSError, RuntimeError):  # The client has gone already, or no further thread can be started.
                client.close()

    def _start_serving(self, client: socket.socket) -> None:
        number = self._last_number + 1
        connection = Connection(client, number, self._respond, self._closing, self._pace)
        thread = threading.Thread(target=self._serve, args=(number,), name=f"LocalService-{number}", daemon=True)
        with self._changed:
            self._last_number = number
            self._connections += 1
            self._open[number] = connection
        try:
            thread.start()
        except RuntimeError:
            with self._changed:
                del self._open[number]
            raise
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]

    def _serve(self, number: int) -> None:
        try:
            self._open[number].serve()
        finally:
            with self._changed:
                del self._open[number]
                self._changed.notify_all()

    def _respond(self, request: RecordedRequest) -> Outcome:
        with self._changed:
            self._requests.append(request)
            script = self._queue.popleft() if self._queue else self._always
        outcome = script(request) if callable(script) else script
        return self._built_in.respond(request) if outcome is None else outcome
