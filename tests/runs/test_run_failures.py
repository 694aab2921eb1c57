"""The rules of runs for errors that are no refusals of inputs, and for responses that do not fit."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from run_rules import Sent, Service, completed, drive, embedded, refusal, vector_of
from run_services import TEXTS, experienced, refusing, rules_of, vectors_of

from azure.ai.inference.exceptions import (
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)
from azure.ai.inference.models import EmbeddingsResult, UserMessage
from azure.ai.inference.runs._prompts import ChatRules

ENDING = [
    ClientAuthenticationError("a wrong key"),
    refusal(401),
    refusal(403),
    ResourceNotFoundError("no route"),
    refusal(404),
    RateLimitError("wait an hour"),
    refusal(429),
    TypeError("got an unexpected keyword"),
    ValueError("not JSON"),
    OSError("disk full"),
]


@pytest.mark.parametrize("error", ENDING, ids=lambda error: f"{type(error).__name__} {error}")
@pytest.mark.parametrize("keeps", [True, False])
def test_errors_that_end_the_run(error: Exception, keeps: bool) -> None:
    """An error that every further request would meet ends the run, even with `keep`; nothing more is sent."""
    job, sent = drive(experienced(keeps=keeps), TEXTS, refusing(most=0, error=lambda: error))

    assert (job.ending, job.errors, len(sent)) == (error, {}, 1)


def overloaded(retry_after: Optional[float]) -> ServiceOverloadedError:
    error = ServiceOverloadedError("overloaded")
    error.status_code = 503
    error.retry_after = retry_after
    return error


def test_an_overloaded_service_that_names_a_time_ends_the_run() -> None:
    """The wait was longer than the limiter accepts: so it is for all."""
    error = overloaded(3600.0)

    assert drive(experienced(), ["a"], refusing(most=0, error=lambda: error))[0].ending is error


FAILING = [refusal(500), refusal(409), overloaded(None), ServiceRequestError("x"), ServiceResponseError("x")]


@pytest.mark.parametrize("error", FAILING, ids=lambda error: f"{type(error).__name__} {error}")
def test_other_errors_fail_all_inputs_of_the_batch(error: Exception) -> None:
    """Any other error fails all inputs of the batch, which are not sent one by one."""
    job, sent = drive(experienced(), TEXTS, refusing(most=0, error=lambda: error))

    assert (job.errors, job.ending, len(sent)) == (dict.fromkeys(range(16), error), None, 1)


def test_an_error_of_one_half_fails_that_half() -> None:
    """What was accepted stays."""

    def service(argument: Any, settings: Dict[str, Any]) -> Any:
        if len(argument) > 2:
            raise refusal()
        if "text 2" in argument:
            raise ServiceResponseError("cut off")
        return embedded(argument)

    job, _ = drive(experienced(), TEXTS[:4], service)

    assert (sorted(vectors_of(job)), sorted(job.errors)) == ([0, 1], [2, 3])


def with_data(data: Any) -> Service:
    return lambda argument, settings: EmbeddingsResult({"data": data, "usage": {"total_tokens": 7}})


MISPLACED = {
    "too few": [{"index": 0, "embedding": [1.0]}],
    "too many": [{"index": index, "embedding": [1.0]} for index in range(3)],
    "an index twice": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
    "an index too high": [{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}],
    "an index missing": [{"index": 1, "embedding": [1.0]}, {"embedding": [1.0]}],
    "an index that is no number": [{"index": "0", "embedding": [1.0]}, {"index": "1", "embedding": [1.0]}],
    "an index that is a boolean": [{"index": False, "embedding": [1.0]}, {"index": True, "embedding": [1.0]}],
    "different lengths": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
    "different lengths of texts": [{"index": 0, "embedding": "AACAPw=="}, {"index": 1, "embedding": "AACAPwAAgD8="}],
    "no vector": [{"index": 0, "embedding": [1.0]}, {"index": 1}],
    "empty vectors": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
    "words": [{"index": 0, "embedding": ["one"]}, {"index": 1, "embedding": ["two"]}],
    "half a number": [{"index": 0, "embedding": "AACA"}, {"index": 1, "embedding": "AACA"}],
    "no base64": [{"index": 0, "embedding": "é"}, {"index": 1, "embedding": "é"}],
    "no objects": [1, 2],
    "no list": {"0": [1.0], "1": [1.0]},
    "nothing": None,
}


@pytest.mark.parametrize("data", MISPLACED.values(), ids=MISPLACED.keys())
def test_vectors_that_do_not_fit_the_inputs(data: Any) -> None:
    """Vectors that do not fit the inputs fail them. The usage was spent and counts."""
    job, sent = drive(experienced(), ["a", "b"], with_data(data))

    assert len(sent) == 1
    assert {index: type(error) for index, error in job.errors.items()} == {
        0: ResponseDecodeError,
        1: ResponseDecodeError,
    }
    assert (job.parts, job.ending, job.usage) == ([], None, {"total_tokens": 7})


def test_another_length_than_before() -> None:
    """Vectors of another length than before fail their inputs."""
    job, _ = drive(experienced(), ["a"], with_data([{"index": 0, "embedding": [1.0, 2.0]}]))

    assert "3" in str(job.errors[0])
    assert isinstance(job.errors[0], ResponseDecodeError)


def test_vectors_are_placed_by_index() -> None:
    """Vectors are placed by index, whatever their order in the response."""
    data = [{"index": 2, "embedding": [2.0]}, {"index": 0, "embedding": "AAAAAA=="}, {"index": 1, "embedding": [1]}]
    job, _ = drive(rules_of(), ["a", "b", "c"], with_data(data))

    assert vectors_of(job) == {0: [0.0], 1: [1.0], 2: [2.0]}


@pytest.mark.parametrize("index", [{}, {"index": None}])
def test_without_any_index_the_order_counts(index: Dict[str, Any]) -> None:
    """A service that leaves the index out means the order of the inputs."""
    data = [{"embedding": [1.0], **index}, {"embedding": [2.0], **index}]

    assert vectors_of(drive(rules_of(), ["a", "b"], with_data(data))[0]) == {0: [1.0], 1: [2.0]}


@pytest.mark.parametrize("wrong", [None, 5, b"bytes", [1, 2, 3], {"text": "a"}], ids=lambda wrong: type(wrong).__name__)
def test_inputs_of_another_type_fail_unsent(wrong: Any) -> None:
    """Inputs of another type fail without being sent, and do not fail their batch."""
    job, sent = drive(rules_of(), ["a", wrong, "b"], embedded)

    assert [request.argument for request in sent] == [["a", "b"]]
    assert {index: type(error) for index, error in job.errors.items()} == {1: TypeError}
    assert str(job.errors[1]) == f"An input must be a text, not {type(wrong).__name__}."
    assert vectors_of(job) == {0: vector_of("a"), 2: vector_of("b")}


def test_a_result_that_a_hook_replaced_ends_the_run() -> None:
    """A run cannot read what a caller's `cls` made of the result."""
    job, _ = drive(rules_of(), ["a"], lambda argument, settings: "hooked")

    assert isinstance(job.ending, TypeError)
    assert "embed()" in str(job.ending)


