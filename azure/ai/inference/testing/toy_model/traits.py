"""The names of models that behave differently, on every route."""

from __future__ import annotations

from typing import NamedTuple


class Traits(NamedTuple):
    """The behavior of a model."""

    reasoning_field: bool = False
    """Whether it writes its reasoning to `reasoning_content`."""
    reasoning_tags: bool = False
    """Whether it writes its reasoning ahead of the content, within `<think>` and `</think>`."""
    hidden_reasoning: bool = False
    """Whether it only counts the tokens of its reasoning, and supports neither `max_tokens` nor other temperatures."""
    detailed: bool = False
    """Whether its completions have every field that services send today."""

    @property
    def reasons(self) -> bool:
        """Whether it reasons in any way."""
        return self.counts_reasoning or self.reasoning_tags

    @property
    def counts_reasoning(self) -> bool:
        """Whether `usage` counts the tokens of its reasoning."""
        return self.reasoning_field or self.hidden_reasoning


_TRAITS = {
    "local-detailed": Traits(detailed=True),
    "local-reasoner": Traits(reasoning_field=True),
    "local-silent-reasoner": Traits(hidden_reasoning=True),
    "local-thinker": Traits(reasoning_tags=True),
}


def traits_of(model: object) -> Traits:
    """Return the traits of the model with this name: none for most."""
    return _TRAITS.get(model, Traits()) if isinstance(model, str) else Traits()
