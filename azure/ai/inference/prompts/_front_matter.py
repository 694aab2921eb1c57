"""Parsing of a Prompty file's front matter. The only module of the package that needs PyYAML."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable

import yaml

from ._limits import check_expansion, check_size


class _Loader(yaml.SafeLoader):
    """A loader of plain data that passes every string through `resolve` and rejects data that contains itself."""

    def __init__(self, text: str, resolve: Callable[[str], Any]) -> None:
        super().__init__(text)
        self.resolve_reference = resolve

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        parent: Any = super()  # untyped in PyYAML's stubs
        try:
            return parent.construct_object(node, deep=deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


def _construct_text(loader: _Loader, node: yaml.ScalarNode) -> Any:
    return loader.resolve_reference(node.value)


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> Dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:str", _construct_text)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def _load(loader: Any, source: str) -> Any:  # Any: untyped in PyYAML's stubs
    """Return the data of a document. Raise ValueError if its aliases expand to too much, before they do."""
    node = loader.get_single_node()
    if node is None:
        return None
    try:
        check_expansion(node, _nodes_in, _length_of)
        data = loader.construct_document(node)
        check_size(data)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    return data


def _nodes_in(node: Any) -> Iterable[Any]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def _length_of(node: Any) -> int:
    return len(node.value) + 1 if isinstance(node, yaml.ScalarNode) else 1


def read_yaml(text: str, resolve: Callable[[str], Any], source: str, first_line: int) -> Any:
    """Parse YAML that starts at line `first_line` of `source`, with `resolve` applied to its strings.

    Raise ValueError with the line and the problem, but without the surrounding text, which may be a secret.
    """
    try:
        return _load(_Loader(text, resolve), source)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise ValueError(f"{source}, line {line}: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        raise ValueError(
            f"{source}, line {line}: the character U+{ord(text[error.position]):04X} is not allowed"
        ) from None
    except RecursionError:
        raise ValueError(f"{source}: the front matter is nested too deeply") from None