def test_the_first_failure_of_a_run_that_raises_ends_its_batch() -> None:
    """Nothing after the first failure of a run that raises is sent."""
    job, sent = drive(experienced(keeps=False), TEXTS[:8], refusing("text 2"))

    assert [request.argument for request in sent] == [TEXTS[:8], TEXTS[:4], TEXTS[:2], ["text 2", "text 3"], ["text 2"]]
    assert sorted(job.errors) == [2]


def test_inputs_before_a_wrong_one_are_sent() -> None:
    """The lowest failed place is the one that counts, so what is below it is tried."""
    job, sent = drive(experienced(keeps=False), ["bad", "a", None, "b"], refusing("bad"))

    assert [request.argument for request in sent] == [["bad", "a"], ["bad"]]
    assert min(job.errors) == 0


def test_twenty_failures_in_a_row_end_a_run_that_keeps() -> None:
    """Twenty failures in a row end a run that keeps errors."""
    rules = experienced()
    error = ServiceRequestError("down")
    jobs = [drive(rules, [str(number)], refusing(most=0, error=lambda: error))[0] for number in range(20)]

    assert [job.ending for job in jobs] == [None] * 19 + [error]


def test_a_success_or_a_refusal_ends_the_row() -> None:
    """A service that responds is not down."""
    rules = experienced()
    down = refusing(most=0, error=lambda: ServiceRequestError("down"))
    for _ in range(3):
        jobs = [drive(rules, [str(number)], down)[0] for number in range(19)]
        jobs.append(drive(rules, ["good"], embedded)[0])
        jobs += [drive(rules, [str(number)], down)[0] for number in range(19)]
        jobs.append(drive(rules, ["a refused one"], refusing("a refused one"))[0])
        assert [job.ending for job in jobs] == [None] * 40
        rules._refused.clear()


