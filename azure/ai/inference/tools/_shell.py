"""The synchronous shell of tool runs: it sends the requests and makes the calls of the loop."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Dict, Generic, Iterator, List, Optional, Sequence, Union

from typing_extensions import Self

from azure.ai.inference._core.observe import begin_tool
from azure.ai.inference._streaming import StreamingChatCompletions
from azure.ai.inference.models._models import ChatCompletions, StreamingChatCompletionsUpdate
from azure.ai.inference.tools._calling import AT_ONCE, AWAITS, call_all, value_of, verdict_of
from azure.ai.inference.tools._loop import CLOSED_EARLY, ToolLoop, check_concurrency
from azure.ai.inference.tools._run import Approve, ParsedT, ToolResult, ToolRun
from azure.ai.inference.tools._toolbox import PlannedCall


class ToolCaller:
    """Makes the calls of a tool run.

    :param at_once: the most calls to make at a time; None for all of them.
    """

    def __init__(self, loop: ToolLoop, approve: Optional[Approve], at_once: Optional[int]) -> None:
        self.at_once = at_once
        self._loop = loop
        self._approve = approve

    def approve(self, planned: Sequence[PlannedCall]) -> None:
        """Ask about each call before any is made."""
        for one in planned:
            if self._approve is not None and one.function is not None:
                self._loop.check()
                try:
                    verdict = verdict_of(self._approve(one.context), self._loop.deadline)
                    self._loop.decide(one, verdict)
                except Exception as error:
                    self._loop.fail(one, error)

    def make(self, planned: Sequence[PlannedCall]) -> List[ToolResult]:
        """Make approved calls. Return the results of all, in their order."""
        ready = [one for one in planned if one.function is not None]
        try:
            if ready:
                call_all(self._call, ready, self.at_once, self._loop.deadline)
        finally:
            results = self._loop.record(planned)
        return results

    def _call(self, one: PlannedCall) -> None:
        self._loop.check()
        observer = begin_tool(self._loop.use_of(one), self._loop.options)
        error: Optional[BaseException] = None
        try:
            with observer.current():
                value = value_of(one)
            self._loop.give(one, value)
        except BaseException as caught:
            error = caught
            self._loop.report_error(one, caught)
        finally:
            observer.end(one.content, error)


def run_tools(
    client: Any,
    keywords: Dict[str, Any],
    *,
    stream: Optional[bool],
    approve: Optional[Approve],
    max_concurrency: Optional[int],
    **arguments: Any,
) -> Any:
    """Return a tool run that has ended, or a streamed one that has not begun."""
    check_concurrency(max_concurrency)
    loop = ToolLoop(client._settings, keywords, awaits=AWAITS, **arguments)
    caller = ToolCaller(loop, approve, max_concurrency or AT_ONCE)
    if not stream:
        return run_to_end(client.complete, loop, caller)
    streaming: StreamingToolRun[Any] = StreamingToolRun(client.complete, loop, caller)
    return streaming


def run_to_end(complete: Callable[..., ChatCompletions], loop: ToolLoop, caller: ToolCaller) -> ToolRun[Any]:
    """Carry out a run, and return it. An error that ends the run carries it."""
    try:
        planned = loop.resume()
        while True:
            caller.approve(planned)
            caller.make(planned)
            if loop.ended:
                return loop.run
            planned = loop.take(complete(**loop.request()))
    except BaseException as error:
        loop.carry(error)
        raise


class StreamingToolRun(Generic[ParsedT]):
    """The items of a streamed tool run: the updates of all completions, and between two of them the results of calls.

    Iterate over it, best within ``with``. The first request is sent for the first item. An error that ends the run
    carries it: see :meth:`ToolRun.of`.
    """

    def __init__(self, complete: Callable[..., StreamingChatCompletions], loop: ToolLoop, caller: ToolCaller) -> None:
        self._complete = complete
        self._loop = loop
        self._caller = caller
        self._stream: Optional[StreamingChatCompletions] = None
        self._planned: Deque[PlannedCall] = deque()
        self._results: Deque[ToolResult] = deque()
        self._begun = False
        self._error: Optional[BaseException] = None
        self._ended = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Union[StreamingChatCompletionsUpdate, ToolResult]:
        """Return the next update or result. It raises the errors of ``run_tools`` without ``stream``.

        :raises RuntimeError: if the run was closed before its end.
        """
        self._loop.check_open()
        item = None
        if not self._ended:
            try:
                item = self._next_item()
            except BaseException as error:
                self._ended, self._error = True, error
                self._loop.carry(error)
                raise
        if item is None:
            self._ended = True
            raise StopIteration
        return item

    def _next_item(self) -> Union[StreamingChatCompletionsUpdate, ToolResult, None]:
        """Return the next item; None at the end."""
        if not self._begun:
            self._begun = True
            self._plan(self._loop.resume())
        while not self._results:
            if self._stream is not None:
                for update in self._stream:
                    return update
                completions = self._stream.get_final_response()
                self._stream = None
                self._plan(self._loop.take(completions))
            elif self._planned:
                at_once = 1 if self._caller.at_once == 1 else len(self._planned)
                batch = [self._planned.popleft() for _ in range(at_once)]
                self._results.extend(self._caller.make(batch))
            elif self._loop.ended:
                return None
            else:
                stream = self._complete(stream=True, **self._loop.request())
                self._stream = stream.accumulate()
                if self._loop.closed:  # in the meantime
                    self.close()
                    self._loop.check_open()
        return self._results.popleft()

    def _plan(self, planned: List[PlannedCall]) -> None:
        self._caller.approve(planned)
        self._planned.extend(planned)

    def text_deltas(self) -> Iterator[str]:
        """Yield the texts of all completions as they arrive, without empty ones."""
        for item in self:
            if isinstance(item, StreamingChatCompletionsUpdate) and item.text:
                yield item.text

    def get_final_run(self) -> ToolRun[ParsedT]:
        """Continue to the end of the run, and return it. Raise the errors of iteration, also one raised before."""
        for _ in self:
            pass
        if self._error is not None:
            raise self._error if isinstance(self._error, Exception) else RuntimeError(CLOSED_EARLY)
        return self.run

    @property
    def run(self) -> ToolRun[ParsedT]:
        """The run, as far as it got."""
        return self._loop.run

    def close(self) -> None:
        """Close the open stream, and send and call nothing more. Closing it again does nothing."""
        self._loop.closed = self._loop.closed or not self._ended
        if self._stream is not None:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        self.close()
