"""httpx2 and json.loads: the floor for the SDKs of OpenAI and Anthropic, which send with it."""

from __future__ import annotations

import json
from typing import Any, Callable

import httpx2

from . import common, floor
from .common import AsyncAction
from .floor import Document


class Client(floor.FloorClient):
    def poster(self, route: str) -> Callable[[Document], Document]:
        session = self.keep(httpx2.Client(headers=floor.HEADERS))
        url = f"{self.url}/{route}"

        def post(body: Document) -> Document:
            response = session.post(url, json=body)
            response.raise_for_status()
            document: Document = json.loads(response.content)
            return document

        return post

    def call_async(self) -> AsyncAction:
        session = self.keep(httpx2.AsyncClient(headers=floor.HEADERS))
        url = f"{self.url}/small/chat/completions"

        async def action() -> Any:
            response = await session.post(url, json=floor.BODY)
            response.raise_for_status()
            return floor.content_of(json.loads(response.content))

        return action

    def calls_in_flight(self, count: int) -> AsyncAction:
        return common.at_once(self.call_async(), count)
