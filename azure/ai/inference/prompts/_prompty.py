"""The contents of a Prompty file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from ._files import FileAccess
from ._utils import is_list, is_mapping


@dataclass
class PropertySettings:
    """The type, the default and the description of an input or output."""

    type: str = ""
    default: Any = None
    description: str = ""


@dataclass
class TemplateSettings:
    """The template language and the parser of messages, which are always Mustache and roles."""

    type: str = "mustache"
    parser: str = "prompty"


@dataclass
class ModelSettings:
    """The model that the prompt was written for. `repr` masks secrets."""

    api: str = ""
    configuration: Dict[str, Any] = field(default_factory=lambda: {})
    parameters: Dict[str, Any] = field(default_factory=lambda: {})
    response: Union[str, Dict[str, Any]] = field(default_factory=lambda: {})

    def __repr__(self) -> str:
        return f"ModelSettings({_mask(dataclasses.asdict(self))})"


@dataclass
class Prompty:
    """A Prompty file: the template, and the front matter merged with that of its base and with ``prompty.json``.

    `repr` masks secrets. `basePrompty` is named as in the released package.
    """

    file: Path
    content: str
    first_line: int
    access: FileAccess
    name: str = ""
    description: str = ""
    authors: List[str] = field(default_factory=lambda: [])
    tags: List[str] = field(default_factory=lambda: [])
    version: str = ""
    base: str = ""
    basePrompty: Optional[Prompty] = None  # noqa: N815 - the released name
    model: ModelSettings = field(default_factory=ModelSettings)
    sample: Dict[str, Any] = field(default_factory=lambda: {})
    inputs: Dict[str, PropertySettings] = field(default_factory=lambda: {})
    outputs: Dict[str, PropertySettings] = field(default_factory=lambda: {})
    template: TemplateSettings = field(default_factory=TemplateSettings)

    def default_data(self) -> Dict[str, Any]:
        """Return the values for names that the caller does not pass: the sample, over the defaults of the inputs."""
        defaults = {name: settings.default for name, settings in self.inputs.items() if settings.default is not None}
        return {**defaults, **self.sample}

    def image_url(self, link: str, from_value: bool) -> str:
        """Return the URL to send for an image. A value can name a file only if it is in the sample or the defaults."""
        return self.access.image_url(link, may_name_file=not from_value or link in self.default_data().values())

    def to_safe_dict(self) -> Dict[str, Any]:
        """Return the settings as plain data that is safe to log.

        The values of all keys that contain "key" or "secret" are replaced by asterisks; sample and text are left out.
        """
        settings: Dict[str, Any] = {
            "model": _mask(dataclasses.asdict(self.model)),
            "template": dataclasses.asdict(self.template),
            "inputs": _safe_properties(self.inputs),
            "outputs": _safe_properties(self.outputs),
            "file": str(self.file),
        }
        return {name: value for name, value in settings.items() if value}

    def __repr__(self) -> str:
        return f"Prompty({self.to_safe_dict()})"


def _safe_properties(properties: Dict[str, PropertySettings]) -> Dict[str, Any]:
    return {
        name: {**dataclasses.asdict(settings), "default": _mask(settings.default, _is_secret(name))}
        for name, settings in properties.items()
    }


def _mask(value: Any, secret: bool = False) -> Any:
    if is_mapping(value):
        return {key: _mask(item, secret or _is_secret(key)) for key, item in value.items()}
    if is_list(value):
        return [_mask(item, secret) for item in value]
    return "*" * len(str(value)) if secret and value is not None else value


def _is_secret(key: Any) -> bool:
    return any(word in str(key).lower() for word in ("key", "secret"))
