"""Docstrings in the styles of Sphinx, Google and NumPy: their text, and the descriptions of their parameters."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference._schemas.docstrings import Docstring, read_docstring

SPHINX = """Return the weather of a city.

    Ask for one city at a time, see :class:`City`.

    :param city: the name of the city,
        in English
    :param int days: the number
      of days
    :param Dict[str, int] extras: more
    :keyword \\*\\*others: ignored
    :arg empty:
    :type city: str
    :returns: the weather
        of the days
    :rtype: str
    :raises ValueError: if there
        is no such city

    It is a forecast.
    """

GOOGLE = """Return the weather of a city.

    Ask for one city at a time: see City.

    Args:
        city: the name of the city,
            in English
        days (int, optional): the number
            of days: up to (7): or so
        extras (Dict[str, Callable[[int], int]]): more

            and more
        **others: ignored
        no entry at all

    Note:
        It is a forecast.

    Returns:
        str: the weather
    Raises:
        ValueError: if there is no such city
    Examples::

        city: Paris

    Keyword Args:
        unit: C or F
    """

NUMPY = """Return the weather of a city.

    Ask for one city at a time.

    Parameters
    ----------
    city : str
        the name of the city,
        in English
    days : int, optional
        the number of days

        up to 7
    low, high : float
        a limit
    **others
        ignored
    bare

    Returns
    -------
    str
        the weather

    Notes
    -----
    It is a forecast.

    Examples
    --------
    >>> weather("Paris")
    'sun'

    Other Parameters
    ----------------
    unit
        C or F
    """


@pytest.mark.parametrize(
    ("docstring", "text", "parameters"),
    [
        pytest.param(
            SPHINX,
            "Return the weather of a city.\n\nAsk for one city at a time, see :class:`City`.\n\nIt is a forecast.",
            {
                "city": "the name of the city, in English",
                "days": "the number of days",
                "extras": "more",
                "others": "ignored",
            },
            id="Sphinx",
        ),
        pytest.param(
            GOOGLE,
            "Return the weather of a city.\n\nAsk for one city at a time: see City.\n\nNote:\n    It is a forecast.",
            {
                "city": "the name of the city, in English",
                "days": "the number of days: up to (7): or so",
                "extras": "more and more",
                "others": "ignored no entry at all",
                "unit": "C or F",
            },
            id="Google",
        ),
        pytest.param(
            NUMPY,
            "Return the weather of a city.\n\nAsk for one city at a time.\n\nNotes\n-----\nIt is a forecast.",
            {
                "city": "the name of the city, in English",
                "days": "the number of days up to 7",
                "low": "a limit",
                "high": "a limit",
                "others": "ignored",
                "unit": "C or F",
            },
            id="NumPy",
        ),
        pytest.param("A point.\n\n    Attributes:\n        x: across\n", "A point.", {"x": "across"}, id="of a class"),
        pytest.param("One line.", "One line.", {}, id="text alone"),
        pytest.param(":param x: 1\n:param x: 2", "", {"x": "1"}, id="twice"),
        pytest.param("Args:\nx: not indented", "Args:\nx: not indented", {}, id="no section of Google's"),
        pytest.param("Args:", "Args:", {}, id="an empty section"),
        pytest.param("Returns the sum: fast", "Returns the sum: fast", {}, id="a sentence"),
        pytest.param("Arguments\n---", "", {}, id="an empty section of NumPy's"),
        pytest.param(":param: x", ":param: x", {}, id="a field without a name"),
        pytest.param("", "", {}, id="empty"),
        pytest.param(None, "", {}, id="none"),
        pytest.param(7, "", {}, id="no text"),
    ],
)
def test_text_and_parameters(docstring: Any, text: str, parameters: Dict[str, str]) -> None:
    """The text is without parameters, return values, errors and examples; continuation lines are joined."""
    assert read_docstring(docstring) == Docstring(text, parameters)


LINES = st.sampled_from(
    "Args:|Returns:|Parameters|---|    x: y|  x : int|:param x: y|:returns:|  more|text|x|x (|:param|Example::|".split(
        "|"
    )
)


@given(st.one_of(st.text(), st.lists(LINES).map("\n".join)))
def test_nothing_is_an_error(docstring: str) -> None:
    """A docstring in no known style raises nothing, and no description is empty."""
    read = read_docstring(docstring)

    assert all(description.strip() == description != "" for description in read.parameters.values())
