"""The rules of a tool run: the next request, the calls to make, the results for the model. It never waits."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple

from typing_extensions import Literal, Self

from azure.ai.inference._core.deadline import Deadline, deadline_of
from azure.ai.inference._core.observe import ToolObserver, ToolUse, begin_tool
from azure.ai.inference._core.operations import CHAT
from azure.ai.inference._growing_json import GrowingJson
from azure.ai.inference._schemas.format import format_of
from azure.ai.inference.exceptions import ResponseTruncatedError, ToolError, ToolRoundsExceededError
from azure.ai.inference.models._models import ChatCompletions, JsonSchemaFormat
from azure.ai.inference.models._reading import read_choice
from azure.ai.inference.tools._calls import ReadCall, assistant_message, read_calls, unanswered
from azure.ai.inference.tools._requests import Requests
from azure.ai.inference.tools._run import (
    OnToolError,
    ToolCall,
    ToolContext,
    ToolResult,
    ToolRun,
    carry,
    choice_of,
    message_of,
)
from azure.ai.inference.tools._texts import result_text
from azure.ai.inference.tools._toolbox import PlannedCall, Toolbox

CLOSED_EARLY = "The tool run was closed before its end. Its `run` has what came before."
_DECLINED = "The call was declined."


class ToolRunArguments(NamedTuple):
    """The arguments of ``run_tools``, as given."""

    messages: Any
    tools: Any
    response_format: Any
    max_rounds: int
    state: Any
    approve: Optional[Callable[[ToolContext[Any]], Any]]
    on_tool_error: Optional[OnToolError]
    max_concurrency: Optional[int]


class ToolLoop:
    """A tool run. A shell sends its requests and makes its calls.

    :param defaults: the settings of the client.
    :param keywords: settings and options of the requests.
    :param awaits: whether the shell can await coroutine functions.
    :param at_once: the most calls to make at a time if the caller sets no limit; None for all of them.
    """

    def __init__(
        self,
        defaults: Mapping[str, Any],
        keywords: Dict[str, Any],
        arguments: ToolRunArguments,
        *,
        awaits: bool,
        at_once: Optional[int],
    ) -> None:
        if arguments.max_concurrency is not None:
            _check_positive("max_concurrency", arguments.max_concurrency)
        _check_positive("max_rounds", arguments.max_rounds)
        _check_messages(arguments.messages)
        _check_hook("approve", arguments.approve)
        _check_hook("on_tool_error", arguments.on_tool_error)
        self._toolbox = Toolbox(arguments.tools, awaits=awaits)
        wanted = arguments.response_format
        self._format = None if wanted is None or _is_format(wanted) else format_of(wanted)
        if self._format is not None:
            wanted = JsonSchemaFormat(**self._format.keywords(None, None))
        self._requests = Requests(defaults, keywords, tools=self._toolbox.definitions, response_format=wanted)
        self._options = keywords
        self._timeout = keywords.get("timeout")
        deadline_of(self._timeout)
        self._max_rounds = arguments.max_rounds
        self._state = arguments.state
        self._approve = arguments.approve
        self._on_tool_error = arguments.on_tool_error
        self.at_once: Optional[int] = arguments.max_concurrency or at_once
        """The most calls to make at a time; None for all of them."""
        self._http_response: Any = None
        self._failures: List[Tuple[ToolCall, BaseException]] = []
        self.deadline: Optional[Deadline] = None
        self.run: ToolRun[Any] = ToolRun(arguments.messages)
        self.ended: bool = False
        """Whether no request follows."""
        self.closed = False
        """Whether the caller has closed the run before its end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> None:
        if error is not None:
            self.carry(error)

    def resume(self) -> List[PlannedCall]:
        """Start the clock. Return the calls to make before the first request: those at the end of the messages."""
        self.deadline = deadline_of(self._timeout)
        return self._plan(unanswered(self.run.messages))

    def request(self) -> Dict[str, Any]:
        """Return the keywords of the next request.

        :raises RuntimeError: if the run has been closed.
        :raises ~azure.ai.inference.exceptions.ToolRoundsExceededError: if no more requests are allowed.
        :raises ~azure.core.exceptions.ServiceResponseTimeoutError: if the deadline has passed.
        """
        self.check_open()
        made = len(self.run.responses)
        if made >= self._max_rounds:
            error = ToolRoundsExceededError(
                f"The model still calls tools after {made} rounds. To go on, pass the messages of the `run` of this "
                "error to run_tools; or raise max_rounds."
            )
            error.run = self.run
            raise error
        keywords = self._requests.keywords(self.run.messages, made)
        if self.deadline is not None:
            keywords["timeout"] = self.deadline.check()
        return {**keywords, "cls": self._see}

    def _see(self, reply: Any, result: Any, headers: Any) -> Any:
        del headers
        self._http_response = reply.http_response
        return result

    def take(self, completions: Any) -> List[PlannedCall]:
        """Add a response. Return the calls to make; without any, the run has ended.

        :raises TypeError: if it is a stream.
        :raises ~azure.ai.inference.exceptions.ResponseTruncatedError: if the arguments of a call are cut off.
        """
        if not isinstance(completions, ChatCompletions):
            raise TypeError(f"A tool run needs completions, not {type(completions).__name__}: check model_extras.")
        run = self.run
        run.responses.append(completions)
        message = message_of(completions)
        calls = read_calls(message, len(run.responses))
        if not calls:
            if self._format is not None:
                run.parsed = read_choice(completions, 0, self._format, self._http_response)
            written = assistant_message(message, calls)
            run.messages += [written] if "content" in written else []
            self.ended = True
            return []
        if choice_of(completions).get("finish_reason") == "length":
            self._check_whole(completions, message, calls)
        run.messages.append(assistant_message(message, calls))
        return self._plan(calls)

    def _check_whole(self, completions: ChatCompletions, message: Mapping[str, Any], calls: List[ReadCall]) -> None:
        for read in calls:
            if read.is_cut_off:
                error = ResponseTruncatedError(
                    f"The arguments of {read.call.name} were cut off: raise max_tokens or max_completion_tokens.",
                    self._http_response,
                )
                growing = GrowingJson()
                growing.feed("" if read.is_blank else read.wire["function"]["arguments"])
                error.completions, error.content, error.partial = completions, message.get("content"), growing.value
                raise error

    def _plan(self, calls: List[ReadCall]) -> List[PlannedCall]:
        run = self.run
        messages = (*run.messages,)
        planned: List[PlannedCall] = []
        for read in calls:
            context = ToolContext(self._state, read.call, len(run.responses), messages)
            one = self._toolbox.plan(read, context)
            if one is None:
                run.pending.append(read.call)
            else:
                planned.append(one)
        self.ended = bool(run.pending)
        return planned

    def check(self) -> None:
        """Check that the run may go on.

        :raises RuntimeError: if it has been closed.
        :raises ~azure.core.exceptions.ServiceResponseTimeoutError: if the deadline has passed.
        """
        self.check_open()
        if self.deadline is not None:
            self.deadline.check()

    def check_open(self) -> None:
        """Raise RuntimeError if the run has been closed before its end."""
        if self.closed:
            raise RuntimeError(CLOSED_EARLY)

    def to_approve(self, planned: Sequence[PlannedCall]) -> Iterator[PlannedCall]:
        """Yield the calls to ask the caller about, while the run may go on. It raises the errors of :meth:`check`."""
        for one in planned if self._approve is not None else ():
            if one.function is not None:
                self.check()
                yield one

    def ask(self, one: PlannedCall) -> Any:
        """Return the caller's verdict on a call, or an awaitable of it."""
        return self._approve is None or self._approve(one.context)

    def decide(self, one: PlannedCall, verdict: Any) -> None:
        """Apply the verdict on a call.

        :raises TypeError: if it is neither a boolean nor a text.
        """
        if verdict is False or isinstance(verdict, str):
            self.refuse(one, verdict or _DECLINED)
        elif verdict is not True:
            _close(verdict)
            raise TypeError(f"approve must return True, False or a str, not {type(verdict).__name__}.")

    def refuse(self, one: PlannedCall, reason: str) -> None:
        """Give the model a reason in place of the result of a refused call."""
        one.answer(reason, is_error=True)

    def give(self, one: PlannedCall, value: Any) -> None:
        """Give the model the return value of the function.

        :raises TypeError: for a value that has no JSON form.
        :raises ValueError: for NaN and infinity, and for a value that contains itself.
        """
        one.answer(result_text(value), value)

    def report_error(self, one: PlannedCall, error: BaseException) -> None:
        """Give the model the text of an error in place of the result of a call, or raise the error."""
        text = str(error) if isinstance(error, ToolError) else None
        if text is None and isinstance(error, Exception) and self._on_tool_error is not None:
            try:
                text = _text_of(self._on_tool_error(one.context, error))
            except Exception as failure:
                self.fail(one, failure)
        if text is None:
            self.fail(one, error)
        one.answer(text, is_error=True)

    def fail(self, one: PlannedCall, error: BaseException) -> NoReturn:
        """Raise the error of a call, which ends the run."""
        if isinstance(error, (StopIteration, StopAsyncIteration)):  # it would only stop the iteration over the run
            failure = RuntimeError(f"{one.call.name} raised {type(error).__name__}")
            failure.__cause__ = error
            error = failure
        self._failures.append((one.call, error))
        raise error

    def begin(self, one: PlannedCall) -> OngoingCall:
        """Return a call that is made next. It raises the errors of :meth:`check`."""
        self.check()
        call = one.call
        use = ToolUse(call.name, self._toolbox.description_of(call.name), call.id, call.arguments)
        return OngoingCall(self, one, begin_tool(use, self._options))

    def record(self, planned: Sequence[PlannedCall]) -> List[ToolResult]:
        """Add the results of calls to the run, and return them."""
        results = [one.result for one in planned if one.result is not None]
        for result in results:
            message = {"role": "tool", "content": result.content, "tool_call_id": result.call.id}
            self.run.messages.append(message)
        self.run.results += results
        return results

    def carry(self, error: BaseException) -> None:
        """Attach the run to the error that ends it."""
        self.run.failed_call = next((call for call, failure in self._failures if failure is error), None)
        carry(error, self.run)


