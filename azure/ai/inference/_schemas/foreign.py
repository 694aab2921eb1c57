"""The types of pydantic, which has its own schemas and validation.

pydantic is imported only for a type of its own.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, cast

from azure.ai.inference._schemas.shapes import MisfitError, Seen, Shape

_MODULES = ("annotated_types", "pydantic", "pydantic_core")


class Foreign(Shape):
    """Values that pydantic validates.

    :param validate: returns the Python value of a JSON text.
    """

    def __init__(self, schema: Dict[str, Any], validate: Callable[[str], Any], label: str) -> None:
        super().__init__(schema)
        self.validate = validate
        self._label = label

    @property
    def label(self) -> str:
        """The name for messages."""
        return self._label

    def read(self, value: Any, seen: Seen) -> Any:
        """Return the Python value of a JSON value."""
        del seen
        text = json.dumps(value)  # as text, so that strict models accept dates
        try:
            return self.validate(text)
        except ValueError as error:
            raise misfit_of(error) from error


def misfit_of(error: ValueError) -> MisfitError:
    """Return the first fault that pydantic found."""
    try:
        first: Mapping[str, Any] = cast(Any, error).errors()[0]
        reason, steps = str(first["msg"]), cast("Sequence[Any]", first["loc"])
    except (AttributeError, LookupError, TypeError):
        return MisfitError(str(error), origin=error)
    misfit = MisfitError(reason, origin=error)
    for step in reversed(steps):
        misfit.put_into(f"[{step}]" if isinstance(step, int) else str(step))
    return misfit


def is_of_pydantic(metadata: Sequence[Any]) -> bool:
    """Return whether an annotation has a part that only pydantic understands."""
    return any(type(item).__module__.partition(".")[0] in _MODULES for item in metadata)


def adapter_of(type_: Any) -> Optional[Any]:
    """Return pydantic's adapter for a type; None if pydantic is not installed."""
    try:
        from pydantic import TypeAdapter
    except ImportError:
        return None
    return TypeAdapter(type_)
