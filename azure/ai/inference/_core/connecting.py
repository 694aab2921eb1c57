"""Errors of requests without a response: safe to show, and with a hint to the remedy."""

from __future__ import annotations

import re
import ssl
from typing import Iterator, Optional

from azure.core.exceptions import AzureError, ServiceRequestError

#: The variables that name trusted certificates. The first one set wins.
CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

_VARIABLES = f"{', '.join(CERTIFICATE_VARIABLES[:-1])} or {CERTIFICATE_VARIABLES[-1]}"
_UNTRUSTED = (
    "Name the certificates to trust with `connection_verify=`, a file or folder, or with the environment variable "
    f"{_VARIABLES}."
)
_NO_TLS = (
    "The port may speak plain http, or another version of TLS: check the scheme and port of the endpoint. Neither "
    f"`connection_verify=` nor the environment variables {_VARIABLES} change that."
)
#: Lost connections, which may succeed when tried again.
_LOST = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
#: The attributes of errors of HTTP libraries that hold a request, a URL or the key or pool of a connection.
_CARRIERS = ("request_info", "request", "url", "pool", "os_error")
_USER_INFO = r"//\S*@"
#: The attributes in which azure-core, aiohttp and urllib3 keep a cause.
_KEPT = ("inner_exception", "certificate_error", "os_error", "reason")
_MOST_CAUSES = 20
_FINAL = "_final"


def tls_refusal_of(error: BaseException) -> Optional[ssl.SSLError]:
    """Return the TLS error behind a failure to connect, if it is permanent; None otherwise."""
    if not isinstance(error, ServiceRequestError):
        return None
    for cause in _causes_of(error):
        if isinstance(cause, ssl.SSLError):
            return None if isinstance(cause, _LOST) else cause
    return None


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    """Return the causes of an error, the nearest first, wherever libraries keep them."""
    waiting = [error]
    seen = {id(error)}
    while waiting and len(seen) < _MOST_CAUSES:
        one = waiting.pop(0)
        for cause in (*(getattr(one, name, None) for name in _KEPT), one.__cause__, one.__context__):
            if isinstance(cause, BaseException) and id(cause) not in seen:
                seen.add(id(cause))
                waiting.append(cause)
                yield cause


def explain_refusal(error: AzureError, refusal: ssl.SSLError) -> None:
    """Add the remedy to the message of a failed connection, once."""
    advice = _UNTRUSTED if isinstance(refusal, ssl.SSLCertVerificationError) else _NO_TLS
    message = str(error.message)
    if advice not in message:
        error.message = f"{message}{'' if message.endswith('.') else '.'} {advice}"
        error.args = (error.message, *error.args[1:])


def final(error: ServiceRequestError) -> ServiceRequestError:
    """Mark an error that a further attempt would repeat."""
    vars(error)[_FINAL] = True
    return error


def is_final(error: AzureError) -> bool:
    """Return whether an error is marked as final."""
    return _FINAL in vars(error)


def presentable(error: BaseException) -> Optional[BaseException]:
    """Return the nearest cause, or the error itself, that holds no request, no URL and no frame with them."""
    for cause in (error, *_causes_of(error)):
        if not _carries(cause) and "://" not in str(cause):
            cause.__cause__ = cause.__context__ = None
            return cause.with_traceback(None)
    return None


def _carries(error: BaseException) -> bool:
    """Return whether an error holds a part of a request, without reading it: urllib3 warns about old names."""
    return any(name in vars(error) or hasattr(type(error), name) for name in _CARRIERS)


def make_presentable(error: AzureError) -> None:
    """Remove from an error of any transport what shows a request or the password of a proxy."""
    if error.inner_exception is None:
        return
    cause = presentable(error.inner_exception)
    error.message = re.sub(_USER_INFO, "//***@", str(error.message))
    error.args = (error.message, *error.args[1:])
    error.inner_exception = error.__cause__ = cause
    error.__context__ = None
    error.exc_type, error.exc_value, error.exc_traceback = type(cause), cause, None
    error.exc_msg = error.message
