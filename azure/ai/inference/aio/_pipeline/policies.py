"""The asynchronous twins of the policies, and a cheap step for those that never wait."""

from __future__ import annotations

import asyncio
import copy
from inspect import isawaitable
from typing import Any, Dict, Optional

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncHTTPPolicy, AsyncRedirectPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure.ai.inference._http.private_names import end_unread
from azure.ai.inference._pipeline.policies import REFUSED, RedirectRules, TokenRules, note_position
from azure.ai.inference.aio._deadline import in_asyncio


class AsyncTokenCredentialPolicy(TokenRules, AsyncBearerTokenCredentialPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`TokenCredentialPolicy`, with a copy for each event loop.

    azure-core's lock for tokens belongs to the event loop in which calls first waited for it.
    """

    def __init__(self, credential: Any, endpoint: str, *scopes: str, **kwargs: Any) -> None:
        super().__init__(credential, endpoint, *scopes, **kwargs)
        self._copies: Dict[Optional[asyncio.AbstractEventLoop], AsyncTokenCredentialPolicy] = {}

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        loop = asyncio.get_running_loop() if in_asyncio() else None
        policy = self._copies.get(loop)
        if policy is None:
            for known in list(self._copies):
                if known is not None and known.is_closed():
                    self._copies.pop(known, None)
            policy = self._copies[loop] = copy.copy(self)
        return await policy.send_in_loop(request)

    async def send_in_loop(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        return await super().send(request)

    async def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if self._allowed.admits(request):
            await super().on_request(request)

    async def on_challenge(
        self, request: PipelineRequest[HttpRequest], response: PipelineResponse[HttpRequest, AsyncHttpResponse]
    ) -> bool:
        return self._allowed.admits(request) and await super().on_challenge(request, response)


class AsyncInferenceRedirectPolicy(RedirectRules, AsyncRedirectPolicy[HttpRequest, AsyncHttpResponse]):
    """The asynchronous twin of :class:`InferenceRedirectPolicy`."""

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        note_position(request)
        try:
            return await super().send(request)
        except HttpResponseError:
            response = request.context.get(REFUSED)
            if isinstance(response, AsyncHttpResponse):
                await response.close()
                end_unread(response)
            raise


class AsyncStep(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """A policy without I/O as a step of the asynchronous pipeline.

    azure-core's own step looks for an awaitable at a higher cost than most policies have: 10% of a call's instructions.
    """

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self._policy = policy

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        waiting = self._policy.on_request(request)
        if waiting is not None and isawaitable(waiting):
            await waiting
        try:
            response = await self.next.send(request)
        except Exception:
            waiting = self._policy.on_exception(request)
            if waiting is not None and isawaitable(waiting):
                await waiting
            raise
        waiting = self._policy.on_response(request, response)
        if waiting is not None and isawaitable(waiting):
            await waiting
        return response
