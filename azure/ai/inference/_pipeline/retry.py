"""Retries: which requests to send again, after which wait, and how often."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Dict, Generator, Optional, cast

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryMode, RetryPolicy
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse

from azure.ai.inference._core.connecting import explain_refusal, is_final, make_presentable, tls_refusal_of
from azure.ai.inference._core.deadline import (
    CONTEXT_NAME,
    USAGE_NAME,
    Attempt,
    Deadline,
    current_attempt,
    deadline_of,
    keep_deadline,
    limiter_of_run,
)
from azure.ai.inference._core.errors import retry_after_of, set_message
from azure.ai.inference._http.validation import check_final

if TYPE_CHECKING:
    from azure.ai.inference._pipeline.turns import Turn

_SETTINGS = "inference_retry_settings"
_ALSO_RETRIED = frozenset({408, 429, 502, 529})
#: The default of ``retry_after_max``, in seconds.
_RETRY_AFTER_MAX = 120.0
#: The backoff factor of connections that fail, in seconds, where neither the call nor the client sets one.
_CONNECT_BACKOFF = 0.25
_BACKOFF_OPTIONS = ("retry_backoff_factor", "retry_mode")
_MOST_DOUBLINGS = 60


class Attempts:
    """The attempts of one call: counts them, keeps the deadline and decides how long to wait before the next."""

    def __init__(self, policy: Any, request: PipelineRequest[HttpRequest]) -> None:
        self._policy = policy
        self._request = request
        self._began = time.monotonic()
        self._count = 0
        context = request.context
        if _SETTINGS not in context:
            context.options.setdefault("retry_backoff_max", policy.backoff_max)  # ignored by azure-core up to 1.33
            own = _own_settings(policy, context.options)
            settings = policy.configure_retries(context.options)
            settings.update(own)
            settings["returns"] = settings["total"] > 0 and settings["status"] > 0
            settings.update(_position_of(request.http_request))
            context[_SETTINGS] = settings
            context[CONTEXT_NAME] = deadline_of(settings["timeout"])
        self._settings: Dict[str, Any] = context[_SETTINGS]
        self.deadline: Optional[Deadline] = context[CONTEXT_NAME]
        if self.deadline is not None:
            keep_deadline(request.http_request, self.deadline)
        limiter = limiter_of_run.get() or policy.limiter
        self.turn: Optional[Turn] = None if limiter is None else _turn(limiter, request)
        """The turn of the call at the limiter; None without one."""

    def begin(self) -> PipelineRequest[HttpRequest]:
        """Prepare the request for the next attempt.

        :raises ServiceRequestTimeoutError: if the deadline has passed and the service has not been reached.
        :raises ServiceResponseTimeoutError: if the deadline has passed after that.
        """
        self._request.context["retry_count"] = len(self._settings["history"])
        self._count += 1
        if self.deadline is not None and self.deadline.left() <= 0:
            raise self.out_of_time()
        return self._request

    @contextmanager
    def sending(self) -> Generator[Optional[Attempt], None, None]:
        """Make the deadline of this attempt, if it has one, known to the transport."""
        attempt = None if self.deadline is None else Attempt(self.deadline)
        token = current_attempt.set(attempt)
        try:
            yield attempt
        finally:
            with suppress(ValueError):  # a call that is destroyed with its event loop ends in another context
                current_attempt.reset(token)
            if self.turn is not None:
                self.turn.end()

    def out_of_time(self) -> AzureError:
        """Return the error of a call whose deadline passed before an attempt."""
        return self.timed_out(reached=self._was_reached())

    def arrived(self, response: PipelineResponse[HttpRequest, Any]) -> None:
        """Report the response of an attempt to the limiter, if there is one."""
        if self.turn is not None:
            self.turn.arrived(response.http_response)

    def _was_reached(self) -> bool:
        if self.turn is not None and self.turn.was_refused:
            return True
        history = self._settings["history"]
        return bool(history) and not isinstance(history[-1].error, ServiceRequestError)

    def timed_out(self, *, reached: bool) -> AzureError:
        """Return the error of a call whose deadline has passed."""
        message = self.deadline.message if self.deadline else ""
        return ServiceResponseTimeoutError(message) if reached else ServiceRequestTimeoutError(message)

    def wait_after_response(self, response: PipelineResponse[HttpRequest, Any]) -> Optional[float]:
        """Return the seconds to wait before the next attempt; None to return this response."""
        check_final(response.http_response)
        self._policy.update_context(response.context, self._settings)
        if self.turn is not None and self.turn.returns:
            return self._wait_after_refusal(self.turn, response)
        if not self._policy.is_retry(self._settings, response):
            return None
        hint = retry_after_of(response.http_response.headers)
        longest = self._settings["retry_after_max"] if self.turn is None else self.turn.max_wait
        if hint is not None and hint > longest:
            return None
        if not self._policy.increment(self._settings, response=response):
            return None
        return self._within_deadline(self._backoff(self._settings["backoff"]) if hint is None else hint)

    def _wait_after_refusal(self, turn: Turn, response: PipelineResponse[HttpRequest, Any]) -> Optional[float]:
        """Return 0 if the request returns to the line, which costs no retry; None to return this response."""
        settings, seconds = self._settings, turn.seconds_to_return()
        if seconds is None or not settings["returns"] or (turn.run is None and self._within_deadline(seconds) is None):
            return None
        settings["total"] += 1
        settings["status"] += 1
        if not self._policy.increment(settings, response=response):
            return None
        settings["history"].pop()
        return 0.0

    def wait_after_error(self, error: AzureError) -> Optional[float]:
        """Return the seconds to wait before the next attempt; None to raise this error, which lists the attempts."""
        may_repeat = self._may_repeat(error) and not isinstance(error, ClientAuthenticationError)
        refusal = tls_refusal_of(error)
        if isinstance(error, (ServiceRequestError, ServiceResponseError)):
            make_presentable(error)
        if refusal is not None:
            explain_refusal(error, refusal)
        elif may_repeat and not is_final(error):
            factor = self._settings["connect_backoff" if isinstance(error, ServiceRequestError) else "backoff"]
            if self._policy.increment(self._settings, response=self._request, error=error):
                wait = self._within_deadline(self._backoff(factor))
                if wait is not None:
                    return wait
        if self._count > 1 and isinstance(error, (ServiceRequestError, ServiceResponseError)):
            seconds = time.monotonic() - self._began
            set_message(error, f"{error.message} (tried {self._count} times in {seconds:.1f} s)")
        return None

    def _may_repeat(self, error: AzureError) -> bool:
        """Return whether a failed request may be sent again. The error of a policy is final."""
        if error.inner_exception is None and not _passed(error, self._request.context.transport):
            return False
        never_sent = isinstance(error, ServiceRequestError)
        return never_sent or self._request.http_request.method.upper() in self._settings["methods"]

    def _backoff(self, factor: float) -> float:
        retries = len(self._settings["history"])
        doublings = 0 if self._settings["mode"] == RetryMode.Fixed else min(retries - 1, _MOST_DOUBLINGS)
        return float(min(self._settings["max_backoff"], factor * 2**doublings * random.uniform(0.75, 1.25)))

    def _within_deadline(self, seconds: float) -> Optional[float]:
        return None if self.deadline is not None and seconds >= self.deadline.left() else seconds


def _turn(limiter: Any, request: PipelineRequest[HttpRequest]) -> Turn:
    """Return the turn of a call at a limiter, which later counts the usage of the response."""
    from azure.ai.inference._pipeline.turns import Turn  # for calls with a limiter only

    turn = Turn(limiter, request.http_request)
    if turn.counts_tokens:
        request.context[USAGE_NAME] = turn.count
    return turn


def _position_of(request: HttpRequest) -> Dict[str, int]:
    """Return where a body that is a file begins, so that it can be sent again; nothing if that is unknown."""
    tell = getattr(getattr(request, "content", None), "tell", None)
    try:
        return {"body_position": tell()} if tell else {}
    except (OSError, ValueError):
        return {}


def _own_settings(policy: Any, options: Dict[str, Any]) -> Dict[str, Any]:
    """Remove the options that azure-core's policy does not know, and return the rules that they set."""
    factor = options.get("retry_backoff_factor", policy.backoff_factor)
    has_own = policy.has_own_backoff or not options.keys().isdisjoint(_BACKOFF_OPTIONS)
    return {
        "retry_after_max": seconds_of(options.pop("retry_after_max", None), policy.retry_after_max),
        "mode": options.pop("retry_mode", policy.retry_mode),
        "connect_backoff": factor if has_own else _CONNECT_BACKOFF,
    }


