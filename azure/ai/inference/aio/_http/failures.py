"""The errors of requests that got no response. They do not refer to aiohttp's errors, which hold the request."""

from __future__ import annotations

import asyncio
from typing import Any, Optional, Type

import aiohttp
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from azure.ai.inference._core.connecting import explain_refusal, final, presentable, tls_refusal_of
from azure.ai.inference._http.proxies import Proxy, tunnel_failure


def sending_failure(error: Any, proxy: Optional[Proxy]) -> AzureError:
    """Return the error to raise, with a cause that is safe to show. Call it outside ``except``.

    azure-core treats every error of aiohttp as a failure to connect, and does not name timeouts up to 1.33.

    :param error: the error of azure-core's transport, or an OSError or UnicodeError that it did not catch.
    """
    inner: Any = error.inner_exception if isinstance(error, AzureError) else error
    if isinstance(inner, asyncio.TimeoutError):
        unconnected = isinstance(inner, aiohttp.ConnectionTimeoutError)
        message = "The connection was not made in time." if unconnected else "The response did not begin in time."
        return _failure(ServiceRequestTimeoutError if unconnected else ServiceResponseTimeoutError, message, inner)
    if isinstance(inner, aiohttp.ClientConnectorError):
        return _unconnected(inner)
    if isinstance(inner, aiohttp.ClientHttpProxyError):
        return tunnel_failure(proxy, inner.status, inner.message)
    if isinstance(inner, aiohttp.ClientResponseError):
        return _failure(ServiceResponseError, f"The response is not valid HTTP: {inner.message}", inner)
    if isinstance(inner, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, UnicodeError)):  # of a host's name
        return final(ServiceRequestError("The request cannot be sent: its URL is not a valid http(s) URL."))
    sent = isinstance(inner, aiohttp.ClientConnectionError) or isinstance(error, ServiceResponseError)
    return _failure(ServiceResponseError if sent else ServiceRequestError, str(inner), inner)


def _failure(kind: Type[AzureError], message: str, inner: BaseException) -> AzureError:
    return kind(message, error=presentable(inner))


def _unconnected(inner: aiohttp.ClientConnectorError) -> AzureError:
    to = "the proxy " if isinstance(inner, aiohttp.ClientProxyConnectionError) else ""
    cause = getattr(inner, "certificate_error", None) or inner.os_error
    error = _failure(ServiceRequestError, f"Cannot connect to {to}{inner.host}:{inner.port}: {cause}", inner)
    refusal = tls_refusal_of(error)
    if refusal is not None:
        explain_refusal(error, refusal)
    return error