class OngoingCall:
    """The context in which a call is made. Its value or its error becomes the result for the model."""

    value: Any = None
    """The return value of the function."""

    def __init__(self, loop: ToolLoop, one: PlannedCall, observer: ToolObserver) -> None:
        self._loop = loop
        self._one = one
        self._observer = observer
        self._context = observer.current()

    def __enter__(self) -> Self:
        self._context.__enter__()
        return self

    def __exit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> Literal[True]:
        self._context.__exit__(kind, error, trace)
        if error is None:
            error = self._give_value()
        try:
            if error is not None:
                self._loop.report_error(self._one, error)
        finally:
            self._observer.end(self._one.content, error)
        return True

    def _give_value(self) -> Optional[BaseException]:
        """Give the model the return value. Return the error if it has no text."""
        try:
            self._loop.give(self._one, self.value)
        except BaseException as error:
            return error
        return None


def _text_of(answer: Any) -> Optional[str]:
    if answer is None or isinstance(answer, str):
        return answer
    _close(answer)
    raise TypeError(f"on_tool_error must return a str or None, not {type(answer).__name__}.")


def _close(value: Any) -> None:
    """Close a coroutine that will not be awaited."""
    getattr(value, "close", lambda: None)()


def _check_hook(name: str, value: Any) -> None:
    """Raise TypeError if a function of the caller is neither None nor a function."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be a function, not {type(value).__name__}.")


def _check_positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number from 1, not {value!r}.")


def _check_messages(messages: Any) -> None:
    CHAT.forms["messages"](messages)
    for message in messages:
        if not isinstance(message, MappingABC):
            kind = type(message).__name__
            raise TypeError(f"A message must be a mapping, such as a UserMessage, not {kind}.")


def _is_format(response_format: Any) -> bool:
    """Return whether this is a response format as `complete` accepts it, rather than a type."""
    return isinstance(response_format, (str, MappingABC))
