"""azure-core's pipeline with the policies of the released package, and json.loads: the floor for this library."""

from __future__ import annotations

import json
from contextlib import nullcontext
from time import perf_counter
from typing import Any, Callable, ContextManager

from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import policies
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from . import common, floor
from .common import Action, AsyncAction
from .floor import Document
from .offline import CannedTransport


def policy_list(redirect: Any, retry: Any) -> list[Any]:
    return [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy({"api-key": common.KEY}),
        policies.UserAgentPolicy(sdk_moniker="ai-inference/1.0.0b9"),
        policies.ProxyPolicy(),
        policies.ContentDecodePolicy(),
        redirect,
        retry,
        policies.AzureKeyCredentialPolicy(AzureKeyCredential(common.KEY), "Authorization", prefix="Bearer"),
        policies.CustomHookPolicy(),
        policies.NetworkTraceLoggingPolicy(),
        policies.DistributedTracingPolicy(),
        policies.SensitiveHeaderCleanupPolicy(),
        policies.HttpLoggingPolicy(),
    ]


def no_span(name: str) -> ContextManager[Any]:
    return nullcontext()


class Client(floor.FloorClient):
    span: Callable[..., ContextManager[Any]] = staticmethod(no_span)

    def pipeline(self, **options: Any) -> PipelineClient[HttpRequest, HttpResponse]:
        steps = policy_list(policies.RedirectPolicy(), policies.RetryPolicy())
        return self.keep(PipelineClient(self.url, policies=steps, **options))

    def pipeline_async(self) -> AsyncPipelineClient[HttpRequest, AsyncHttpResponse]:
        steps = policy_list(policies.AsyncRedirectPolicy(), policies.AsyncRetryPolicy())
        return self.keep(AsyncPipelineClient(self.url, policies=steps))

    def request(self, route: str, body: Document) -> HttpRequest:
        parameters = {"api-version": "2024-05-01-preview"}
        headers = {"Accept": "application/json"}
        return HttpRequest("POST", f"{self.url}/{route}", params=parameters, headers=headers, json=body)

    def trace(self, is_traced: bool) -> None:
        """Switch azure-core's own HTTP span on or off, and with it a manual span around it."""
        from . import tracing

        tracing.switch(is_traced)
        self.span = tracing.OpenTelemetrySpan if is_traced else no_span

    def poster(self, route: str, **options: Any) -> Callable[[Document], Document]:
        client = self.pipeline(**options)

        def post(body: Document) -> Document:
            with self.span(name="chat"):
                response = client.send_request(self.request(route, body))
                response.raise_for_status()
                document: Document = json.loads(response.content)
                return document

        return post

    def large_response_offline(self) -> Action:
        body = common.fetch(f"{self.url}/{common.LARGE_RESPONSE_ROUTE}")
        post = self.poster(common.LARGE_RESPONSE_ROUTE, transport=CannedTransport(body))
        return lambda: floor.walk(post(floor.BODY))

    def stream(self, scenario: str) -> Action:
        client = self.pipeline()

        def action() -> int:
            with self.span(name="chat"):
                request = self.request(f"{scenario}/chat/completions", floor.STREAM_BODY)
                response = client.send_request(request, stream=True)
                response.raise_for_status()
                return floor.count_deltas(response.iter_bytes())

        return action

    def first_event(self, framing: str) -> Action:
        client = self.pipeline()

        def action() -> Any:
            begin = perf_counter()
            request = self.request(f"spaced-{framing}/chat/completions", floor.STREAM_BODY)
            response = client.send_request(request, stream=True)
            next(floor.events_in(response.iter_bytes()))
            seconds = perf_counter() - begin
            response.close()
            return seconds

        return action

    def call_async(self) -> AsyncAction:
        client = self.pipeline_async()

        async def action() -> Any:
            response = await client.send_request(self.request("small/chat/completions", floor.BODY))
            response.raise_for_status()
            return floor.content_of(json.loads(response.content))

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)

    def stream_async(self, scenario: str) -> AsyncAction:
        client = self.pipeline_async()

        async def action() -> int:
            request = self.request(f"{scenario}/chat/completions", floor.STREAM_BODY)
            response = await client.send_request(request, stream=True)
            response.raise_for_status()
            return await floor.count_deltas_async(response.iter_bytes())

        return action

    def first_event_async(self, framing: str) -> AsyncAction:
        client = self.pipeline_async()

        async def action() -> Any:
            begin = perf_counter()
            request = self.request(f"spaced-{framing}/chat/completions", floor.STREAM_BODY)
            response = await client.send_request(request, stream=True)
            await floor.events_in_async(response.iter_bytes()).__anext__()
            seconds = perf_counter() - begin
            await response.close()
            return seconds

        return action
