"""The body of a streamed answer, piece by piece, each as soon as its bytes arrive.

azure-core's ``iter_bytes`` waits for 4096 bytes where an answer is not chunked. urllib3's ``read1`` does not; it lies behind
private attributes, so everything else than a urllib3 response is read the public way.
"""

from __future__ import annotations

import io
import time
from typing import Any, Iterator, Optional

_SIZE = 65536


class ChunkReader:
    """Reads a response's body, decompressed."""

    def __init__(self, response: Any) -> None:
        raw = getattr(getattr(response, "internal_response", None), "raw", None)
        prompt = isinstance(raw, io.IOBase) and hasattr(raw, "read1") and not response.is_closed
        self._raw: Any = raw if prompt else None
        self._pieces: Iterator[bytes] = iter(()) if prompt else iter(response.iter_bytes())

    def read(self, seconds: Optional[float] = None) -> bytes:
        """The next bytes; none at the end.

        :param seconds: how long to wait for them at most, beside the socket's own limit.
        """
        if self._raw is None:
            return next(filter(None, self._pieces), b"")
        if seconds is not None:
            self._wait_at_most(seconds)
        while True:
            piece: bytes = self._raw.read1(_SIZE, decode_content=True)
            if piece or self._raw.closed:
                return piece

    def ends_within(self, seconds: float) -> bool:
        """Whether the end of the body can be read in this time; what comes before it is thrown away."""
        ends = time.monotonic() + seconds
        while self._raw is not None and (self._raw.closed or self._wait_at_most(ends - time.monotonic())):
            try:
                if not self.read():
                    return True
            except Exception:  # noqa: BLE001 - whatever it was, the connection will not be used again
                return False
        return False

    def _wait_at_most(self, seconds: float) -> bool:
        """Limit the socket's next waits; False where there is no time left or the socket cannot be reached."""
        if seconds <= 0:
            return False
        try:
            sock = self._raw._fp.fp.raw._sock
            limit = sock.gettimeout()
            sock.settimeout(seconds if limit is None else min(seconds, limit))
        except AttributeError:
            return False
        return True
