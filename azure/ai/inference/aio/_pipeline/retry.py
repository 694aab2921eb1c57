"""The asynchronous retry policy, over the rule of the synchronous one."""

from __future__ import annotations

import asyncio

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure.ai.inference._pipeline.retry import Attempts, RetryRules
from azure.ai.inference.aio._deadline import pause, wait_within


class AsyncInferenceRetryPolicy(RetryRules, AsyncRetryPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`InferenceRetryPolicy`, whose deadline is exact."""

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        attempts = Attempts(self, request)
        while True:
            try:
                response = await self._send_in_time(attempts)
            except AzureError as error:
                wait = attempts.wait_after_error(error)
                if wait is None:
                    raise
            else:
                wait = attempts.wait_after_response(response)
                if wait is None:
                    return response
                await response.http_response.close()
            await pause(request.context.transport, wait)

    async def _send_in_time(self, attempts: Attempts) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        request = attempts.begin()
        if attempts.deadline is None:
            return await self.next.send(request)
        with attempts.sending() as attempt:
            try:
                response = await wait_within(self.next.send(request), attempts.deadline.left())
            except asyncio.TimeoutError as error:
                raise attempts.timed_out(reached=attempt is None or attempt.connected is not False) from error
        if attempts.deadline.left() <= 0:
            await response.http_response.close()
            raise attempts.timed_out(reached=True)
        return response
