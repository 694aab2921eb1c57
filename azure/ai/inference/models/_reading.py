"""The value of a choice, as a type, or the error if there is none."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Type, TypeVar, cast

from azure.ai.inference._growing_json import GrowingJson
from azure.ai.inference._json import is_array
from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference.exceptions import (
    ContentFilterError,
    RefusalError,
    ResponseFormatError,
    ResponseTruncatedError,
)
from azure.ai.inference.models import _reasoning

if TYPE_CHECKING:
    from azure.ai.inference._schemas.format import Format
    from azure.ai.inference.models._models import ChatCompletions

FormatErrorType = TypeVar("FormatErrorType", bound=ResponseFormatError)

_FENCE = "```"


def read_choices(completions: ChatCompletions, format_: Format, response: Any = None) -> List[Any]:
    """Return the values of all choices. See :func:`read_choice`."""
    count = len(_choices_of(completions))
    return [_Choice(completions, position, response).read(format_) for position in range(count or 1)]


def read_choice(completions: ChatCompletions, index: int, format_: Format, response: Any = None) -> Any:
    """Return the value of a choice: of that with this index, or else of that at this position.

    :param response: the HTTP response, for errors.
    :raises ~azure.ai.inference.exceptions.ResponseFormatError: if the content is not JSON, or does not fit.
    :raises ~azure.ai.inference.exceptions.ResponseTruncatedError: if the JSON is cut off.
    :raises ~azure.ai.inference.exceptions.RefusalError: if the model refused the request.
    :raises ~azure.ai.inference.exceptions.ContentFilterError: if the content filter ended the completion.
    """
    indexes = [choice.get("index") for choice in _choices_of(completions)]
    return _Choice(completions, indexes.index(index) if index in indexes else index, response).read(format_)


def _choices_of(completions: ChatCompletions) -> List[Mapping[str, Any]]:
    choices: Any = completions.get("choices")
    return [_mapping(choice) for choice in choices] if is_array(choices) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


class _Choice:
    """A choice, and what goes into its errors."""

    def __init__(self, completions: ChatCompletions, position: int, response: Any) -> None:
        choices = _choices_of(completions)
        self._exists = 0 <= position < len(choices)
        choice: Mapping[str, Any] = choices[position] if self._exists else {}
        self._completions = completions
        index = choice.get("index")
        self._index = index if type(index) is int else position
        self._response = response
        self._finish_reason = choice.get("finish_reason")
        self._filter_results = choice.get("content_filter_results")
        self._message = _mapping(choice.get("message"))
        content = self._message.get("content")
        self._content: Optional[str] = content if isinstance(content, str) else None

    def read(self, format_: Format) -> Any:
        if not self._exists:
            raise self._error(ResponseFormatError, f"The response has no choice {self._index}.")
        self._check_end()
        if not self._content or self._content.isspace():
            raise self._error_without_text()
        text = _json_text(self._message, self._content)
        try:
            return format_.read_text(text)
        except MisfitError as misfit:
            message = f"The completion does not fit {format_.text}: {misfit}"
            raise self._error(ResponseFormatError, message) from misfit.origin or misfit
        except ValueError as error:
            raise self._error_without_json(text, error) from error

    def _check_end(self) -> None:
        """Raise an error if the model or the content filter refused."""
        refusal = self._message.get("refusal")
        if refusal and isinstance(refusal, str):
            refused = RefusalError(f"The model refused to answer: {refusal}", self._response)
            refused.refusal, refused.completions = refusal, self._completions
            raise refused
        if self._finish_reason == "content_filter":
            filtered = ContentFilterError("The content filter ended the completion.", self._response)
            filtered.content_filter_result, filtered.completions = self._filter_results, self._completions
            raise filtered

    def _error_without_text(self) -> ResponseFormatError:
        if self._message.get("tool_calls"):
            return self._error(
                ResponseFormatError,
                "The completion calls tools and has no text: run_tools() calls them and goes on.",
            )
        if self._finish_reason == "length":
            return self._truncated(None)
        return self._error(ResponseFormatError, "The completion has no text.")

    def _error_without_json(self, text: str, error: ValueError) -> ResponseFormatError:
        if self._finish_reason != "length":
            return self._error(ResponseFormatError, f"The completion is no JSON: {error}")
        growing = GrowingJson()
        growing.feed(_within_fence(text))
        return self._truncated(growing.value)

    def _truncated(self, partial: Any) -> ResponseFormatError:
        error = self._error(
            ResponseTruncatedError,
            "The completion was cut off before its JSON was complete: raise max_tokens or max_completion_tokens.",
        )
        error.partial = partial
        return error

    def _error(self, kind: Type[FormatErrorType], message: str) -> FormatErrorType:
        error = kind(message, self._response)
        error.completions, error.content, error.choice_index = self._completions, self._content, self._index
        return error


def _json_text(message: Mapping[str, Any], content: str) -> str:
    """Return a content without reasoning ahead of it, and without a fence around all of it."""
    text = content.strip()
    if text.startswith(("{", "[")):
        return text
    text = str(_reasoning.answer_text(message)).strip()
    is_fenced = text.startswith(_FENCE) and text.endswith(_FENCE) and len(text) >= 2 * len(_FENCE)
    return _within_fence(text[: -len(_FENCE)]) if is_fenced else text


def _within_fence(text: str) -> str:
    """Return a text without the line that opens a fence."""
    if not text.startswith(_FENCE):
        return text
    text = text[len(_FENCE) :]
    return (text[4:] if text[:4].lower() == "json" else text).strip()
