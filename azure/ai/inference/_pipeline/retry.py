"""Retries: which failures are sent again, how long to wait before, and when to give up."""

from __future__ import annotations

import random
from contextlib import contextmanager, suppress
from typing import Any, Dict, Generator, Mapping, Optional, cast

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

from azure.ai.inference._core.connecting import explain_refusal, make_presentable, tls_refusal_of
from azure.ai.inference._core.deadline import CONTEXT_NAME, Attempt, Deadline, current_attempt, deadline_of
from azure.ai.inference._core.errors import retry_after_of

_SETTINGS = "inference_retry_settings"
_ALSO_RETRIED = frozenset({408, 429, 502, 529})


class Attempts:
    """The attempts of one call: counts them, keeps the deadline and decides how long to wait before the next."""

    def __init__(self, policy: Any, request: PipelineRequest[HttpRequest]) -> None:
        self._policy = policy
        self._request = request
        context = request.context
        if _SETTINGS not in context:
            context.options.setdefault("retry_backoff_max", policy.backoff_max)  # ignored by azure-core up to 1.33
            settings = policy.configure_retries(context.options)
            settings.update(_position_of(request.http_request))
            context[_SETTINGS] = settings
            context[CONTEXT_NAME] = deadline_of(settings["timeout"])
        self._settings: Dict[str, Any] = context[_SETTINGS]
        self.deadline: Optional[Deadline] = context[CONTEXT_NAME]

    def begin(self) -> PipelineRequest[HttpRequest]:
        """Prepare the request for the next attempt.

        :raises ServiceRequestTimeoutError: if the deadline has passed and the service has not been reached.
        :raises ServiceResponseTimeoutError: if the deadline has passed after that.
        """
        self._request.context["retry_count"] = len(self._settings["history"])
        if self.deadline is not None and self.deadline.left() <= 0:
            raise self.timed_out(reached=self._was_reached())
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

    def _was_reached(self) -> bool:
        history = self._settings["history"]
        return bool(history) and not isinstance(history[-1].error, ServiceRequestError)

    def timed_out(self, *, reached: bool) -> AzureError:
        """Return the error of a call whose deadline has passed."""
        message = self.deadline.message if self.deadline else ""
        return ServiceResponseTimeoutError(message) if reached else ServiceRequestTimeoutError(message)

    def wait_after_response(self, response: PipelineResponse[HttpRequest, Any]) -> Optional[float]:
        """Return the seconds to wait before the next attempt; None to return this response."""
        self._policy.update_context(response.context, self._settings)
        if not self._policy.is_retry(self._settings, response):
            return None
        if not self._policy.increment(self._settings, response=response):
            return None
        hint = retry_after_of(response.http_response.headers)
        return self._within_deadline(self._backoff() if hint is None else hint)

    def wait_after_error(self, error: AzureError) -> Optional[float]:
        """Return the seconds to wait before the next attempt; None to raise this error."""
        may_repeat = self._may_repeat(error)
        refusal = tls_refusal_of(error)
        if isinstance(error, (ServiceRequestError, ServiceResponseError)):
            make_presentable(error)
        if refusal is not None:
            explain_refusal(error, refusal)
        if refusal is not None or isinstance(error, ClientAuthenticationError) or not may_repeat:
            return None
        if not self._policy.increment(self._settings, response=self._request, error=error):
            return None
        return self._within_deadline(self._backoff())

    def _may_repeat(self, error: AzureError) -> bool:
        # An error of a policy (a token over plain http) has no inner exception: no connection was tried.
        never_sent = isinstance(error, ServiceRequestError) and error.inner_exception is not None
        return never_sent or self._request.http_request.method.upper() in self._settings["methods"]

    def _backoff(self) -> float:
        retries = len(self._settings["history"])
        doubled = self._policy.retry_mode != RetryMode.Fixed
        seconds = self._settings["backoff"] * (2 ** (retries - 1) if doubled else 1)
        return float(min(self._settings["max_backoff"], seconds * random.uniform(0.75, 1.25)))

    def _within_deadline(self, seconds: float) -> Optional[float]:
        return None if self.deadline is not None and seconds >= self.deadline.left() else seconds


def _position_of(request: HttpRequest) -> Dict[str, int]:
    """Return where a body that is a file begins, so that it can be sent again; nothing if that is unknown."""
    tell = getattr(getattr(request, "content", None), "tell", None)
    try:
        return {"body_position": tell()} if tell else {}
    except (OSError, ValueError):
        return {}


def is_retry(by_azure_core: bool, settings: Mapping[str, Any], response: Any) -> bool:
    """Return whether to retry after this response: azure-core's rule, and the statuses of services under load."""
    return by_azure_core or bool(settings["total"] and response.http_response.status_code in _ALSO_RETRIED)


class InferenceRetryPolicy(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retry policy, with the statuses of inference services under load, and a deadline."""

    def is_retry(self, settings: Dict[str, Any], response: Any) -> bool:
        return is_retry(super().is_retry(settings, response), settings, response)

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        attempts = Attempts(self, request)
        transport = cast("HttpTransport[HttpRequest, HttpResponse]", request.context.transport)
        while True:
            try:
                with attempts.sending():
                    response = self.next.send(attempts.begin())
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
