"""Numbers of other libraries in JSON: scalars of arrays, and decimals with all their digits."""

from __future__ import annotations

import re
from typing import Any, List
from uuid import uuid4


def plain_number(value: Any) -> Any:
    """Return a number as one of Python's own; None for anything that is no number."""
    from decimal import Decimal  # importing it takes a millisecond

    if isinstance(value, Decimal):
        return float(value)
    is_scalar = getattr(value, "ndim", None) == 0 and hasattr(value, "item")  # of NumPy, or of what follows it
    return value.item() if is_scalar else None


def is_exact(value: Any, plain: Any) -> bool:
    """Return whether a plain number is the number that it stands for, or that one is not finite."""
    from decimal import Decimal

    return not isinstance(value, Decimal) or not value.is_finite() or Decimal(repr(plain)) == value


class Digits:
    """The digits of decimals, for which texts stand until the rest of the JSON is encoded."""

    def __init__(self) -> None:
        self._mark = uuid4().hex  # the caller's texts cannot guess it
        self._digits: List[str] = []

    def keep(self, value: Any) -> str:
        """Return the text that stands for a decimal."""
        self._digits.append(str(value))
        return f"{self._mark}{len(self._digits) - 1}"

    def restore(self, text: str) -> str:
        """Return a JSON text with the digits in place of what stands for them."""
        return re.sub(f'"{self._mark}([0-9]+)"', lambda found: self._digits[int(found[1])], text)