def seconds_of(value: Any, default: float) -> float:
    """Return the value of ``retry_after_max``; the default for None.

    :raises TypeError: if it is not a number.
    :raises ValueError: if it is negative or NaN.
    """
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"retry_after_max must be a number of seconds, not {type(value).__name__}")
    if not value >= 0:
        raise ValueError(f"retry_after_max must be zero or more seconds, not {value}")
    return float(value)


def _passed(error: BaseException, transport: Any) -> bool:
    """Return whether a transport raised an error. A policy that raises one has not tried to connect."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_locals.get("self") is not transport:
        trace = trace.tb_next
    return trace is not None


def readable(response: Any) -> Any:
    """Return the response as azure-core's rule sees it, without an invalid ``Retry-After``."""
    http_response = response.http_response
    if not http_response.headers.get("Retry-After") or retry_after_of(http_response.headers) is not None:
        return response
    without = SimpleNamespace(status_code=http_response.status_code, headers={})
    return SimpleNamespace(http_request=response.http_request, http_response=without)


class RetryRules:
    """The additions of both retry policies to azure-core's: statuses of overload, and a longest wait.

    :keyword retry_after_max: the most seconds to wait because a response asks for it.
    :keyword limiter: the limiter of the client; None for none.
    """

    def __init__(self, *, retry_after_max: Optional[float] = None, limiter: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limiter = limiter
        self.retry_after_max = seconds_of(retry_after_max, _RETRY_AFTER_MAX)
        self.has_own_backoff = not kwargs.keys().isdisjoint(_BACKOFF_OPTIONS)

    def is_retry(self, settings: Dict[str, Any], response: Any) -> bool:
        """Return whether to retry after this response."""
        status = response.http_response.status_code
        if status < 400:
            return False
        by_azure_core: bool = cast(Any, super()).is_retry(settings, readable(response))
        return by_azure_core or bool(settings["total"] and status in _ALSO_RETRIED)


class InferenceRetryPolicy(RetryRules, RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retry policy, with the rules of this library and a deadline."""

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        attempts = Attempts(self, request)
        transport = cast("HttpTransport[HttpRequest, HttpResponse]", request.context.transport)
        while True:
            if attempts.turn is not None:
                self._wait_for_turn(attempts, attempts.turn)
            try:
                with attempts.sending():
                    response = self.next.send(attempts.begin())
                    attempts.arrived(response)
            except AzureError as error:
                wait = attempts.wait_after_error(error)
                if wait is None:
                    raise
            else:
                wait = attempts.wait_after_response(response)
                if wait is None:
                    return response
                response.http_response.close()
            transport.sleep(wait)

    def _wait_for_turn(self, attempts: Attempts, turn: Turn) -> None:
        from azure.ai.inference._pipeline.turns import wait_for_turn  # for calls with a limiter only

        if not wait_for_turn(turn, attempts.deadline):
            raise attempts.out_of_time()
