"""Errors that a caller answers differently from others of their kind.

Each derives from the azure-core error that stands for it elsewhere, so that ``except HttpResponseError`` still
catches it.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from azure.core.exceptions import DecodeError, HttpResponseError

__all__ = [
    "ContentFilterError",
    "ContextLengthError",
    "RateLimitError",
    "ResponseDecodeError",
    "ServiceOverloadedError",
]


class RateLimitError(HttpResponseError):
    """The service answers no more requests for now (status 429): wait, then try again."""

    retry_after: Optional[float] = None
    """Seconds to wait, by ``retry-after-ms``, ``x-ms-retry-after-ms`` or ``Retry-After``; None if absent."""


class ServiceOverloadedError(HttpResponseError):
    """The service or the model is overloaded (status 503 or 529): try again later, or another deployment."""

    retry_after: Optional[float] = None
    """Seconds to wait, by ``retry-after-ms``, ``x-ms-retry-after-ms`` or ``Retry-After``; None if absent."""


class ContentFilterError(HttpResponseError):
    """The content filter refused the request (error code ``content_filter``): change the messages."""

    content_filter_result: Optional[Mapping[str, Any]] = None
    """What the filter found, by category, as the service reports it; None if absent."""


class ContextLengthError(HttpResponseError):
    """The messages are longer than the model reads (error code ``context_length_exceeded``): shorten them."""


class ResponseDecodeError(DecodeError, ValueError):
    """The answer is no JSON object, or a stream's event is none. ``response`` is the answer as it came."""
