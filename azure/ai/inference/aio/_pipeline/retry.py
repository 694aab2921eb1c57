"""The asynchronous retry policy, over the rule of the synchronous one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure.ai.inference._pipeline.retry import Attempts, RetryRules
from azure.ai.inference.aio._deadline import pause, wait_within

if TYPE_CHECKING:
    from azure.ai.inference._pipeline.turns import Turn


class AsyncInferenceRetryPolicy(RetryRules, AsyncRetryPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`InferenceRetryPolicy`, whose deadline is exact."""

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        attempts = Attempts(self, request)
        while True:
            if attempts.turn is not None:
                await self._wait_for_turn(attempts, attempts.turn)
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

    async def _wait_for_turn(self, attempts: Attempts, turn: Turn) -> None:
        from azure.ai.inference.aio._pipeline.turns import wait_for_turn  # for calls with a limiter only

        if not await wait_for_turn(turn, attempts.deadline):
            raise attempts.out_of_time()

    async def _send_in_time(self, attempts: Attempts) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        deadline = attempts.deadline
        if deadline is None and attempts.turn is None:
            return await self.next.send(attempts.begin())
        with attempts.sending() as attempt:
            sending = self.next.send(attempts.begin())
            if deadline is None:
                response = await sending
            else:
                try:
                    response = await wait_within(sending, deadline.left())
                except asyncio.TimeoutError as error:
                    raise attempts.timed_out(reached=attempt is None or attempt.connected is not False) from error
            attempts.arrived(response)
        if deadline is not None and deadline.left() <= 0:
            await response.http_response.close()
            raise attempts.timed_out(reached=True)
        return response
