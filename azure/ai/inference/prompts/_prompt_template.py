"""The public class of the prompt templates."""

from __future__ import annotations

import collections.abc
import inspect
import os
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

from typing_extensions import Self

from ._messages import split_messages
from ._mustache import Template
from ._prompty import Prompty
from ._utils import remove_leading_empty_space, require

_Path = Union[str, "os.PathLike[str]"]


class PromptTemplate:
    """A chat prompt template, from a string or a Prompty file.

    The text is a Mustache template (https://mustache.github.io/mustache.5.html). Lines such as ``system:`` or
    ``# user:`` split it into messages; text before the first is a system message. The roles are system, developer,
    user, assistant, tool and function, in any case. Markdown images, ``![text](link)``, become image items.

    Only the template can contain role lines and images: a line ``system:`` or an image in a value stays text. The
    exception is a value in place of a role, ``{{role}}:``, with which a template can loop over a chat history.

    `{{name}}` escapes ``&``, ``<``, ``>`` and ``"``; `{{{name}}}` does not. A name refers to mapping keys, list items
    by number and public attributes. Names that start with an underscore are out of reach, and nothing is called. A
    missing name renders as an empty string. Sections and partials nest up to 100 levels deep.
    """

    model_name: Optional[str]
    """The name of the model to send the messages to, if the template specifies one."""

    parameters: Dict[str, Any]
    """Settings of the call, such as temperature, from the Prompty file; empty for a string."""

    prompty: Optional[Prompty]
    """The contents of the Prompty file; None for a string."""

    @classmethod
    def from_prompty(
        cls,
        file_path: _Path,
        *,
        allowed_folders: Iterable[_Path] = (),
        partials: Optional[Mapping[str, str]] = None,
    ) -> Self:
        """Create a template from a Prompty file: YAML between two lines ``---``, then the template. Needs PyYAML.

        :param file_path: The file; a relative path starts at the folder of the Python file that makes this call.
        :param allowed_folders: Folders besides the file's own that its ``${file:...}``, ``base:`` and images can be in,
            in the form of `file_path`. By default a prompt can only read files in and below its own folder.
        :param partials: Templates by name, for ``{{>name}}``. They are never loaded from disk.
        :raises ImportError: PyYAML is not installed.
        :raises FileNotFoundError: The file, or one that it refers to, does not exist.
        :raises ValueError: The file is malformed or refers to a file out of reach. The message names the file, the
            place and the problem.
        """
        if not file_path:
            raise ValueError("file_path must name a Prompty file")
        if isinstance(allowed_folders, (str, os.PathLike)):
            raise TypeError("allowed_folders must be a list of folders, not a single folder")
        try:
            from ._reading import read_prompty
        except ImportError as error:
            raise ImportError("Prompty files need PyYAML: pip install azure-ai-inference[prompts]") from error

        frame = inspect.currentframe()
        caller = frame.f_back if frame else None
        folder = Path(caller.f_globals.get("__file__", "") if caller else "").parent.absolute()
        prompty = read_prompty(folder / Path(file_path), [folder / Path(allowed) for allowed in allowed_folders])
        return cls(prompty=prompty, partials=partials)

    @classmethod
    def from_string(
        cls,
        prompt_template: str,
        api: str = "chat",
        model_name: Optional[str] = None,
        *,
        partials: Optional[Mapping[str, str]] = None,
    ) -> Self:
        """Create a template from a string, without its leading blank lines and common indentation.

        :param prompt_template: The text.
        :param api: Accepted for compatibility with the released package; every template creates chat messages.
        :param model_name: The value of the attribute of that name.
        :param partials: Templates by name, for ``{{>name}}``.
        :raises ValueError: The template is empty or malformed. The message names the line and the problem.
        """
        require(prompt_template, str, "prompt_template")
        return cls(
            api=api,
            prompt_template=remove_leading_empty_space(prompt_template),
            model_name=model_name,
            partials=partials,
        )

    def __init__(
        self,
        *,
        api: str = "chat",
        prompty: Optional[Prompty] = None,
        prompt_template: Optional[str] = None,
        model_name: Optional[str] = None,
        partials: Optional[Mapping[str, str]] = None,
    ) -> None:
        """Create a template; use `from_string` or `from_prompty` instead.

        A `prompty` takes precedence over `prompt_template`, and its model name over `model_name`.

        :raises ValueError: Neither is given, or the template is empty or malformed.
        """
        self.prompty = prompty
        if prompty is not None:
            self._source, text, first_line = str(prompty.file), prompty.content, prompty.first_line
            self.model_name = prompty.model.configuration.get("azure_deployment", model_name)
            self.parameters = prompty.model.parameters
        elif prompt_template is not None:
            self._source, text, first_line = "prompt template", prompt_template, 1
            self.model_name = model_name
            self.parameters = {}
        else:
            raise ValueError("prompty or prompt_template is required")
        if not text.strip():
            raise ValueError(f"{self._source}: the template is empty")
        for name, partial in (partials or {}).items():
            require(partial, str, f"partials[{name!r}]")
        self._template = Template(text, partials or {}, source=self._source, first_line=first_line)

    def create_messages(self, data: Optional[Mapping[str, Any]] = None, **kwargs: Any) -> List[Dict[str, Any]]:
        """Render the template and split it into messages for `ChatCompletionsClient.complete`.

        :param data: The values. Missing ones come from the Prompty file's ``sample:``, then from the defaults of its
            ``inputs:``.
        :param kwargs: The values by keyword, used if `data` is None.
        :return: Mappings with "role" and "content"; the content is a string, or a list of content items if it has
            images. The image files (.png, .jpg, .jpeg) of a Prompty file are embedded as data URLs.
        :raises ValueError: A message before the last is empty, there is no text at all, a value is callable, or an
            image cannot be used. The message names the template and the problem.
        :raises FileNotFoundError: An image file does not exist.
        """
        values = kwargs if data is None else data
        require(values, collections.abc.Mapping, "data")
        if self.prompty is None:
            return split_messages(self._template.render(values), self._source, _as_written)
        rendered = self._template.render({**self.prompty.default_data(), **values})
        return split_messages(rendered, self._source, self.prompty.image_url)


def _as_written(link: str, from_value: bool) -> str:
    return link
