"""A tool run: its calls, their results, and its messages. No I/O."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Dict,
    Generic,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    TypeVar,
    Union,
    cast,
)

from azure.ai.inference._json import is_array, is_object
from azure.ai.inference._model_base import Model, unwrap
from azure.ai.inference.models._models import ChatCompletions, ChatCompletionsToolDefinition, CompletionsUsage

if TYPE_CHECKING:
    from azure.ai.inference.tools._functions import FunctionTool

ParsedT = TypeVar("ParsedT")
StateT = TypeVar("StateT")


@dataclass(frozen=True)
class ToolCall:
    """A tool call of the model."""

    id: str
    """The id, which the result refers to."""
    name: str
    """The name of the tool."""
    arguments: Mapping[str, Any]
    """The arguments as JSON values; ``{}`` if they cannot be read, and ``{"input": text}`` for a custom tool."""


@dataclass(frozen=True)
class ToolContext(Generic[StateT]):
    """The run as a tool sees it. A parameter of this type is filled in, and hidden from the model."""

    state: StateT
    """The ``state`` that was given to the run."""
    call: ToolCall
    """The call."""
    round: int
    """The number of requests that the run has made; 0 for calls that were in its messages."""
    messages: Sequence[Mapping[str, Any]]
    """The chat so far, up to the message with the call."""


@dataclass(frozen=True)
class ToolResult:
    """The result of a tool call."""

    call: ToolCall
    """The call."""
    content: str
    """The result as the model gets it."""
    value: Any = None
    """The return value of the function; None if it was not called or failed."""
    is_error: bool = False
    """Whether the content is an error or a refusal, which the model gets in place of a result."""


class ToolRun(Generic[ParsedT]):
    """A tool run, finished or so far. Pass its ``messages`` to another run to go on with it."""

    def __init__(self, messages: Iterable[Mapping[str, Any]] = ()) -> None:
        self.messages: List[Mapping[str, Any]] = [*messages]
        """The chat: the given messages, those of the model, and the results of its calls."""
        self.responses: List[ChatCompletions] = []
        """The response of each request."""
        self.results: List[ToolResult] = []
        """The results of all calls that were made."""
        self.pending: List[ToolCall] = []
        """The calls that the run leaves to the caller: of tools without a function, and of custom tools. Append a
        :class:`~azure.ai.inference.models.ToolMessage` for each to ``messages``, and start a run with them."""
        self.failed_call: Optional[ToolCall] = None
        """The call that raised the error which ended the run; None if no call did."""
        self.parsed: ParsedT = cast(ParsedT, None)
        """The last completion as an object, if the run was given a type. It is None if calls are pending."""

    @property
    def response(self) -> ChatCompletions:
        """The last response.

        :raises ValueError: if there is none yet.
        """
        if not self.responses:
            raise ValueError("The run has no response yet.")
        return self.responses[-1]

    @property
    def text(self) -> str:
        """The text of the last completion; empty if there is none."""
        return self.responses[-1].text if self.responses else ""

    @property
    def rounds(self) -> int:
        """The number of requests that got a response."""
        return len(self.responses)

    @property
    def usage(self) -> Optional[CompletionsUsage]:
        """The token usage of all requests together; None if the service reported none."""
        total: Dict[str, Any] = {}
        for response in self.responses:
            _add(total, plain_object(unwrap(response).get("usage")))
        return CompletionsUsage(total) if total else None

    @staticmethod
    def of(error: BaseException) -> Optional[ToolRun[Any]]:
        """Return the run that an error ended, as far as it got; None if the error ended no run."""
        run: Optional[ToolRun[Any]] = vars(error).get(_CARRIED)
        return run

    def __repr__(self) -> str:
        return f"<ToolRun: {self.rounds} responses, {len(self.results)} results, {len(self.pending)} pending calls>"


_CARRIED = "_tool_run"


def carry(error: BaseException, run: ToolRun[Any]) -> None:
    """Attach a run to the error that ended it."""
    vars(error)[_CARRIED] = run  # not `setattr`: the class of a tool's error may forbid it


def choice_of(response: ChatCompletions) -> Mapping[str, Any]:
    """Return the JSON of the choice with index 0, else of the first; an empty object if there is none."""
    choices: Any = unwrap(response).get("choices")
    found = [plain_object(choice) for choice in choices if isinstance(choice, MappingABC)] if is_array(choices) else []
    return next((choice for choice in found if choice.get("index") == 0), found[0] if found else {})


def message_of(response: ChatCompletions) -> Mapping[str, Any]:
    """Return the JSON of the message of the same choice; an empty object if there is none."""
    return plain_object(choice_of(response).get("message"))


def plain_object(value: Any) -> Mapping[str, Any]:
    """Return an object as it is, and a model as its JSON: programs build responses of models."""
    if isinstance(value, Model):
        return value.as_dict()
    return cast("Mapping[str, Any]", value) if isinstance(value, MappingABC) else {}


def _add(total: Dict[str, Any], usage: Mapping[str, Any]) -> None:
    """Add the numbers of an object to a total, at any depth."""
    for name, value in usage.items():
        so_far = total.get(name)
        if isinstance(value, MappingABC):
            total[name] = so_far = so_far if is_object(so_far) else {}
            _add(so_far, plain_object(value))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            total[name] = so_far + value if isinstance(so_far, (int, float)) else value


ToolLike = Union["FunctionTool[..., Any]", Callable[..., Any], ChatCompletionsToolDefinition, Mapping[str, Any]]
"""A tool of a run: a function, a :class:`FunctionTool`, or a definition, whose calls are left to the caller."""

Approve = Callable[[ToolContext[Any]], Union[bool, str]]
"""Approves a call before it is made: True, False, or a reason for the model why it is not made."""

AsyncApprove = Callable[[ToolContext[Any]], Union[bool, str, Awaitable[Union[bool, str]]]]
"""The same for asynchronous clients, also as a coroutine function."""

OnToolError = Callable[[ToolContext[Any], Exception], Optional[str]]
"""Returns the text that the model gets when a function has raised; None raises the error."""
