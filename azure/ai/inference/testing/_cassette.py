"""Cassettes: requests and their responses as JSON, and the match of a request."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Union
from urllib.parse import urlencode, urlsplit

from azure.core.rest import HttpRequest

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference.models._models import FilePath
from azure.ai.inference.testing._masking import (
    Secrets,
    is_secret_name,
    mask_headers,
    mask_json,
    mask_query,
)

Exchange = Dict[str, Any]
"""A request and its response, as a cassette contains them."""

_VERSION = 1
_KEPT_HEADERS = ("Content-Type", "Accept")
_BODIES = ("json", "text", "base64", "type")
_DEEPEST = 100
_MOST_DIFFERENCES = 20
_LONGEST_VALUE = 200
#: Arrays without texts and objects, such as embeddings, which are written on one line.
_PLAIN_ARRAY = re.compile(r"\[\n[^\[\]{}\"]*\]")


class UnmatchedRequestError(LookupError):
    """A request that matches no unused recording of a cassette.

    It does not derive from azure-core's errors: a program that handles those must not hide it from its test.
    """


class Recording:
    """A request, and its response so far."""

    def __init__(self, request: HttpRequest) -> None:
        self._request, self._secrets = describe_request(request)
        self._head: Dict[str, Any] = {}
        self._body = b""
        self._chunks: List[Tuple[float, bytes]] = []
        self._is_stream = False
        self._is_whole = False

    def begin(self, status: int, reason: str, headers: Any) -> None:
        """Record the head of the response."""
        self._head = {"status": status, "reason": reason or "", "headers": mask_headers(headers, self._secrets)}

    def add_body(self, body: bytes) -> None:
        """Record a whole body."""
        self._body = body

    def begin_stream(self) -> None:
        """Start to record the body chunk by chunk."""
        self._is_stream = True

    def add_chunk(self, seconds: float, chunk: bytes) -> None:
        """Record the next chunk, and the seconds after the head at which it arrived."""
        self._chunks.append((seconds, chunk))

    def end_stream(self) -> None:
        """Record that the body was read to its end."""
        self._is_whole = True

    def as_json(self) -> Exchange:
        """Return the exchange without secrets."""
        response: Dict[str, Any] = dict(self._head)
        if self._is_stream:
            response["chunks"] = self._describe_chunks()
            response["whole"] = self._is_whole
        else:
            response.update(_describe_body(self._secrets.mask(self._body)))
        return {"request": self._request, "response": response}

    def _describe_chunks(self) -> List[Dict[str, Any]]:
        masked = self._secrets.mask(b"".join(chunk for _, chunk in self._chunks))  # a secret may span chunks
        described: List[Dict[str, Any]] = []
        start = 0
        for seconds, chunk in self._chunks:
            end = start + len(chunk)
            described.append({"seconds": round(seconds, 4), **_describe_text(masked[start:end])})
            start = end
        return described


def describe_request(request: HttpRequest) -> Tuple[Dict[str, Any], Secrets]:
    """Return the parts of a request for a cassette, and its secrets, which are left out."""
    url = urlsplit(request.url)
    secrets = Secrets(request.headers, url.query)
    given = {name.lower(): str(value) for name, value in request.headers.items()}
    described = {
        "method": request.method.upper(),
        "path": secrets.mask_text(url.path),
        "query": [[name, secrets.mask_text(value)] for name, value in mask_query(url.query)],
        "headers": {name: given[name.lower()] for name in _KEPT_HEADERS if name.lower() in given},
    }
    content = _content_of(request)
    if isinstance(content, bytes):
        body = _describe_body(secrets.mask(content))
        if "json" in body:
            body["json"] = mask_json(body["json"])
        return {**described, **body}, secrets
    return {**described, "type": content}, secrets


def _content_of(request: HttpRequest) -> Union[bytes, str]:
    """Return the body of a request, or the name of its type if it can only be read once."""
    content: Any = request.content
    if content is None:
        return b""
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    if is_object(content):
        return urlencode(content, doseq=True).encode("ascii")
    if hasattr(content, "read") and hasattr(content, "seek"):
        position = content.tell()
        read: Any = content.read()
        content.seek(position)
        content = read
    return bytes(content) if isinstance(content, (bytes, bytearray)) else type(content).__name__


def _describe_body(data: bytes) -> Dict[str, Any]:
    if data.lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(RecursionError, ValueError):  # kept as a text
            value = json.loads(data)
            if not _is_deep(value):
                return {"json": value}
    return _describe_text(data) if data else {}


def _is_deep(value: Any) -> bool:
    """Return whether JSON is too deep for functions that follow it recursively."""
    level: List[Any] = [value]
    for _ in range(_DEEPEST):
        level = [
            entry
            for container in level
            for entry in (container.values() if is_object(container) else container if is_array(container) else ())
        ]
    return bool(level)


def _describe_text(data: bytes) -> Dict[str, Any]:
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def bytes_of(described: Dict[str, Any]) -> bytes:
    """Return a body or chunk of a cassette."""
    if "json" in described:
        return json.dumps(described["json"]).encode("utf-8")
    if "base64" in described:
        return base64.b64decode(described["base64"])
    text: str = described.get("text", "")
    return text.encode("utf-8")


def save(path: FilePath, recordings: Sequence[Recording]) -> None:
    """Write a cassette. It replaces an older one once it is complete."""
    exchanges = [recording.as_json() for recording in recordings]
    cassette = {"version": _VERSION, "recordings": exchanges}
    data = _encode(cassette)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _encode(cassette: Dict[str, Any]) -> bytes:
    """Return the JSON of a cassette, in a readable form."""
    try:
        return _in_lines(json.dumps(cassette, indent=2, ensure_ascii=False)).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate, which JSON can escape
        return _in_lines(json.dumps(cassette, indent=2)).encode("ascii")


def _in_lines(text: str) -> str:
    """Return the lines of a cassette, with each array of numbers in one."""
    return _PLAIN_ARRAY.sub(lambda found: re.sub(r"\n\s*", " ", found[0]), text) + "\n"


def load(path: FilePath) -> List[Exchange]:
    """Return the exchanges of a cassette.

    :raises OSError: if the file cannot be read.
    :raises ValueError: if it is not a cassette.
    """
    try:
        cassette = json.loads(Path(path).read_bytes())
        exchanges: List[Exchange] = cassette["recordings"]
        _check(cassette["version"], exchanges)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is not a cassette: {error}") from error
    return exchanges


def _check(version: Any, exchanges: List[Exchange]) -> None:
    """Raise an error if the version is unknown, or an exchange lacks a part that is used later."""
    if version != _VERSION:
        raise ValueError(f"its version is {version!r}, not {_VERSION}")
    for exchange in exchanges:
        request, response = exchange["request"], exchange["response"]
        for _ in _differences_of(request, request):
            pass
        int(response["status"])
        dict(response["headers"])
        for chunk in response.get("chunks", (response,)):
            bytes_of(chunk)


class Player:
    """The exchanges of a cassette, each of which is used once, in order."""

    def __init__(self, path: FilePath) -> None:
        self._name = Path(path).name
        self._exchanges = load(path)
        self._used: List[bool] = [False] * len(self._exchanges)

    def find(self, request: HttpRequest) -> Dict[str, Any]:
        """Return the response of the first unused exchange that a request matches.

        :raises UnmatchedRequestError: if there is none.
        """
        sent, _ = describe_request(request)
        for number, exchange in enumerate(self._exchanges):
            if not self._used[number] and not any(_differences_of(exchange["request"], sent)):
                self._used[number] = True
                response: Dict[str, Any] = exchange["response"]
                return response
        raise UnmatchedRequestError(self._explain(sent))

    def _explain(self, sent: Dict[str, Any]) -> str:
        lines = [f"No recording in {self._name} matches {sent['method']} {sent['path']}."]
        compared = [[*_differences_of(exchange["request"], sent)] for exchange in self._exchanges]
        same = [number for number, differences in enumerate(compared) if not differences]
        count, used = len(compared), sum(self._used)
        if not compared:
            lines[0] += " The cassette is empty."
        elif same:
            times = "once" if len(same) == 1 else f"{len(same)} times"
            lines[0] += f" It was recorded {times}, which is used up."
        else:
            nearest = min(range(count), key=lambda number: (len(compared[number]), self._used[number], number))
            lines[0] += f" {used} of {count} recordings are used."
            lines.append(
                f"The nearest is number {nearest + 1}{', which is used' * self._used[nearest]}. It differs in:"
            )
            lines += [f"  {difference}" for difference in compared[nearest][:_MOST_DIFFERENCES]]
            further = len(compared[nearest]) - _MOST_DIFFERENCES
            lines += [f"  and {further} more"] if further > 0 else []
        return "\n".join(lines)


def _differences_of(recorded: Dict[str, Any], sent: Dict[str, Any]) -> Iterator[str]:
    """Return the differences between a request and a recorded one, a line for each."""
    for name in ("method", "path"):
        if recorded[name] != sent[name]:
            yield _difference(name, recorded[name], sent[name])
    yield from _compare("query", _counted(recorded["query"]), _counted(sent["query"]))
    bodies = [{name: request[name] for name in _BODIES if name in request} for request in (recorded, sent)]
    if bodies[0].keys() == bodies[1].keys():
        for name in bodies[0]:
            yield from _compare("body", bodies[0][name], bodies[1][name])
    else:
        yield _difference("body", *(body or None for body in bodies))


def _counted(query: Sequence[Sequence[str]]) -> Dict[str, List[str]]:
    """Return the parameters to match: neither secrets nor the version of the API."""
    counted: Dict[str, List[str]] = {}
    for name, value in query:
        if name.lower() != "api-version" and not is_secret_name(name):
            counted.setdefault(name, []).append(value)
    return counted


_ABSENT = object()


def _compare(path: str, recorded: Any, sent: Any) -> Iterator[str]:
    if is_object(recorded) and is_object(sent):
        for key in {**recorded, **sent}:
            yield from _compare(f"{path}.{key}", recorded.get(key, _ABSENT), sent.get(key, _ABSENT))
    elif is_array(recorded) and is_array(sent):
        for place in range(max(len(recorded), len(sent))):
            values = [values[place] if place < len(values) else _ABSENT for values in (recorded, sent)]
            yield from _compare(f"{path}[{place}]", *values)
    elif isinstance(recorded, bool) is not isinstance(sent, bool) or recorded != sent:
        yield _difference(path, recorded, sent)


def _difference(path: str, recorded: Any, sent: Any) -> str:
    return f"{path}: recorded {_show(recorded)}, sent {_show(sent)}"


def _show(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
