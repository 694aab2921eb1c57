"""requests or aiohttp, and json.loads: the floor for everything."""

from __future__ import annotations

import json
from typing import Any, Callable

import aiohttp
import requests

from . import common, floor
from .common import Action, AsyncAction
from .floor import Document


class Client(floor.FloorClient):
    def poster(self, route: str) -> Callable[[Document], Document]:
        session = self.keep(requests.Session())
        url = f"{self.url}/{route}"

        def post(body: Document) -> Document:
            response = session.post(url, json=body, headers=floor.HEADERS)
            response.raise_for_status()
            document: Document = json.loads(response.content)
            return document

        return post

    def large_response_offline(self) -> Action:
        body = common.fetch(f"{self.url}/{common.LARGE_RESPONSE_ROUTE}")
        return lambda: floor.walk(json.loads(body))

    def stream(self, scenario: str) -> Action:
        session = self.keep(requests.Session())
        url = f"{self.url}/{scenario}/chat/completions"

        def action() -> int:
            response = session.post(url, json=floor.STREAM_BODY, headers=floor.HEADERS, stream=True)
            response.raise_for_status()
            return floor.count_deltas(response.iter_content(None))

        return action

    def call_async(self) -> AsyncAction:
        session = self.keep(aiohttp.ClientSession(headers=floor.HEADERS))
        url = f"{self.url}/small/chat/completions"

        async def action() -> Any:
            async with session.post(url, json=floor.BODY) as response:
                response.raise_for_status()
                return floor.content_of(json.loads(await response.read()))

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)

    def stream_async(self, scenario: str) -> AsyncAction:
        session = self.keep(aiohttp.ClientSession(headers=floor.HEADERS))
        url = f"{self.url}/{scenario}/chat/completions"

        async def action() -> int:
            async with session.post(url, json=floor.STREAM_BODY) as response:
                response.raise_for_status()
                return await floor.count_deltas_async(response.content.iter_any())

        return action
