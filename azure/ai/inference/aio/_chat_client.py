"""The base of the asynchronous clients for chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Type, Union, overload

from typing_extensions import Literal, TypeVar, Unpack

from azure.ai.inference._core.signatures import keywords_of
from azure.ai.inference._keywords import (
    ChatSettings,
    Messages,
    ParseKeywords,
    ParseSettings,
    ResponseFormat,
    ToolRunKeywords,
)
from azure.ai.inference.aio._client import AsyncInferenceClient
from azure.ai.inference.models._patch import ParsedChatCompletions

if TYPE_CHECKING:
    from azure.ai.inference.aio._tools import AsyncStreamingToolRun
    from azure.ai.inference.tools import AsyncApprove, OnToolError, ToolLike, ToolRun
else:  # imported by tool runs; ``typing.get_type_hints`` shows Any
    AsyncApprove = OnToolError = ToolLike = Any

#: The type of the object that the model writes. None is what checkers infer for a tool run without a type.
T = TypeVar("T", default=None)


class AsyncChatClient(AsyncInferenceClient):
    """A client for chats without its method ``complete``, which the others call."""

    @keywords_of(ParseSettings)
    async def parse(
        self,
        *,
        messages: Messages,
        response_format: Type[T],
        name: Optional[str] = None,
        strict: Optional[bool] = None,
        **kwargs: Unpack[ParseKeywords],
    ) -> ParsedChatCompletions[T]:
        """Complete a chat with an object. See :meth:`azure.ai.inference.ChatCompletionsClient.parse`."""
        from azure.ai.inference._core.parsing import Parsing

        parsing: Parsing[T] = Parsing(response_format, name, strict, self._settings, kwargs)
        client: Any = self
        return parsing.read(await client.complete(messages=messages, **parsing.keywords))

    @overload
    async def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[AsyncApprove] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[False] = False,
        **kwargs: Unpack[ToolRunKeywords],
    ) -> ToolRun[T]: ...
    @overload
    async def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[AsyncApprove] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: Literal[True],
        **kwargs: Unpack[ToolRunKeywords],
    ) -> AsyncStreamingToolRun[T]: ...
    @keywords_of(ChatSettings)
    async def run_tools(
        self,
        *,
        messages: Messages,
        tools: Sequence[ToolLike],
        response_format: Union[Optional[ResponseFormat], Type[T]] = None,
        max_rounds: int = 10,
        state: Any = None,
        approve: Optional[AsyncApprove] = None,
        on_tool_error: Optional[OnToolError] = None,
        max_concurrency: Optional[int] = None,
        stream: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Complete a chat with tools. See :meth:`azure.ai.inference.ChatCompletionsClient.run_tools`.

        The calls of a round are made at once; ``max_concurrency`` limits them. Plain functions run in threads.
        ``approve`` may be a coroutine function.
        """
        from azure.ai.inference.aio._tools import run_tools
        from azure.ai.inference.tools._loop import ToolRunArguments

        arguments = ToolRunArguments(
            messages, tools, response_format, max_rounds, state, approve, on_tool_error, max_concurrency
        )
        return await run_tools(self, kwargs, arguments, stream=stream)
