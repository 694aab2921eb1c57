"""The parts of updates that streams iterate over: the next text of one choice, or its JSON value so far."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from azure.ai.inference._growing_json import GrowingJson
from azure.ai.inference._model_base import unwrap
from azure.ai.inference.models._models import StreamingChatCompletionsUpdate
from azure.ai.inference.models._texts import update_text

if TYPE_CHECKING:
    from azure.ai.inference._core.accumulate import Accumulator

PartT = TypeVar("PartT")


class Part(Generic[PartT]):
    """A part of the updates of one choice."""

    value: PartT

    def __init__(self, choice_index: int) -> None:
        self._choice_index = choice_index

    @abstractmethod
    def changes(self, update: StreamingChatCompletionsUpdate) -> bool:
        """Return whether the update has a value for the loop."""


class Text(Part[str]):
    """The next text, if it is not empty."""

    def changes(self, update: StreamingChatCompletionsUpdate) -> bool:
        self.value = update_text(unwrap(update), self._choice_index)
        return bool(self.value)


class Json(Part[Any]):
    """The JSON value so far, if it has changed. It includes the texts that something else has read from the stream."""

    def __init__(self, choice_index: int, accumulator: Accumulator) -> None:
        super().__init__(choice_index)
        self._texts = accumulator.follow(choice_index)
        self._growing = GrowingJson()
        self._fed = 0

    def changes(self, update: StreamingChatCompletionsUpdate) -> bool:
        del update  # it has been accumulated
        changed = [self._growing.feed(text) for text in self._texts[self._fed :]]
        self._fed = len(self._texts)
        self.value = self._growing.value
        return any(changed)
