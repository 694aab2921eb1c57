"""The rules of runs over prompts. Nothing here waits."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any, Dict, Generator, List, Mapping, Optional, Sequence, Tuple, cast

from azure.ai.inference._core.operations import CHAT
from azure.ai.inference._json import is_object
from azure.ai.inference._model_base import wrap
from azure.ai.inference.models._models import ChatCompletions
from azure.ai.inference.models._patch import UserMessage
from azure.ai.inference.runs._batches import Job, Request
from azure.ai.inference.runs._refusals import Rules


class ChatRules(Rules):
    """The rules of chat completions, each of which is a job of its own."""

    def problem_of(self, given: Any) -> Optional[Exception]:
        body = _body_of(given)
        if isinstance(given, str) or (body is None and _is_list(given)):
            return None
        if body is None or not _is_list(body.get("messages")):
            return TypeError(f"A prompt must be a text or a list of messages, not {type(given).__name__}.")
        return TypeError("stream is not for many prompts at once.") if body.get("stream") else None

    def argument(self, inputs: List[Any]) -> Any:
        prompt, body = inputs[0], _body_of(inputs[0])
        if body is not None:
            return body["messages"]
        return [UserMessage(prompt)] if isinstance(prompt, str) else prompt

    def _try(self, job: Job, indices: List[int]) -> Generator[Request, Any, Optional[Exception]]:
        return (yield from self._ask(job, indices, _settings_in(_body_of(job.inputs[0]) or {})))

    def read(self, result: Any, count: int) -> Tuple[Any, List[Any]]:
        if not isinstance(result, ChatCompletions):
            raise TypeError(f"The result must be that of complete(), not {type(result).__name__}.")
        return result, [result.as_dict()]

    def read_again(self, contents: List[Any]) -> Any:
        if not is_object(contents[0]):
            raise ValueError("There is no completion.")
        return wrap(ChatCompletions, contents[0])


def _body_of(prompt: Any) -> Optional[Mapping[str, Any]]:
    """Return a prompt that has settings of its own; None for any other."""
    return cast("Mapping[str, Any]", prompt) if isinstance(prompt, MappingABC) else None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def _settings_in(body: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the settings in the body of a request. Its other keys are extras."""
    settings = {name: value for name, value in body.items() if name in CHAT.settings}
    others = {name: value for name, value in body.items() if name not in (*CHAT.settings, "messages", "stream")}
    given: Any = others.pop("model_extras", None) or {}
    extras: Dict[str, Any] = {**given, **others}
    return {**settings, "model_extras": extras} if extras else settings
