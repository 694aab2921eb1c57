"""The head of a response, read at once if it is plain.

The standard library parses it as that of an e-mail, at 36,000 instructions a header: 16% of a call with ten of them.
Whatever is not plain is left to it. The two agree on each head that is read here.
"""

from __future__ import annotations

import http.client
import re
from typing import Any, Dict, List, Tuple

from azure.ai.inference._http.judgement import Judgement

_TOKEN, _VALUE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", rb"(?:[!-~][ -~\t]*)?"
_PLAIN = re.compile(
    rb"HTTP/1\.1 ([2-9][0-9][0-9]) ([!-~](?:[ -~]*[!-~])?)\r\n((?:%b:[ \t]*%b\r\n)*)\r\n" % (_TOKEN, _VALUE)
)
_HEADERS = re.compile(r"(.+?):[ \t]*(.*)\r\n")
_FRAMING = ("content-length", "transfer-encoding")
_MOST_HEADERS = 100
_MOST_BYTES = 65536  # of a line for http.client; from Python 3.14 on, the buffer may hold a longer one
_MOST_DIGITS = 19  # Python converts no more than 4300
_parsing = Judgement(("http.client", "http.client"))


def begin_at_once(response: Any, buffered: bytes) -> int:
    """Begin a response of http.client as its own ``begin`` would.

    :param buffered: the bytes that have arrived.
    :returns: the bytes that the head takes; 0 if it is not plain, or not whole, and nothing has been done.
    """
    head = _PLAIN.match(buffered, 0, _MOST_BYTES)
    if head is None or not _parsing.holds_for((http.client.HTTPResponse.begin, http.client.parse_headers)):
        return 0
    status = int(head[1])
    headers: List[Tuple[str, str]] = _HEADERS.findall(head[3].decode("ascii"))
    known: Dict[str, str] = {}
    for name, value in headers:
        known.setdefault(name.lower(), value)
    repeated = len(known) < len(headers) and any(
        sum(name.lower() == framing for name, _ in headers) > 1 for framing in _FRAMING
    )
    length, kind = known.get("content-length", "0"), known.get("content-type", "").lower()
    if repeated or not length.isdigit() or len(length) > _MOST_DIGITS or kind.startswith(("multipart", "message")):
        return 0
    if status in (204, 304) or len(headers) > _MOST_HEADERS or response.debuglevel > 0:
        return 0
    message = http.client.HTTPMessage()
    for name, value in headers:
        message.set_raw(name, value)
    message.set_payload("")
    response.version, response.code, response.status, response.reason = 11, status, status, head[2].decode("ascii")
    response.headers = response.msg = message
    response.chunked = known.get("transfer-encoding", "").lower() == "chunked"
    if response.chunked:
        response.chunk_left = None
    response.length = int(length) if "content-length" in known and not response.chunked else None
    closes = "close" in known.get("connection", "").lower()
    vars(response)["will_close"] = closes or (not response.chunked and response.length is None)
    return head.end()
