"""The base of the clients for chats: what builds on ``complete``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Type, Union, overload

from typing_extensions import Literal, TypeVar, Unpack

from azure.ai.inference._client import InferenceClient
from azure.ai.inference._core.signatures import keywords_of
from azure.ai.inference._keywords import (
    ChatSettings,
    Messages,
    ParseKeywords,
    ParseSettings,
    ResponseFormat,
    ToolRunKeywords,
)
from azure.ai.inference.models._patch import ParsedChatCompletions

if TYPE_CHECKING:
    from azure.ai.inference.tools import Approve, OnToolError, StreamingToolRun, ToolLike, ToolRun
else:  # imported by tool runs; ``typing.get_type_hints`` shows Any
    Approve = OnToolError = ToolLike = Any

#: The type of the object that the model writes. None is what checkers infer for a tool run without a type.
T = TypeVar("T", default=None)


class ChatClient(InferenceClient):
    """A client for chats without its method ``complete``, which the others call."""

    @keywords_of(ParseSettings)
    def parse(
        self,
        *,
        messages: Messages,
        response_format: Type[T],
        name: Optional[str] = None,
        strict: Optional[bool] = None,
        **kwargs: Unpack[ParseKeywords],
    ) -> ParsedChatCompletions[T]:
        """Complete a chat with an object: the model writes JSON that fits the type, which becomes a value of it.

        The type is a dataclass, a TypedDict or a pydantic 2 model, or a list, dictionary or union of these. Fields may
        have these types too, enums, Literals, and standard types such as ``datetime`` and ``Decimal``. The docstring of
        a class is its description. That of a field is the text in an ``Annotated``, or ``description`` in the
        metadata of a dataclass's field. Further keywords are those of :meth:`complete`.

        :keyword messages: the chat so far; the model writes the next message.
        :keyword response_format: the type.
        :keyword name: the name of the schema, in place of the type's.
        :keyword strict: whether the schema is strict; by default if it can be. Constraints that a
            strict schema cannot express, such as ``minimum``, move to the description.
        :returns: the completion, with the value as ``parsed`` and those of all choices as ``parsed_choices``.
        :raises ~azure.ai.inference.exceptions.ResponseFormatError: if the completion is not JSON or does not fit the
            type, or as ``ResponseTruncatedError`` if it is cut off.
        :raises ~azure.ai.inference.exceptions.RefusalError: if the model refused the request.
        :raises ~azure.ai.inference.exceptions.ContentFilterError: if the content filter refused the request, or ended
            the completion.
        :raises TypeError: if the type has no JSON schema, before anything is sent.
        :raises ValueError: if the name is not legal, or if ``strict`` is True and the schema cannot be strict.
        """
        from azure.ai.inference._core.parsing import Parsing

        parsing: Parsing[T] = Parsing(response_format, name, strict, self._settings, kwargs)
        client: Any = self
        return parsing.read(client.complete(messages=messages, **parsing.keywords))

    @overload
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[Approve] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[False] = False,
        **kwargs: Unpack[ToolRunKeywords],
    ) -> ToolRun[T]: ...
    @overload
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[Approve] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[True],
        **kwargs: Unpack[ToolRunKeywords],
    ) -> StreamingToolRun[T]: ...
    @keywords_of(ChatSettings)
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[Approve] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Complete a chat whose tools are Python functions, which are called until the model calls no more.

        Each round is a request with the settings of this call and the client. A mistake of the model in a call is
        reported to the model; so is a :class:`~azure.ai.inference.exceptions.ToolError`. Any error that ends the run
        carries it: see :meth:`ToolRun.of <azure.ai.inference.tools.ToolRun.of>`.

        :keyword messages: the chat so far. If it ends with tool calls without results, these are made first.
        :keyword tools: functions, :class:`~azure.ai.inference.tools.FunctionTool` objects, or definitions, whose calls
            the run leaves to you. They replace the tools of the client; without any, no tools are sent.
        :keyword response_format: as in :meth:`complete`, or a type: the last completion becomes an object of it, the
            ``parsed`` of the run.
        :keyword max_rounds: the most requests to make.
        :keyword state: an object of yours for the tools, as ``state`` of their
            :class:`~azure.ai.inference.tools.ToolContext`.
        :keyword approve: called with the context of each call before any call of a round is made. It returns True,
            False, or the reason to give to the model why the call is not made.
        :keyword on_tool_error: called with the context of a call and the error that its function raised. It returns the
            text to give to the model, or None to raise the error.
        :keyword max_concurrency: the most calls to make at a time: by default one, since threads are needed for more.
        :keyword stream: whether to receive the completions in updates.
        :returns: the run at its end, or a streamed run.
        :raises TypeError: for a function that cannot be a tool, such as one with a parameter without an annotation.
        :raises ValueError: for two tools with one name, a limit below 1, or more than one choice.
        :raises ~azure.ai.inference.exceptions.ToolRoundsExceededError: if the model calls tools in the last round, too.
        :raises ~azure.ai.inference.exceptions.ResponseFormatError: if the last completion is not of the type.
        :raises ~azure.core.exceptions.ServiceResponseTimeoutError: if the run takes longer than ``timeout``.
        """
        from azure.ai.inference.tools._loop import ToolRunArguments
        from azure.ai.inference.tools._shell import run_tools

        arguments = ToolRunArguments(
            messages, tools, response_format, max_rounds, state, approve, on_tool_error, max_concurrency
        )
        return run_tools(self, kwargs, arguments, stream=stream)
