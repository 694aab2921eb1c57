"""The base of the clients for chats: runs of tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Type, TypeVar, Union, overload

from typing_extensions import Literal, Unpack

from azure.ai.inference._client import InferenceClient
from azure.ai.inference._core.keywords import ToolRunKeywords
from azure.ai.inference._core.signatures import keywords_of
from azure.ai.inference.options import ChatSettings, Messages, ResponseFormat

if TYPE_CHECKING:
    from azure.ai.inference.tools import Approve, OnToolError, StreamingToolRun, ToolLike, ToolRun
else:  # imported by the first run; until then ``typing.get_type_hints`` shows Any
    Approve = OnToolError = ToolLike = Any

T = TypeVar("T")


class ToolClient(InferenceClient):
    """A client whose chats can call tools. It needs a method ``complete``."""

    @overload
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Optional[ResponseFormat] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[Approve] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[False] = False,
        **kwargs: Unpack[ToolRunKeywords],
    ) -> ToolRun[None]: ...
    @overload
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Optional[ResponseFormat] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[Approve] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[True],
        **kwargs: Unpack[ToolRunKeywords],
    ) -> StreamingToolRun[None]: ...
    @overload
    def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Type[T],
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
        response_format: Type[T],
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
            the run leaves to you. They replace the tools of the client.
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
        from azure.ai.inference.tools._shell import run_tools

        run: Union[ToolRun[Any], StreamingToolRun[Any]]
        run = run_tools(
            self,
            kwargs,
            messages=messages,
            tools=tools,
            response_format=response_format,
            max_rounds=max_rounds,
            state=state,
            approve=approve,
            on_tool_error=on_tool_error,
            max_concurrency=max_concurrency,
            stream=stream,
        )
        return run
