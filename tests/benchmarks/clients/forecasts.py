"""The class that is parsed, for pydantic."""

from __future__ import annotations

from typing import List

from pydantic import BaseModel


class Day(BaseModel):
    """A day of a forecast."""

    day: str
    sky: str
    high: float
    low: int


class Forecast(BaseModel):
    """A forecast for a city."""

    city: str
    days: List[Day]
    note: str
