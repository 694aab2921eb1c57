"""The synchronous shell of tool runs: it sends the requests and makes the calls of the loop."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterator, List, Optional, Union

from typing_extensions import Self

from azure.ai.inference._streaming import Closing, StreamingChatCompletions
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate
from azure.ai.inference.tools._calling import AT_ONCE, AWAITS, call_all, value_of, verdict_of
from azure.ai.inference.tools._loop import ToolLoop, ToolRunArguments
from azure.ai.inference.tools._run import ParsedT, ToolResult, ToolRun
from azure.ai.inference.tools._streamed import BaseStreamingToolRun
from azure.ai.inference.tools._toolbox import PlannedCall


def run_tools(
    client: Any, keywords: Any, arguments: ToolRunArguments, *, stream: Optional[bool]
) -> Union[ToolRun[Any], StreamingToolRun[Any]]:
    """Return a tool run that has ended, or a streamed one that has not begun."""
    loop = ToolLoop(client._settings, keywords, arguments, awaits=AWAITS, at_once=AT_ONCE)
    return StreamingToolRun(client.complete, loop) if stream else run_to_end(client.complete, loop)


def run_to_end(complete: Callable[..., ChatCompletions], loop: ToolLoop) -> ToolRun[Any]:
    """Carry out a run, and return it. An error that ends the run carries it."""
    with loop:
        planned = loop.resume()
        while True:
            make(loop, approve(loop, planned))
            if loop.ended:
                return loop.run
            planned = loop.take(complete(**loop.request()))


def approve(loop: ToolLoop, planned: List[PlannedCall]) -> List[PlannedCall]:
    """Ask about each call before any is made. Return the calls."""
    for one in loop.to_approve(planned):
        try:
            loop.decide(one, verdict_of(loop.ask(one), loop.deadline))
        except Exception as error:
            loop.fail(one, error)
    return planned


def make(loop: ToolLoop, planned: List[PlannedCall]) -> List[ToolResult]:
    """Make approved calls. Return the results of all, in their order."""
    ready = [one for one in planned if one.function is not None]
    try:
        call_all(partial(_call, loop), ready, loop.at_once, loop.deadline)
    finally:
        results = loop.record(planned)
    return results


def _call(loop: ToolLoop, one: PlannedCall) -> None:
    with loop.begin(one) as call:
        call.value = value_of(one)


class StreamingToolRun(Closing, BaseStreamingToolRun[ParsedT]):
    """The items of a streamed tool run: the updates of all completions, and between two of them the results of calls.

    Iterate over it, best within ``with``. The first request is sent for the first item. An error that ends the run
    carries it: see :meth:`ToolRun.of`.
    """

    _stream: Optional[StreamingChatCompletions]

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Union[StreamingChatCompletionsUpdate, ToolResult]:
        """Return the next update or result. It raises the errors of ``run_tools`` without ``stream``.

        :raises RuntimeError: if the run was closed before its end.
        """
        self._loop.check_open()
        if not self._ended:
            try:
                item = self._next_item()
            except BaseException as error:
                self._fail(error)
                raise
            if item is not None:
                return item
            self._ended = True
        raise StopIteration

    def _next_item(self) -> Union[StreamingChatCompletionsUpdate, ToolResult, None]:
        """Return the next item; None at the end."""
        if not self._begun:
            self._begun = True
            self._planned.extend(approve(self._loop, self._loop.resume()))
        while not self._results:
            if self._stream is not None:
                for update in self._stream:
                    return update
                completions = self._stream.get_final_response()
                self._stream = None
                self._planned.extend(approve(self._loop, self._loop.take(completions)))
            elif self._planned:
                self._results.extend(make(self._loop, self._next_calls()))
            elif self._loop.ended:
                return None
            else:
                stream = self._complete(stream=True, **self._loop.request())
                self._stream = stream.accumulate()
                if self._loop.closed:  # in the meantime
                    self.close()
                    self._loop.check_open()
        return self._results.popleft()

    def text_deltas(self) -> Iterator[str]:
        """Yield the texts of all completions as they arrive, without empty ones."""
        for item in self:
            if isinstance(item, StreamingChatCompletionsUpdate) and item.text:
                yield item.text

    def get_final_run(self) -> ToolRun[ParsedT]:
        """Continue to the end of the run, and return it. Raise the errors of iteration, also one raised before."""
        for _ in self:
            pass
        return self._final_run()

    def close(self) -> None:
        """Close the open stream, and send and call nothing more. Closing it again does nothing."""
        self._close_loop()
        if self._stream is not None:
            self._stream.close()
