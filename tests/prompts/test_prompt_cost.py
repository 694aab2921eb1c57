"""Rendering takes time proportional to the size of templates and data, whatever their content.

The limit is far above the time needed (well under a second for the largest input), and far below what quadratic time
would cost for any of these texts: minutes to years.
"""

from __future__ import annotations

import time
from typing import Dict

import pytest

from azure.ai.inference.prompts import PromptTemplate

LIMIT = 10.0
MEGABYTE = 1 << 20
QUARTER = MEGABYTE // 4


def fill(pattern: str, size: int) -> str:
    return pattern * (size // len(pattern))


TEXTS: Dict[str, str] = {
    "spaces": fill(" ", MEGABYTE),
    "spaces between text": "a" + fill(" ", MEGABYTE) + "b",
    "line ends": "a" + fill("\n", QUARTER) + "b",
    "open braces": fill("{", MEGABYTE),
    "closed braces": fill("}", MEGABYTE),
    "open tags with spaces": "{{" + fill(" ", QUARTER),
    "role lines": fill("system:\n", MEGABYTE),
    "role lines with text": fill("system:\nx\n", QUARTER),
    "roles with spaces": fill("user" + " " * 1000 + "\n", QUARTER),
    "a role and spaces": "user" + fill(" ", QUARTER) + "x",
    "a colon and spaces": "user:" + fill(" ", QUARTER) + "x",
    "number signs": fill("#\n# ", QUARTER),
    "image starts": fill("![", QUARTER),
    "images without an end": fill("![](", QUARTER),
    "images with titles without an end": fill("![](a \"'", QUARTER),
    "images in images": fill("![](![](x)", QUARTER),
    "links with parentheses": "![](" + fill("(a)", QUARTER),
    "an image and spaces": "![](a" + fill(" ", QUARTER),
    "the mark of values": fill("\0", QUARTER),
}


def seconds_for(template: str, value: str) -> float:
    start = time.process_time()
    try:
        PromptTemplate.from_string(template).create_messages(x=value)
    except ValueError:
        pass  # a malformed template must be rejected in time, too
    return time.process_time() - start


@pytest.mark.parametrize("name", TEXTS)
def test_time_for_a_template(name: str) -> None:
    """A template renders, or is rejected, in time proportional to its size."""
    assert seconds_for(TEXTS[name], "") < LIMIT


@pytest.mark.parametrize("name", TEXTS)
def test_time_for_a_value(name: str) -> None:
    """A value renders in time proportional to its size, whatever its text."""
    assert seconds_for("user:\n{{x}}\n![{{x}}]({{x}})\n{{x}}:\nend", TEXTS[name]) < LIMIT


@pytest.mark.parametrize(
    "pattern",
    [
        "{{x}}",
        "{{x.x.x}}",
        "{{#x}} {{/x}}\n",
        "{{^x}}{{/x}}",
        "  {{! x }}  \n",
        "{{!x}} ",
        "{{>x}}",
        "{{=<% %>=}}<%={{ }}=%>",
    ],
)
def test_time_for_many_tags(pattern: str) -> None:
    """A template renders in time proportional to the number of its tags."""
    assert seconds_for(fill(pattern, QUARTER), "text") < LIMIT


def test_time_for_nested_sections() -> None:
    """Deeply nested sections, and names with many parts, take time proportional to their size."""
    depth = QUARTER // 12

    assert seconds_for("{{#y}}" * depth + "{{/y}}" * depth, "") < LIMIT
    assert seconds_for("{{" + "x." * QUARTER + "x}}", "") < LIMIT
