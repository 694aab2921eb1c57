"""A call of ``parse``: a completion in the format of a type, and the values of its choices."""

from __future__ import annotations

from typing import Any, Dict, Generic, Mapping, Optional, Type, TypeVar

from azure.ai.inference._core.body import without_tools
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference.models._models import ChatCompletions, JsonSchemaFormat
from azure.ai.inference.models._patch import ParsedChatCompletions
from azure.ai.inference.models._reading import read_choices

T = TypeVar("T")


class Parsing(Generic[T]):
    """The call of ``complete`` behind ``parse``, and the values of its result.

    :param defaults: the settings of the client.
    :param keywords: settings and options, as given.
    :raises TypeError: if the type has no JSON schema, or for a keyword that would replace the completion.
    :raises ValueError: if the name is not legal, or if ``strict`` is True and the schema cannot be strict.
    """

    def __init__(
        self,
        type_: Type[T],
        name: Optional[str],
        strict: Optional[bool],
        defaults: Mapping[str, Any],
        keywords: Mapping[str, Any],
    ) -> None:
        if "cls" in keywords:
            raise TypeError("parse() takes no cls=, which would replace the completion that it parses")
        for refused in ("body", "stream"):
            if refused in keywords:
                raise TypeError(f"parse() got an unexpected keyword argument '{refused}': complete() takes it")
        self._format = format_of(type_)
        self._response: Any = None
        response_format = JsonSchemaFormat(**self._format.keywords(name, strict))
        tools = keywords.get("tools")
        if tools is not None and not tools:
            keywords = without_tools(keywords, defaults)
        self.keywords: Dict[str, Any] = {**keywords, "response_format": response_format, "cls": self._keep_response}

    def _keep_response(self, reply: Any, result: Any, headers: Any) -> Any:
        """Keep the HTTP response, for errors."""
        del headers
        self._response = reply.http_response
        return result

    def read(self, completions: Any) -> ParsedChatCompletions[T]:
        """Return a completion with its values.

        :raises TypeError: if it is a stream.
        """
        if not isinstance(completions, ChatCompletions):
            raise TypeError(f"parse() needs a whole completion, not {type(completions).__name__}: check model_extras")
        values = read_choices(completions, self._format, self._response)
        return ParsedChatCompletions[T]._of(completions, values)
