"""A call: its keywords, split into one JSON body and the options of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import IO, Any, Dict, Mapping, Optional, Union, cast

from azure.ai.inference import _json
from azure.ai.inference._core.operations import SPLIT_REASONING, Operation
from azure.ai.inference._model_base import encode_json

#: Options of azure-core's decorator for INTERNAL spans.
_SPAN_OPTIONS = frozenset({"merge_span", "parent_span"})

WireBody = Union[str, bytes, IO[bytes], None]


class Unset:
    """The type of :data:`UNSET`."""

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # copies and pickles are the object of this name


#: Stands for an argument that was not given, where None would mean something. As a setting, it unsets the client's.
UNSET: Any = Unset()

#: Settings that services refuse without tools, the empty list of tools included.
_OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")


class Call:
    """One use of a method. It is merged once, before anything watches it, and encoded when it is sent.

    :param operation: the row of the operation.
    :param body: the caller's own body, or UNSET.
    :param arguments: the arguments that only this operation has, the required one first.
    :param keywords: settings and options, as given; the settings are taken out of it.
    :param defaults: the settings of the client, and its options of this operation.
    """

    __slots__ = (
        "_raw",
        "arguments",
        "error",
        "operation",
        "options",
        "passes_extras",
        "splits_reasoning",
        "streams",
        "wire",
    )

    def __init__(
        self,
        operation: Operation,
        body: Any,
        arguments: Dict[str, Any],
        keywords: Dict[str, Any],
        defaults: Mapping[str, Any],
    ) -> None:
        self.operation = operation
        self.arguments = arguments
        self.options = keywords
        self.passes_extras = False
        """Whether the body has parameters that the released routes refuse without a header."""
        self.error: Optional[Exception] = None
        """The error of the arguments, which is raised when the body is encoded."""
        self.wire: Mapping[str, Any] = {}
        """The JSON body; empty for bytes and files, which are not parsed."""
        self.streams = False
        """Whether the response is read as a stream."""
        self.splits_reasoning = False
        """Whether reasoning is moved out of the contents of the response."""
        self._raw: WireBody = None
        if SPLIT_REASONING in operation.options:
            splits = keywords.pop(SPLIT_REASONING, None)
            self.splits_reasoning = bool(defaults.get(SPLIT_REASONING) if splits is None else splits)
        given = {name: keywords.pop(name) for name in [*keywords] if name in operation.settings}
        extras = keywords.pop("model_extras", None)
        if body is not UNSET:
            self._use_body(body)
        elif operation.required:
            self._merge(given, extras, defaults)

    def _merge(self, given: Dict[str, Any], extras: Any, defaults: Mapping[str, Any]) -> None:
        """Merge settings: None stands for the client's; extras come last and replace anything, or remove it.

        Settings of the released package keep their places in the body, even when an extra sets them.
        """
        operation, wire = self.operation, dict(self.arguments)
        try:
            _require(operation, wire[operation.required])
            for name, form in operation.forms.items():
                source = wire if name in wire else given
                if source.get(name) is not None:
                    source[name] = form(source[name])
        except (TypeError, ValueError) as error:
            self.error = error
        chosen = {**defaults, **{name: value for name, value in given.items() if value is not None}}
        added = [name for name, value in chosen.items() if name in operation.added and value is not UNSET]
        extras = extras or defaults.get("model_extras") or {}
        placed = {**dict.fromkeys(operation.released), **chosen} if extras else chosen
        names = operation.settings if added else operation.known
        wire.update([(name, placed[name]) for name in names if name in placed])
        wire.update(extras)
        self.passes_extras = bool(extras or added)
        self.wire = {name: value for name, value in wire.items() if value is not None and value is not UNSET}
        self.streams = "stream" in self.arguments and self.wire.get("stream") is True

    def _use_body(self, body: Any) -> None:
        asks = False
        if isinstance(body, MappingABC):
            self.wire = cast("Mapping[str, Any]", body)
            asks = self.wire.get("stream") is True
        elif isinstance(body, bytes):
            self._raw = body
            asks = _asks_for_stream(body)
        elif hasattr(body, "read"):
            self._raw = body
        else:
            self.error = TypeError(
                f"body must be a mapping, bytes or a binary file, not {type(body).__name__}. {_by_name(self.operation)}"
            )
        self.streams = "stream" in self.arguments and (asks or self.arguments["stream"] is True)

    def observed_options(self) -> Dict[str, Any]:
        """Return the options without those of azure-core's INTERNAL span, which an observer replaces."""
        if self.operation.span is None:
            return self.options
        return {name: value for name, value in self.options.items() if name not in _SPAN_OPTIONS}

    def encode(self) -> WireBody:
        """Return the body to send; None for an operation that has none. Bytes and files are sent as they are.

        :raises TypeError: if an argument is missing or of a wrong type, or for a value that has no JSON form.
        :raises ValueError: for an unknown ``response_format``, and for NaN and infinity.
        """
        if self.error is not None:
            raise self.error
        if self._raw is not None or not self.operation.required:
            return self._raw
        from azure.ai.inference._core.long_texts import LongTexts  # late, as only requests need it

        try:
            long_texts = LongTexts()
            return long_texts.laid_into(encode_json(long_texts.taken_from(self.wire)))
        except (TypeError, ValueError, RecursionError) as error:
            raise _encoding_error(self.wire, error) from error


def _by_name(operation: Operation) -> str:
    return f"Pass {operation.required} by name: {operation.required}={operation.example}"


def _require(operation: Operation, argument: Any) -> None:
    if argument is UNSET or argument is None:
        raise TypeError(f"missing required argument: {operation.required}")


def _asks_for_stream(body: bytes) -> bool:
    if b'"stream"' not in body:
        return False
    try:
        wire = _json.loads(body)
    except ValueError:
        return False
    return _json.is_object(wire) and wire.get("stream") is True


def _encoding_error(wire: Mapping[str, Any], error: Exception) -> Exception:
    """Return the error of the encoder, with the name of the argument that caused it."""
    kind = TypeError if isinstance(error, TypeError) else ValueError
    for name, value in wire.items():
        try:
            encode_json(value)
        except (TypeError, ValueError, RecursionError) as reason:
            return kind(f"{name} cannot be sent as JSON: {reason}")
    return kind(f"The body cannot be sent as JSON: {error}")


def without_tools(keywords: Mapping[str, Any], defaults: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the keywords of a call that sends no tools, whatever the client's defaults are."""
    kept = {name: value for name, value in keywords.items() if name not in _OF_TOOLS}
    return {**kept, **{name: UNSET for name in _OF_TOOLS if name in defaults}}


def client_settings(operation: Operation, keywords: Dict[str, Any]) -> Dict[str, Any]:
    """Take the defaults of an operation's calls out of a constructor's keywords: its settings and its own options.

    :raises ValueError: for a ``response_format`` that the service does not know.
    """
    given = {name: keywords.pop(name, None) for name in (*operation.settings, *operation.options, "model_extras")}
    settings = {name: value for name, value in given.items() if value is not None}
    for name in operation.forms.keys() & settings.keys():
        settings[name] = operation.forms[name](settings[name])
    return settings
