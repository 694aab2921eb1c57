"""The progress of a run: a bar of tqdm, which is imported on demand, or a function of the caller's."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional

from azure.ai.inference.runs._window import RunProgress

_NO_TQDM = "progress=True needs tqdm: pip install azure-ai-inference[progress]"


class Report:
    """Reports the progress of a run to a function."""

    def __init__(self, function: Callable[[RunProgress], object]) -> None:
        self._function = function

    def __call__(self, progress: RunProgress) -> None:
        self._function(progress)

    def close(self) -> None:
        """Note that the run has ended."""


class Bar(Report):
    """Shows the progress of a run as a bar on stderr, starting with the first report.

    :raises ImportError: if tqdm is not installed.
    """

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "tqdm":
                raise
            raise ImportError(_NO_TQDM, name="tqdm") from error
        self._make: Any = tqdm
        self._bar: Any = None
        super().__init__(self._show)

    def _show(self, progress: RunProgress) -> None:
        if self._bar is None:
            self._bar = self._make(total=progress.total, unit="input", file=sys.stderr)
        if progress.failed or progress.tokens:
            self._bar.set_postfix({"failed": progress.failed, "tokens": progress.tokens}, refresh=False)
        self._bar.update(progress.done + progress.failed - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def report_to(progress: Any) -> Optional[Report]:
    """Return the report to a bar for True, or to a function; None for False.

    :raises TypeError: for anything else.
    :raises ImportError: for True, if tqdm is not installed.
    """
    if progress is True:
        return Bar()
    if callable(progress):
        return Report(progress)
    if progress is not False and progress is not None:
        raise TypeError(f"progress must be True, False or a function, not {type(progress).__name__}")
    return None
