"""JSON that is nested more deeply than Python calls functions: copied, compared and shown without recursion."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Set, Tuple, cast

from azure.ai.inference._json import is_array, is_object


def copy(value: Any, opened: Callable[[Any], Any]) -> Any:
    """Return a value as plain dictionaries, lists and scalars.

    :param opened: returns the JSON object of a model, and the JSON form of a scalar.
    :raises ValueError: if it contains itself.
    """
    holder: List[Any] = [value]
    stack: List[Tuple[Any, Any]] = [(holder, 0)]
    path: Set[int] = set()
    while stack:
        target, key = stack.pop()
        if target is None:
            path.remove(key)
            continue
        value = target[key]
        content: Any = opened(value)
        if not isinstance(content, (dict, list, tuple)):
            target[key] = content
            continue
        places: Any = content if is_object(content) else range(len(cast(Any, content)))
        target[key] = dict(content) if is_object(content) else [*cast(Any, content)]
        if id(value) in path:
            raise ValueError("Circular reference detected")
        path.add(id(value))
        stack.append((None, id(value)))
        stack.extend((target[key], place) for place in places)
    return holder[0]


def are_equal(one: Any, other: Any) -> bool:
    """Return whether two values of plain dictionaries, lists and scalars are equal."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if is_object(left) and is_object(right):
            if left.keys() != right.keys():
                return False
            pairs.extend((value, right[key]) for key, value in left.items())
        elif is_array(left) and is_array(right):
            if len(left) != len(right):
                return False
            pairs.extend(zip(left, right))
        elif left is not right and left != right:
            return False
    return True


def show(value: Any, scalar: Callable[[Any], str], indent: Optional[int] = None) -> str:
    """Return the text of a value of plain dictionaries, lists and scalars.

    :param scalar: returns the text of a scalar or key.
    :param indent: the spaces to indent each level by, as for ``json.dumps``; None for a single line.
    """
    parts: List[str] = []
    stack: List[Tuple[Any, int]] = [(value, 0)]  # a negative depth marks a text that is ready
    while stack:
        value, depth = stack.pop()
        if depth < 0:
            parts.append(value)
        elif is_object(value) and value:
            _push(stack, "{}", [(f"{scalar(key)}: ", item) for key, item in value.items()], depth, indent)
        elif is_array(value) and value:
            _push(stack, "[]", [("", item) for item in value], depth, indent)
        else:
            parts.append(scalar(value))
    return "".join(parts)


def _push(
    stack: List[Tuple[Any, int]], ends: str, items: List[Tuple[str, Any]], depth: int, indent: Optional[int]
) -> None:
    """Push the parts of an object or array, the last first."""
    inner, outer = ("", "") if indent is None else ("\n" + " " * indent * d for d in (depth + 1, depth))
    between = ", " if indent is None else f",{inner}"
    stack.append((outer + ends[1], -1))
    for number, (key, item) in reversed(list(enumerate(items))):
        stack.append((item, depth + 1))
        stack.append(((between if number else ends[0] + inner) + key, -1))
