"""What both shells of streamed tool runs share: how far the run is, and how it ends. Nothing here waits."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Generic, List, Optional

from azure.ai.inference.tools._loop import CLOSED_EARLY, ToolLoop
from azure.ai.inference.tools._run import ParsedT, ToolResult, ToolRun
from azure.ai.inference.tools._toolbox import PlannedCall


class BaseStreamingToolRun(Generic[ParsedT]):
    """The state of both streamed tool runs."""

    def __init__(self, complete: Callable[..., Any], loop: ToolLoop) -> None:
        self._complete = complete
        self._loop = loop
        self._stream: Any = None
        self._planned: Deque[PlannedCall] = deque()
        self._results: Deque[ToolResult] = deque()
        self._begun = False
        self._error: Optional[BaseException] = None
        self._ended = False

    @property
    def run(self) -> ToolRun[ParsedT]:
        """The run, as far as it got."""
        return self._loop.run

    def _next_calls(self) -> List[PlannedCall]:
        """Remove and return the calls to make before the next item."""
        at_once = 1 if self._loop.at_once == 1 else len(self._planned)
        return [self._planned.popleft() for _ in range(at_once)]

    def _fail(self, error: BaseException) -> None:
        """Note the error that ends the run."""
        self._ended, self._error = True, error
        self._loop.carry(error)

    def _final_run(self) -> ToolRun[ParsedT]:
        """Return the run, or raise the error that ended it."""
        if self._error is not None:
            raise self._error if isinstance(self._error, Exception) else RuntimeError(CLOSED_EARLY)
        return self.run

    def _close_loop(self) -> None:
        """Send and call nothing more."""
        self._loop.closed = self._loop.closed or not self._ended
