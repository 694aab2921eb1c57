"""Responses of the fake transports, with the interface that azure-core's pipeline expects."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator as AsyncIteratorType
from collections.abc import Iterable as IterableType
from collections.abc import Iterator as IteratorType
from dataclasses import dataclass, field
from typing import (
    Any,
    AsyncIterator,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    MutableMapping,
    Optional,
    Tuple,
    Union,
    cast,
)

from azure.core.exceptions import HttpResponseError, ResponseNotReadError, StreamClosedError, StreamConsumedError
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from azure.core.utils import case_insensitive_dict
from typing_extensions import Self

from azure.ai.inference._json import is_array

_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)

Chunks = Union[Iterable[bytes], AsyncIterator[bytes]]


def _no_headers() -> Dict[str, str]:
    return {}


@dataclass(frozen=True)
class FakeResponse:
    """A response of a fake transport's handler."""

    status: int = 200
    """The status code."""
    body: Any = b""
    """The body.

    `bytes` and `str` (as UTF-8) are the whole body. A list or an iterator of `bytes` (for an async transport, also an
    async iterator) yields its chunks as they arrive; an iterator can raise in between. Anything else is encoded as
    JSON. Nothing is decompressed.
    """
    headers: Mapping[str, str] = field(default_factory=_no_headers)
    """The headers. A JSON body has the `Content-Type` `application/json` unless another is given here."""
    reason: str = ""
    """The reason phrase."""


class _Received:
    """The parts of a response that do not wait, shared by the sync and async classes."""

    def __init__(self, request: HttpRequest, fake: FakeResponse, still_open: List[object]) -> None:
        self._request = request
        self._fake = fake
        self._chunks, is_json = _split_body(fake.body)
        self._headers = case_insensitive_dict({"Content-Type": "application/json"} if is_json else {})
        self._headers.update(fake.headers)
        self._encoding: Optional[str] = None
        self._content: Optional[bytes] = None
        self._is_closed = False
        self._is_stream_consumed = False
        self._still_open = still_open
        still_open.append(self)

    @property
    def request(self) -> HttpRequest:
        return self._request

    @property
    def status_code(self) -> int:
        return self._fake.status

    @property
    def headers(self) -> MutableMapping[str, str]:
        return self._headers

    @property
    def reason(self) -> str:
        return self._fake.reason

    @property
    def content_type(self) -> Optional[str]:
        return self._headers.get("Content-Type")

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    @property
    def is_stream_consumed(self) -> bool:
        return self._is_stream_consumed

    @property
    def encoding(self) -> Optional[str]:
        charset = _CHARSET.search(self.content_type or "")
        return self._encoding or (charset.group(1) if charset else None)

    @encoding.setter
    def encoding(self, value: Optional[str]) -> None:
        self._encoding = value

    @property
    def url(self) -> str:
        return self._request.url

    @property
    def content(self) -> bytes:
        if self._content is None:
            raise ResponseNotReadError(cast(HttpResponse, self))
        return self._content

    def text(self, encoding: Optional[str] = None) -> str:
        return self.content.decode(encoding or self.encoding or "utf-8-sig")

    def json(self) -> Any:
        return json.loads(self.text())

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise HttpResponseError(response=cast(HttpResponse, self))

    def _begin(self) -> Chunks:
        if self._content is not None:
            return [self._content]
        if self._is_stream_consumed:
            raise StreamConsumedError(cast(HttpResponse, self))
        if self._is_closed:
            raise StreamClosedError(cast(HttpResponse, self))
        self._is_stream_consumed = True
        return self._chunks

    def _end(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._still_open.remove(self)


class FakeHttpResponse(_Received, HttpResponse):
    """The response of a `FakeTransport`, closed by `close()`, by leaving `with`, or once it is read to its end."""

    def iter_raw(self, **kwargs: Any) -> Iterator[bytes]:
        chunks = self._begin()
        if not isinstance(chunks, IterableType):
            raise TypeError("FakeTransport cannot read an async iterator; use AsyncFakeTransport")
        yield from chunks
        self.close()

    def iter_bytes(self, **kwargs: Any) -> Iterator[bytes]:
        return self.iter_raw()

    def read(self) -> bytes:
        if self._content is None:
            self._content = b"".join(self.iter_raw())
        return self._content

    def close(self) -> None:
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


class AsyncFakeHttpResponse(_Received, AsyncHttpResponse):
    """The response of an `AsyncFakeTransport`, closed like its sync twin."""

    async def iter_raw(self, **kwargs: Any) -> AsyncIterator[bytes]:
        chunks = self._begin()
        if isinstance(chunks, IterableType):
            for chunk in chunks:
                yield chunk
        else:
            async for chunk in chunks:
                yield chunk
        await self.close()

    def iter_bytes(self, **kwargs: Any) -> AsyncIterator[bytes]:
        return self.iter_raw()

    async def read(self) -> bytes:
        if self._content is None:
            self._content = b"".join([chunk async for chunk in self.iter_raw()])
        return self._content

    async def close(self) -> None:
        self._end()

    async def __aexit__(self, *args: object) -> None:
        await self.close()


def _split_body(body: Any) -> Tuple[Chunks, bool]:
    """Return the chunks of a body, and whether it is JSON."""
    if isinstance(body, (IteratorType, AsyncIteratorType)):
        return cast(Chunks, body), False
    if isinstance(body, (bytes, str)):
        return [body.encode("utf-8") if isinstance(body, str) else body], False
    if is_array(body) and body and all(isinstance(chunk, bytes) for chunk in body):
        return body, False
    return [json.dumps(body).encode("utf-8")], True
