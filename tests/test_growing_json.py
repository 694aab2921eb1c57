"""The JSON value of a text that arrives in chunks."""

from __future__ import annotations

import json
import sys
from typing import Any, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.ai.inference._growing_json import GrowingJson


def grow(*chunks: str) -> List[Any]:
    """Return the value after each chunk that changed it, as copies."""
    growing = GrowingJson()
    return [json.loads(json.dumps(growing.value)) for chunk in chunks if growing.feed(chunk)]


@pytest.mark.parametrize(
    ("chunks", "values"),
    [
        (['{"a": "b', "c", '"}'], [{"a": "b"}, {"a": "bc"}]),
        (
            ["{", '"a"', ":", ' "', "b", '", "c": [', "1", "2", ", nul", "l", "]", "}"],
            [{}, {"a": ""}, {"a": "b"}, {"a": "b", "c": []}, {"a": "b", "c": [12]}, {"a": "b", "c": [12, None]}],
        ),
        (["[1.5e", "3, -0.25,nul", "l]"], [[], [1500.0, -0.25], [1500.0, -0.25, None]]),
        (['["a\\', "n\\u00", "e4\\ud83d\\ude0", '0"]'], [["a"], ["a\n"], ["a\nä"], ["a\nä\U0001f600"]]),
        (['["\\ud83d', "\\n", '"]'], [[""], ["\ud83d\n"]]),
        (['["\\ud83d', '"]'], [[""], ["\ud83d"]]),
        (['{"k\\u00e', '4": {"', 'x": [[', "]]}}"], [{}, {"kä": {}}, {"kä": {"x": [[]]}}]),
        (['"ab', 'c"'], ["ab", "abc"]),
        (["  ", "12", "3 "], [123]),
        (["12"], []),
        (['{"a": 1, "a": [', "]}"], [{"a": []}]),
        (['{"a": [], "b": {}}', " "], [{"a": [], "b": {}}]),
        ([" [ ] ", "[1]"], [[]]),
        (["[", " ", "1, ", " ", "2 ]"], [[], [1], [1, 2]]),
        (["NaN", "x"], []),
    ],
)
def test_growth(chunks: List[str], values: List[Any]) -> None:
    """Strings grow, other scalars appear when they are complete, and escapes are never cut."""
    assert grow(*chunks) == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no JSON", None),
        ("<think>", None),
        ('{"a": 1, b: 2}', {"a": 1}),
        ('{"a" 1}', {}),
        ('{"a": 1 "b": 2}', {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ("[1,]", [1]),
        ("[1, 2} 3", [1, 2]),
        ('{"a": 1] 3', {"a": 1}),
        ('["a\\x", "b"]', ["a"]),
        ('["a\\u12x4", "b"]', ["a"]),
        ('["a\nb", "c"]', ["a"]),
        ("[truth, 1]", []),
        ("[1 2]", [1]),
        ("[01]", []),
        ('[1], "a"', [1]),
        ("[" + "9" * 5000 + ",1]", [] if hasattr(sys, "get_int_max_str_digits") else [10**5000 - 1, 1]),
        ("[x" + "[" * 100_000 + ",1]", []),
    ],
)
def test_malformed_text(text: str, value: Any) -> None:
    """At an error the value stops growing, and nothing is raised, wherever the text is cut."""
    whole, cut = GrowingJson(), GrowingJson()
    whole.feed(text)
    for character in text[:200]:
        cut.feed(character)
    cut.feed(text[200:])
    assert (whole.value, cut.value) == (value, value)
    assert not whole.feed('"more"]}')


def test_containers_stay_the_same() -> None:
    """The containers of a value grow, so that a program may hold on to them."""
    growing = GrowingJson()
    growing.feed('{"items": [{"name": "a')
    root, item = growing.value, growing.value["items"][0]
    growing.feed('b"}, {}')
    assert growing.value is root
    assert root["items"][0] is item
    assert root == {"items": [{"name": "ab"}, {}]}


def test_values_that_a_program_takes_out() -> None:
    """A program that takes out what is not complete stops the growth."""
    growing = GrowingJson()
    growing.feed('["a')
    growing.value.clear()
    assert not growing.feed('b", 1]')
    assert growing.value == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=15,
)


@given(JSON, st.booleans(), st.lists(st.integers(0, 400), max_size=12))
def test_any_json_cut_anywhere(value: Any, is_ascii: bool, cuts: List[int]) -> None:
    """However a text is cut, its value is the value in the end, and on the way what the text so far says."""
    text = json.dumps(value, ensure_ascii=is_ascii) + " "
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    growing = GrowingJson()
    for start, end in zip(places, places[1:]):
        before = json.dumps(growing.value)
        changed = growing.feed(text[start:end])
        at_once = GrowingJson()
        at_once.feed(text[:end])
        assert growing.value == at_once.value
        assert changed or json.dumps(growing.value) == before
    assert growing.value == value


@given(st.text(alphabet='{}[]",:\\u0dD8eE1-. \ntrufalsn'))
def test_any_text(text: str) -> None:
    """No text raises an error."""
    growing = GrowingJson()
    for character in text:
        growing.feed(character)
    try:
        value = json.loads(text + " ")
    except ValueError:
        return
    growing.feed(" ")
    assert growing.value == value


def test_cost() -> None:
    """20,000 chunks cost twice as much as 10,000: nothing begins from the start at each chunk."""

    def cost(chunks: int) -> int:
        count, growing = 0, GrowingJson()

        def watch(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += 1

        sys.setprofile(watch)
        try:
            growing.feed('{"a": [{"b": "')
            for _ in range(chunks):
                growing.feed('x", "c": [1, "\\u00e4 ')
                growing.feed('"]}, {"b": "')
        finally:
            sys.setprofile(None)
        assert len(growing.value["a"]) == chunks + 1
        return count

    assert cost(10_000) < cost(5_000) * 2.2
