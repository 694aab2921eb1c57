"""The TLS contexts of clients: the certificates to trust, and the client's own.

requests makes contexts of its own, but reports wrong files as bare TLS errors: for it, contexts only test the files.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

from azure.ai.inference._http.environment import check_file

_MOST_KEPT = 32
_State = Tuple[str, int, int]


class TLSContexts:
    """Creates a context for each set of certificates, and keeps it while their files are unchanged.

    A connection is only reused with its own context.
    """

    def __init__(self) -> None:
        self._known: Dict[Tuple[Any, ...], ssl.SSLContext] = {}

    def context_for(self, trusted: Any, cert: Any) -> Union[bool, ssl.SSLContext]:
        """Return the context for a request; True for the HTTP library's own, False for one that verifies nothing.

        :param trusted: the file or folder of the certificates to trust, or whether to verify at all.
        :param cert: the option ``connection_cert``.
        :raises ValueError: if a file does not exist, or does not hold what it should.
        """
        if isinstance(trusted, bool) and not cert:
            return trusted
        own: Tuple[Any, ...] = (cert,) if _is_path(cert) else tuple(cert or ())
        for path in own[:2]:
            if path:
                check_file(path, "`connection_cert`")
        key = (
            trusted if isinstance(trusted, bool) else _state_of(trusted),
            *(_state_of(path) for path in own[:2] if path),
            *own[2:],
        )
        context = self._known.get(key)
        if context is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            context = self._known[key] = _context(trusted, own)
        return context


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _path_of(value: Any) -> str:
    return str(Path(value))


def _state_of(path: Any) -> _State:
    state = Path(path).stat()
    return _path_of(path), state.st_mtime_ns, state.st_size


def _context(trusted: Any, own: Tuple[Any, ...]) -> ssl.SSLContext:
    path: Optional[str] = None if isinstance(trusted, bool) else _path_of(trusted)
    is_folder = path is not None and Path(path).is_dir()
    source = path
    try:
        context = ssl.create_default_context(cafile=None if is_folder else path, capath=path if is_folder else None)
        if trusted is False:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if own:
            source = own[0]
            context.load_cert_chain(*own)
    except OSError as error:
        raise ValueError(f"No certificates can be read from {source}: {error.strerror or error}") from None
    return context
