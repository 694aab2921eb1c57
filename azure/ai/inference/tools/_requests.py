"""The keywords of each request of a tool run. No I/O."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence

from azure.ai.inference._core.body import UNSET, without_tools
from azure.ai.inference._core.hiding import hide

#: Keywords of `complete` that would replace what a run sends or gets.
_REFUSED = {
    "body": "pass messages and settings by name",
    "cls": "it would replace the responses that the run needs",
}
_UNFORCED = (None, UNSET, "none", "auto")


class Requests:
    """The keywords that the requests of a run share, and those that change from round to round.

    :param defaults: the settings of the client.
    :param keywords: settings and options of the run.
    :param fixed: arguments of the run that are settings, too: the tools, which replace the client's, and others, for
        which None stands for the client's.
    :raises TypeError: for a keyword that a run cannot honor.
    :raises ValueError: if more than one choice is requested.
    """

    def __init__(self, defaults: Mapping[str, Any], keywords: Dict[str, Any], **fixed: Any) -> None:
        for name, reason in _REFUSED.items():
            if name in keywords:
                raise TypeError(f"run_tools() takes no {name}: {reason}.")
        self._keywords = {**hide(keywords), **_given(fixed)}
        if not self._keywords["tools"]:
            self._keywords = without_tools(self._keywords, defaults)
        self._extras: Mapping[str, Any] = keywords.get("model_extras") or defaults.get("model_extras") or {}
        self._sent = {**defaults, **_given(self._keywords), **self._extras}
        if self._sent.get("n") not in (None, 1):
            raise ValueError(f"A tool run follows one choice: n must be 1, not {self._sent['n']}.")

    def keywords(self, messages: Sequence[Any], made: int) -> Dict[str, Any]:
        """Return the keywords of the next request.

        :param made: the number of earlier requests. A forced choice of tools applies to the first only.
        """
        keywords = {**self._keywords, "messages": [*messages]}
        if made and self._sent.get("tool_choice") not in _UNFORCED:
            if "tool_choice" in self._extras:
                keywords["model_extras"] = {**self._extras, "tool_choice": "auto"}
            else:
                keywords["tool_choice"] = "auto"
        return keywords


def _given(keywords: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in keywords.items() if value is not None}
