"""The asynchronous shell of tool runs."""

from __future__ import annotations

from functools import partial
from typing import Any, AsyncIterator, Awaitable, Callable, List, Optional, Union

from typing_extensions import Self

from azure.ai.inference.aio._calling import AT_ONCE, AWAITS, call_all, value_of, verdict_of
from azure.ai.inference.aio._streaming import AsyncClosing, AsyncStreamingChatCompletions
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate
from azure.ai.inference.tools._loop import ToolLoop, ToolRunArguments
from azure.ai.inference.tools._run import ParsedT, ToolResult, ToolRun
from azure.ai.inference.tools._streamed import BaseStreamingToolRun
from azure.ai.inference.tools._toolbox import PlannedCall


async def run_tools(
    client: Any, keywords: Any, arguments: ToolRunArguments, *, stream: Optional[bool]
) -> Union[ToolRun[Any], AsyncStreamingToolRun[Any]]:
    """Return a tool run that has ended, or a streamed one that has not begun."""
    loop = ToolLoop(client._settings, keywords, arguments, awaits=AWAITS, at_once=AT_ONCE)
    return AsyncStreamingToolRun(client.complete, loop) if stream else await run_to_end(client.complete, loop)


async def run_to_end(complete: Callable[..., Awaitable[ChatCompletions]], loop: ToolLoop) -> ToolRun[Any]:
    """Carry out a run, and return it. An error that ends the run carries it."""
    with loop:
        planned = loop.resume()
        while True:
            await make(loop, await approve(loop, planned))
            if loop.ended:
                return loop.run
            planned = loop.take(await complete(**loop.request()))


async def approve(loop: ToolLoop, planned: List[PlannedCall]) -> List[PlannedCall]:
    """Ask about each call before any is made. Return the calls."""
    for one in loop.to_approve(planned):
        try:
            loop.decide(one, await verdict_of(loop.ask(one), loop.deadline))
        except Exception as error:
            loop.fail(one, error)
    return planned


async def make(loop: ToolLoop, planned: List[PlannedCall]) -> List[ToolResult]:
    """Make approved calls. Return the results of all, in their order."""
    ready = [one for one in planned if one.function is not None]
    try:
        await call_all(partial(_call, loop), ready, loop.at_once, loop.deadline)
    finally:
        results = loop.record(planned)
    return results


async def _call(loop: ToolLoop, one: PlannedCall) -> None:
    with loop.begin(one) as call:
        call.value = await value_of(one)


class AsyncStreamingToolRun(AsyncClosing, BaseStreamingToolRun[ParsedT]):
    """The items of a streamed tool run: the updates of all completions, and between two of them the results of calls.

    Iterate over it, best within ``with``. The first request is sent for the first item. An error that ends the run
    carries it: see :meth:`ToolRun.of`.
    """

    _stream: Optional[AsyncStreamingChatCompletions]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Union[StreamingChatCompletionsUpdate, ToolResult]:
        """Return the next update or result. It raises the errors of ``run_tools`` without ``stream``.

        :raises RuntimeError: if the run was closed before its end.
        """
        self._loop.check_open()
        if not self._ended:
            try:
                item = await self._next_item()
            except BaseException as error:
                self._fail(error)
                raise
            if item is not None:
                return item
            self._ended = True
        raise StopAsyncIteration

    async def _next_item(self) -> Union[StreamingChatCompletionsUpdate, ToolResult, None]:
        """Return the next item; None at the end."""
        if not self._begun:
            self._begun = True
            self._planned.extend(await approve(self._loop, self._loop.resume()))
        while not self._results:
            if self._stream is not None:
                async for update in self._stream:
                    return update
                completions = await self._stream.get_final_response()
                self._stream = None
                self._planned.extend(await approve(self._loop, self._loop.take(completions)))
            elif self._planned:
                self._results.extend(await make(self._loop, self._next_calls()))
            elif self._loop.ended:
                return None
            else:
                stream = await self._complete(stream=True, **self._loop.request())
                self._stream = stream.accumulate()
                if self._loop.closed:  # in the meantime
                    await self.aclose()
                    self._loop.check_open()
        return self._results.popleft()

    async def text_deltas(self) -> AsyncIterator[str]:
        """Yield the texts of all completions as they arrive, without empty ones."""
        async for item in self:
            if isinstance(item, StreamingChatCompletionsUpdate) and item.text:
                yield item.text

    async def get_final_run(self) -> ToolRun[ParsedT]:
        """Continue to the end of the run, and return it. Raise the errors of iteration, also one raised before."""
        async for _ in self:
            pass
        return self._final_run()

    async def aclose(self) -> None:
        """Close the open stream, and send and call nothing more. Closing it again does nothing."""
        self._close_loop()
        if self._stream is not None:
            await self._stream.aclose()
