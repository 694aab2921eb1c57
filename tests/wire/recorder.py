"""A small HTTP server on loopback that records requests and sends the same plain JSON for every route."""

from __future__ import annotations

import json
import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Dict, List, Tuple

Request = Dict[str, Any]

_NOT_OURS = {"host", "connection", "accept-encoding"}  # set by the HTTP client: requests, aiohttp
_MASKS: List[Tuple[str, str]] = [
    (r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "<uuid>"),
    (r"^(TypeError: )(Client)?Session\._?request\(\)", r"\1<transport>()"),
    (r"(Out of range float values are not JSON compliant): \S+$", r"\1"),
    (r"(azsdk-python-ai-inference)/\S+ Python/\S+ \(.*\)", r"\1/<version> <platform>"),
]

_MESSAGE = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "call-1", "type": "function", "function": {"name": "tides", "arguments": '{"port": "Brest"}'}},
        {"type": "function", "id": "call-2", "index": 1, "function": {"arguments": "{}", "name": "moon"}},
    ],
    "refusal": None,
    "annotations": [],
}
_RESPONSES: Dict[str, Any] = {
    "/info": {"model_name": "tide-1", "model_type": "chat_completion", "model_provider_name": "Harbour"},
    "/chat/completions": {
        "id": "answer-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "tide-1",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": _MESSAGE}],
        "usage": {"completion_tokens": 3, "prompt_tokens": 5, "total_tokens": 8},
    },
    "/embeddings": {
        "id": "answer-2",
        "object": "list",
        "model": "tide-1",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -1]}],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    },
}


class _Server(ThreadingMixIn, TCPServer):
    """Serves each connection in a thread; `http.server.HTTPServer` would ask a name server for the name of its address."""

    daemon_threads = True
    allow_reuse_address = True


class Recorder:
    """A server for use in a `with` block. `take()` returns the requests since the last `take()`."""

    def __init__(self) -> None:
        self.requests: List[Request] = []
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self.requests))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self) -> List[Request]:
        taken = list(self.requests)
        self.requests.clear()
        return taken


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, requests: List[Request], *details: Any) -> None:
        self._requests = requests
        super().__init__(*details)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._requests.append(
            {
                "line": f"{self.command} {self.path}",
                "headers": {
                    name.lower(): masked(value)
                    for name, value in sorted(self.headers.items())
                    if name.lower() not in _NOT_OURS
                },
                "body": body.decode("utf-8"),
            }
        )
        response = json.dumps(_response_for(self.path)).encode()
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    do_GET = do_PUT = do_DELETE = do_POST


def _response_for(target: str) -> Any:
    path = target.partition("?")[0]
    return next((response for route, response in _RESPONSES.items() if path.endswith(route)), {})


def masked(value: str) -> str:
    """Return a value without the parts that differ between runs, machines, and sync and async."""
    for pattern, replacement in _MASKS:
        value = re.sub(pattern, replacement, value)
    return value
