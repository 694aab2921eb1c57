"""The parts of OpenTelemetry's API that latest mode needs, and a warning where it is too old for them."""

from __future__ import annotations

import functools
import inspect
import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any, List

from opentelemetry import metrics

from azure.ai.inference.tracing._values import logs_api

_LOGGER = logging.getLogger("azure.ai.inference.tracing")

logs: Any = logs_api()


def _takes(function: Any, *names: str) -> bool:
    return all(name in inspect.signature(function).parameters for name in names)


#: Whether histograms take the boundaries of their buckets: from version 1.30 on.
HAS_BOUNDARIES = _takes(metrics.Meter.create_histogram, "explicit_bucket_boundaries_advisory")
#: Whether log records take a name and a context: from version 1.35 on.
HAS_EVENTS = logs is not None and _takes(logs.LogRecord, "event_name", "context")


@functools.lru_cache(maxsize=None)
def warn_of_old_api() -> None:
    """Log a warning, once, that names what is not recorded with this version of the API, and the version for it."""
    missing: List[str] = []
    if not HAS_BOUNDARIES:
        missing.append("the bucket boundaries of metrics (opentelemetry-api 1.30 or later records them)")
    if logs is not None and not HAS_EVENTS:
        missing.append("the log records of messages and errors (opentelemetry-api 1.35 or later, for Python 3.9)")
    if missing:
        _LOGGER.warning("With opentelemetry-api %s, not recorded are %s.", _installed(), " and ".join(missing))


def _installed() -> str:
    try:
        return version("opentelemetry-api")
    except PackageNotFoundError:
        return "of unknown version"
