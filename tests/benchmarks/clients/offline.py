"""A transport for azure-core's pipeline without a network: every request gets the same body."""

from __future__ import annotations

import json
from typing import Any, Iterator, MutableMapping, Optional

from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from requests.structures import CaseInsensitiveDict


class CannedResponse(HttpResponse):
    request = HttpRequest("POST", "http://offline")
    url = request.url
    content = b""
    headers: MutableMapping[str, str] = CaseInsensitiveDict()
    status_code = 200
    reason = "OK"
    content_type = "application/json"
    encoding = "utf-8"
    is_closed = True
    is_stream_consumed = True

    def __init__(self, request: HttpRequest, content: bytes) -> None:
        self.request = request
        self.url = request.url
        self.headers = CaseInsensitiveDict({"Content-Type": self.content_type, "Content-Length": str(len(content))})
        self.content = content

    def __enter__(self) -> CannedResponse:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing, as nothing is open."""

    def raise_for_status(self) -> None:
        """Do nothing, as the status is always 200."""

    def read(self) -> bytes:
        return self.content

    def iter_raw(self, **options: Any) -> Iterator[bytes]:
        yield self.content

    iter_bytes = iter_raw

    def text(self, encoding: Optional[str] = None) -> str:
        return self.content.decode(encoding or self.encoding)

    def json(self) -> Any:
        return json.loads(self.text())


class CannedTransport(HttpTransport[HttpRequest, HttpResponse]):
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def open(self) -> None:
        """Do nothing, as there is nothing to open."""

    def close(self) -> None:
        """Do nothing, as nothing is open."""

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        return CannedResponse(request, self.content)
