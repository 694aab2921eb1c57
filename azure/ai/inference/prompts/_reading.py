"""Parsing of Prompty files: front matter, references to variables and files, base prompts, ``prompty.json``."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Optional, Set, Tuple, Type, TypeVar

from ._files import FileAccess
from ._front_matter import read_yaml
from ._limits import Reader, check_size
from ._prompty import ModelSettings, Prompty, PropertySettings, TemplateSettings
from ._utils import is_list, is_mapping

_Settings = TypeVar("_Settings", Prompty, ModelSettings, PropertySettings, TemplateSettings)

_FENCE = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)


def read_prompty(
    file: Path, allowed_folders: Iterable[Path], derived: Tuple[Path, ...] = (), reader: Optional[Reader] = None
) -> Prompty:
    """Read a Prompty file and everything it refers to. `derived` are the files based on it, directly or indirectly.

    Raise ValueError with the file and the problem, or FileNotFoundError if a file does not exist.
    """
    if file.resolve() in derived:
        raise ValueError(f"{file}: its `base` refers back to itself")
    access = FileAccess(file, allowed_folders)
    reader = reader or Reader()
    references = _References(access, reader)
    text = reader.read(file)
    start, end, content_start = _find_front_matter(text, file)
    front_matter = read_yaml(text[start:end], references.resolve, str(file), _line(text, start))
    prompty = _build_prompty(front_matter, access, text[content_start:], _line(text, content_start))
    if prompty.base:
        base_file = access.find(prompty.base)
        _fill_gaps(prompty, read_prompty(base_file, access.allowed_folders, (*derived, file.resolve()), reader))
    prompty.model.configuration = {**references.default_configuration(), **prompty.model.configuration}
    return prompty


def _find_front_matter(text: str, file: Path) -> Tuple[int, int, int]:
    """Return the start and the end of the front matter, and the start of the template."""
    fences = _FENCE.finditer(text)
    opening = next(fences, None)
    if opening is None or text[: opening.start()].strip():
        raise ValueError(f"{file}, line 1: a Prompty file must start with front matter between two lines '---'")
    closing = next(fences, None)
    if closing is None:
        raise ValueError(f"{file}, line {_line(text, opening.start())}: the front matter has no closing line '---'")
    return opening.end(), closing.start(), closing.end()


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _build_prompty(front_matter: Any, access: FileAccess, content: str, first_line: int) -> Prompty:
    file = access.file
    settings = _mapping(front_matter, f"{file}: the front matter")
    template = settings.get("template")
    settings["template"] = _build(
        TemplateSettings, {"type": template} if isinstance(template, str) else template, f"{file}: `template`"
    )
    if settings["template"] != TemplateSettings():
        raise ValueError(f"{file}: `template`: only type 'mustache' with parser 'prompty' is supported")
    model = _build(ModelSettings, settings.get("model"), f"{file}: `model`")
    model.configuration = _mapping(model.configuration, f"{file}: `model.configuration`")
    model.parameters = _mapping(model.parameters, f"{file}: `model.parameters`")
    settings["model"] = model
    settings["sample"] = _mapping(settings.get("sample"), f"{file}: `sample`")
    for name in ("inputs", "outputs"):
        properties = _mapping(settings.get(name), f"{file}: `{name}`")
        settings[name] = {
            key: _build(PropertySettings, value, f"{file}: `{name}.{key}`") for key, value in properties.items()
        }
    if not isinstance(settings.get("base") or "", str):
        raise ValueError(f"{file}: `base` must be the path of a Prompty file")
    return _build(
        Prompty,
        settings,
        f"{file}: the front matter",
        file=file,
        content=content,
        first_line=first_line,
        access=access,
        basePrompty=None,
    )


def _build(kind: Type[_Settings], settings: Any, place: str, **own: Any) -> _Settings:
    """Return a settings object for a mapping, in which null means unset. A file cannot set the fields in `own`."""
    given = {key: value for key, value in _mapping(settings, place).items() if value is not None}
    fields = [field for field in dataclasses.fields(kind) if field.name not in own]
    unknown = given.keys() - {field.name for field in fields}
    if unknown:
        raise ValueError(f"{place}: unknown keys: {', '.join(sorted(map(str, unknown)))}")
    return kind(**own, **given)


def _mapping(value: Any, place: str) -> Dict[str, Any]:
    if value is None:
        return {}
    if not is_mapping(value):
        raise ValueError(f"{place} must be a mapping of names to values")
    return dict(value)


def _fill_gaps(prompty: Prompty, base: Prompty) -> None:
    """Fill in from the base what the file leaves unset: single values, entries of mappings, authors and tags."""
    prompty.basePrompty = base
    prompty.name = prompty.name or base.name
    prompty.description = prompty.description or base.description
    prompty.version = prompty.version or base.version
    prompty.authors = _unite(prompty.authors, base.authors)
    prompty.tags = _unite(prompty.tags, base.tags)
    prompty.sample = {**base.sample, **prompty.sample}
    prompty.inputs = {**base.inputs, **prompty.inputs}
    prompty.outputs = {**base.outputs, **prompty.outputs}
    prompty.model = ModelSettings(
        api=prompty.model.api or base.model.api,
        configuration={**base.model.configuration, **prompty.model.configuration},
        parameters={**base.model.parameters, **prompty.model.parameters},
        response=prompty.model.response or base.model.response,
    )


def _unite(own: Any, base: Any) -> Any:
    if own and is_list(own) and is_list(base):
        return [*own, *(item for item in base if item not in own)]
    return own or base


class _References:
    """The references of one Prompty file: ``${env:NAME}``, ``${env:NAME:default}``, ``${file:path.json}``."""

    def __init__(self, access: FileAccess, reader: Reader) -> None:
        self._access = access
        self._reader = reader
        self._documents: Dict[Path, Any] = {}
        self._open: Set[Path] = set()

    def resolve(self, text: str) -> Any:
        """Return the value of a reference, or the string itself if it is not one. Raise ValueError if it is broken."""
        reference = text.strip()
        if not (reference.startswith("${") and reference.endswith("}")):
            return text
        kind, _, name = reference[2:-1].partition(":")
        if kind == "env" and "${" not in name:
            return _environment_value(name)
        if kind == "file" and "${" not in name:
            return self._document(self._access.find(name))
        raise ValueError("a reference must be ${env:NAME}, ${env:NAME:default} or ${file:PATH}, with no other text")

    def default_configuration(self) -> Dict[str, Any]:
        """Return the configuration under "default" in the ``prompty.json`` beside the file."""
        if not (self._access.file.parent / "prompty.json").exists():
            return {}
        file = self._access.find("prompty.json")
        return _mapping(self._read(file, _default_of), f"{file}: 'default'")

    def _document(self, file: Path) -> Any:
        """Return the contents of a JSON file, with its own references resolved. Each file is read once."""
        if file in self._open:
            raise ValueError(f"{file} refers back to itself")
        if file not in self._documents:
            self._open.add(file)
            self._documents[file] = self._read(file)
            self._open.remove(file)
        return self._documents[file]

    def _read(self, file: Path, part: Callable[[Any], Any] = lambda document: document) -> Any:
        text = self._reader.read(file)
        try:
            data = self._resolve_all(part(json.loads(text)))
            check_size(data)
        except json.JSONDecodeError as error:
            raise ValueError(f"{file}, line {error.lineno}: not valid JSON: {error.msg}") from None
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
        except RecursionError:
            raise ValueError(f"{file}: nested too deeply") from None
        return data

    def _resolve_all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.resolve(value)
        if is_mapping(value):
            return {key: self._resolve_all(item) for key, item in value.items()}
        if is_list(value):
            return [self._resolve_all(item) for item in value]
        return value


def _default_of(document: Any) -> Any:
    if not is_mapping(document) or "default" not in document:
        raise ValueError("'default' is missing")
    return document["default"]


def _environment_value(reference: str) -> str:
    name, has_default, default = reference.partition(":")
    if name in os.environ:
        return os.environ[name]
    if not has_default:
        raise ValueError(f"the environment variable {name!r} is not set, and the reference has no default")
    return default
