"""The operations of the REST API. Every call of the asynchronous clients passes here."""

from __future__ import annotations

from typing import Any

from azure.ai.inference._core.body import Call
from azure.ai.inference._core.hiding import hide
from azure.ai.inference._core.observe import ObservedCall
from azure.ai.inference._core.operations import Operation, ResultT
from azure.ai.inference._pipeline.base_client import BaseClient, within_span


class AsyncOperations(BaseClient):
    """The one path of all calls: merged, observed, sent and read."""

    async def _invoke(self, operation: Operation[ResultT], body: Any, arguments: Any, keywords: Any) -> ResultT:
        """Make a call, with an observer that follows it. A streamed call returns its stream in place of the model."""
        from azure.ai.inference.aio._operations._sending import send  # late: 7% of the import

        call = Call(operation, body, arguments, self._options_of_call(hide(keywords)), self._settings)
        with ObservedCall(self, call) as observed:
            result: ResultT = await within_span(send, observed.span)(self, call, **observed.options)
        return observed.follow(result)
