"""The deadline of a call, shared by connecting, retries, waits and reading."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any, MutableMapping, Optional
from weakref import WeakKeyDictionary

from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.rest import HttpRequest

#: The key of a call's deadline in the context of the pipeline.
CONTEXT_NAME = "inference_deadline"

#: The key of the function that counts a call's usage for its limiter, in the context of the pipeline.
USAGE_NAME = "inference_usage"

#: azure-core's own default of ``timeout``, a week. It sets no deadline, and neither does a longer one.
NO_TIMEOUT = 604800


class Attempt:
    """The progress of one attempt. It decides which timeout error is raised."""

    __slots__ = ("connected", "deadline")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.connected: Optional[bool] = None
        """Whether there is a connection; None if the transport does not say."""

    def limit_waits(self, options: MutableMapping[str, Any], config: Any) -> None:
        """Limit the waits of one of our transports, which call this before connecting.

        Other transports only get the caller's options, as they may know neither timeout.

        :raises ServiceRequestTimeoutError: if the deadline has passed.
        """
        self.connected = False
        left = self.deadline.left()
        if left <= 0:
            raise ServiceRequestTimeoutError(self.deadline.message)
        for option, attribute in (("connection_timeout", "timeout"), ("read_timeout", "read_timeout")):
            own = options.get(option)
            own = getattr(config, attribute, None) if own is None else own
            if own is None or isinstance(own, (int, float)):
                options[option] = left if own is None else min(own, left)


#: The attempt of the current thread or task, if it has a deadline.
current_attempt: ContextVar[Optional[Attempt]] = ContextVar("current_attempt", default=None)


#: The limiter of the run for which the current thread or task makes calls. It precedes the client's.
limiter_of_run: ContextVar[Any] = ContextVar("limiter_of_run", default=None)


class Deadline:
    """A moment of the monotonic clock."""

    __slots__ = ("_ends", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds until the deadline; zero or less once it has passed."""
        return self._ends - time.monotonic()

    def put_off(self, seconds: float) -> None:
        """Postpone the deadline by a wait that does not count, in seconds."""
        self._ends += seconds

    def earlier(self, seconds: float) -> Deadline:
        """Return a deadline that passes these seconds earlier, but not in the first half of the time left."""
        left = self.left()
        earlier = Deadline(self.seconds)
        earlier._ends = self._ends - min(seconds, max(left / 2, 0))
        return earlier

    def check(self) -> float:
        """Return the seconds until the deadline.

        :raises ServiceResponseTimeoutError: once it has passed.
        """
        left = self.left()
        if left <= 0:
            raise ServiceResponseTimeoutError(self.message)
        return left

    @property
    def message(self) -> str:
        """The message of the error once it has passed."""
        return f"The call took longer than its timeout of {self.seconds:g} seconds."


def current_deadline() -> Optional[Deadline]:
    """Return the deadline of the current thread's or task's call; None if it has none."""
    attempt = current_attempt.get()
    return None if attempt is None else attempt.deadline


_of_requests: WeakKeyDictionary[HttpRequest, Deadline] = WeakKeyDictionary()


def keep_deadline(request: HttpRequest, deadline: Deadline) -> None:
    """Keep the deadline of a request, for a response that comes without the context of the pipeline."""
    _of_requests[request] = deadline


def deadline_of_request(request: HttpRequest) -> Optional[Deadline]:
    """Return the deadline that was kept for a request; None if it has none."""
    return _of_requests.get(request)


def deadline_of(timeout: Any) -> Optional[Deadline]:
    """Return the deadline of the option ``timeout``, in seconds from now; None for no deadline.

    :raises TypeError: if it is not a number.
    :raises ValueError: if it is negative or NaN.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds, not {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError(f"timeout must be zero or more seconds, not {timeout}")
    return None if timeout >= NO_TIMEOUT else Deadline(timeout)