def test_jobs_that_send_nothing_do_not_end_the_row() -> None:
    """A batch of wrong types says nothing about the service."""
    rules = experienced()
    down = refusing(most=0, error=lambda: ServiceRequestError("down"))
    jobs = [drive(rules, [given], down)[0] for number in range(20) for given in (str(number), None)]

    assert jobs[-2].ending is not None


def test_kept_errors_hold_no_frames() -> None:
    """A kept error has no traceback, which would keep its request in memory."""
    job, _ = drive(rules_of(), ["bad"], refusing("bad"))

    assert job.errors[0].__traceback__ is None


def prompt(text: str) -> List[UserMessage]:
    return [UserMessage(text)]


def test_chats() -> None:
    """A text is a user message; a list is sent as it is. The usage counts whole numbers."""
    rules = ChatRules(keeps=True)
    messages = prompt("b")
    first, sent = drive(rules, ["a"], lambda *_: completed("A"))
    _, sent_later = drive(rules, [messages], lambda *_: completed("B"))

    assert sent == [Sent(prompt("a"), {})]
    assert sent_later[0].argument is messages
    assert first.parts[0].content.choices[0].message.content == "A"
    assert first.usage == {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}


def test_prompts_with_settings() -> None:
    """Settings are those of the call; extras are sent at the top of the body."""
    body = {"messages": prompt("a"), "temperature": 0.5, "stream": False, "model_extras": {"k": 1}, "new": True}
    _, sent = drive(ChatRules(keeps=True), [body], lambda *_: completed())
    _, plain = drive(ChatRules(keeps=True), [{"messages": (), "model_extras": None}], lambda *_: completed())

    assert sent == [Sent(prompt("a"), {"temperature": 0.5, "model_extras": {"k": 1, "new": True}})]
    assert plain == [Sent((), {})]


@pytest.mark.parametrize(
    "wrong",
    [None, 5, b"bytes", {"role": "user"}, {"messages": "a text"}, {"messages": {"role": "user"}}, {"messages": 5}],
    ids=str,
)
def test_prompts_of_another_type_fail_unsent(wrong: Any) -> None:
    """A single message among the prompts is no prompt: it fails alone."""
    job, sent = drive(ChatRules(keeps=True), [wrong], lambda *_: completed())

    assert (sent, [type(error) for error in job.errors.values()]) == ([], [TypeError])


def test_refused_prompts() -> None:
    """A refused prompt fails alone, and an equal one unsent; two alike at the beginning end the run."""
    rules = ChatRules(keeps=True)
    error = refusal()

    def refuses(*_: Any) -> Any:
        raise error

    assert drive(rules, ["a"], refuses)[0].errors == {0: error}
    assert drive(rules, ["a"], refuses)[1] == []
    assert drive(rules, [prompt("a")], refuses)[0].ending is error


def test_a_completion_that_a_hook_replaced_ends_the_run() -> None:
    """A run cannot read what a caller's `cls` made of the result."""
    job, _ = drive(ChatRules(keeps=True), ["a"], lambda *_: None)

    assert "complete()" in str(job.ending)


@pytest.mark.parametrize("error", [HttpResponseError("reported with status 200"), ResponseDecodeError("no JSON")])
def test_errors_within_a_response_fail_the_batch(error: HttpResponseError) -> None:
    """They are no refusals: nothing is halved."""
    error.status_code = 200
    job, sent = drive(experienced(), ["a", "b"], refusing(most=0, error=lambda: error))

    assert (job.errors, len(sent)) == ({0: error, 1: error}, 1)
