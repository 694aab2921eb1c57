"""The next steps after each response to a batch, row by row, without a network."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from run_rules import Sent, Service, completed, drive, embedded, refusal, vector_of

from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
    RateLimitError,
    ResponseDecodeError,
    ServiceOverloadedError,
)
from azure.ai.inference.models import EmbeddingsResult, UserMessage
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._refusals import ChatRules, EmbeddingRules


def rules_of(encoding_format: Optional[str] = "float", *, keeps: bool = True) -> EmbeddingRules:
    return EmbeddingRules(str, encoding_format, keeps=keeps)


def experienced(**options: Any) -> EmbeddingRules:
    """Return the rules of a run that has had a response."""
    rules = rules_of(**options)
    drive(rules, ["before"], embedded)
    return rules


def sizes(sent: Sequence[Sent]) -> List[int]:
    return [len(request.argument) for request in sent]


def refusing(*bad: str, most: int = 10**6, error: Callable[[], Exception] = refusal) -> Service:
    """Return a service that refuses requests with some texts, or with too many."""

    def service(argument: Any, settings: Dict[str, Any]) -> Any:
        if len(argument) > most or set(argument) & set(bad):
            raise error()
        return embedded(argument, settings)

    return service


def vectors_of(job: Job) -> Mapping[int, List[float]]:
    """Return the vectors of a job by the indices of their inputs."""
    import numpy as np

    found: Dict[int, List[float]] = {}
    for part in job.parts:
        rows = part.content.as_array("float")
        assert rows.dtype == np.float32
        found.update(zip(part.indices, rows.tolist()))
    return found


TEXTS = [f"text {number}" for number in range(16)]


def test_a_good_batch() -> None:
    """A batch that is accepted takes one request, and each input has its vector."""
    job, sent = drive(rules_of(), TEXTS, embedded, start=32)

    assert sent == [Sent(TEXTS, {})]
    assert vectors_of(job) == {index: vector_of(text) for index, text in enumerate(TEXTS)}
    assert job.usage == {"prompt_tokens": 16, "total_tokens": 16}
    assert (job.errors, job.ending) == ({}, None)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_batch_is_halved_left_first(status: int) -> None:
    """A refused batch is halved, and its left half is sent first, until the bad input is found."""
    job, sent = drive(experienced(), TEXTS[:8], refusing("text 5", error=lambda: refusal(status)))

    assert [request.argument for request in sent] == [
        TEXTS[:8],
        TEXTS[:4],
        TEXTS[4:8],
        TEXTS[4:6],
        ["text 4"],
        ["text 5"],
        TEXTS[6:8],
    ]
    assert {index: error.status_code for index, error in job.errors.items()} == {5: status}
    assert sorted(vectors_of(job)) == [0, 1, 2, 3, 4, 6, 7]


def test_an_accepted_half_is_the_most_for_the_rest_of_the_run() -> None:
    """The size of an accepted half limits all later batches of the run."""
    rules = experienced()

    first, sent = drive(rules, TEXTS, refusing(most=5))
    assert sizes(sent) == [16, 8, 4, 4, 4, 4]  # the second half is sent by what the first one taught
    assert (first.errors, rules.most) == ({}, 4)
    _, sent = drive(rules, TEXTS[:11], refusing(most=5))
    assert sizes(sent) == [4, 4, 3]


def test_a_bad_input_teaches_nothing_about_sizes() -> None:
    """A bad input does not limit the size of later batches."""
    rules = experienced()
    drive(rules, TEXTS, refusing("text 9"))

    assert rules.most is None


def test_a_first_batch_that_is_refused_is_tried_with_single_inputs() -> None:
    """Before anything was accepted, the first input goes alone, then the second, then the rest."""
    _, sent = drive(rules_of(), TEXTS, refusing(most=8))

    assert sizes(sent) == [16, 1, 1, 14, 7, 7]


def test_a_large_first_batch_of_bad_inputs() -> None:
    """A first batch of 2,048 texts, all too long, does not end with a RecursionError."""

    def service(argument: Any, settings: Dict[str, Any]) -> Any:
        raise ContextLengthError("too long")

    texts = [f"text {number}" for number in range(2048)]
    job, sent = drive(rules_of(), texts, service)

    assert (sorted(job.errors), job.ending) == (list(range(2048)), None)
    assert sizes(sent)[:8] == [2048, 1, 1, 2046, 1, 1, 2044, 1]


def test_two_inputs_that_are_refused_at_first_are_halved() -> None:
    """Two inputs are sent one by one."""
    _, sent = drive(rules_of(), TEXTS[:2], refusing(most=1))

    assert sizes(sent) == [2, 1, 1]


@pytest.mark.parametrize("keeps", [True, False])
def test_a_service_that_refuses_all_ends_the_run(keeps: bool) -> None:
    """A service that refuses all inputs for one reason ends the run."""
    error = refusal(400, "unknown_model")
    job, sent = drive(rules_of(keeps=keeps), TEXTS, refusing(most=0, error=lambda: error))

    if keeps:
        assert sizes(sent) == [16, 1, 1]
        assert job.ending is error
    else:  # the first failed input ends the run anyway
        assert sizes(sent) == [16, 1]
        assert job.errors == {0: error}


def test_refusals_for_different_reasons_do_not_end_the_run() -> None:
    """Two bad inputs at the beginning, with different reasons, do not end the run."""
    errors = {"text 0": refusal(400, "empty"), "text 1": refusal(400, "too_long")}

    def service(argument: Any, settings: Dict[str, Any]) -> Any:
        for text, error in errors.items():
            if text in argument:
                raise error
        return embedded(argument, settings)

    job, _ = drive(rules_of(), TEXTS, service)

    assert (job.errors, job.ending) == ({0: errors["text 0"], 1: errors["text 1"]}, None)


@pytest.mark.parametrize("kind", [ContentFilterError, ContextLengthError])
def test_refusals_of_a_single_input_by_name_do_not_end_the_run(kind: Any) -> None:
    """A filter, or a length, is about the input, however many have it."""

    def refused() -> Exception:
        error = kind("refused")
        error.status_code = 400
        return error

    job, _ = drive(rules_of(), TEXTS, refusing("text 0", "text 1", "text 2", error=refused))

    assert (sorted(job.errors), job.ending) == ([0, 1, 2], None)


def test_equal_texts_are_not_sent_again() -> None:
    """A text that was refused alone fails with the same error, unsent, in its own batch and in later ones."""
    rules = experienced()
    batch = ["bad", "a", "b", "bad"]
    first, sent = drive(rules, batch, refusing("bad"))
    later, sent_later = drive(rules, ["c", "bad"], refusing("bad"))

    assert [request.argument for request in sent] == [batch, ["bad", "a"], ["bad"], ["a"], ["b"]]
    assert [request.argument for request in sent_later] == [["c"]]
    assert first.errors[0] is first.errors[3] is later.errors[1]


def test_ten_thousand_refused_texts_are_remembered() -> None:
    """A run remembers 10,000 refused texts at most, so that its memory is bounded."""
    rules = experienced()
    for number in range(10_010):
        drive(rules, [f"bad {number}"], refusing(most=0))

    assert drive(rules, ["bad 9999"], embedded)[1] == []
    assert drive(rules, ["bad 10000"], embedded)[1] != []


def test_base64_is_asked_for_unless_a_format_was() -> None:
    """Base64 is requested unless the caller chose a format."""
    _, by_default = drive(rules_of(None), ["a"], embedded)
    _, by_choice = drive(rules_of("int8"), ["a"], embedded)

    assert [request.settings for request in [*by_default, *by_choice]] == [{"encoding_format": "base64"}, {}]


def no_base64(argument: Any, settings: Dict[str, Any]) -> Any:
    """Respond as a service that does not know base64."""
    if settings:
        raise refusal(400, "unknown_format")
    return embedded(argument)


def test_a_service_without_base64() -> None:
    """A refusal that base64 may be the reason for is sent once more without; once accepted, it is not asked for again."""
    rules = rules_of(None)
    first, sent = drive(rules, TEXTS, no_base64)
    _, sent_later = drive(rules, TEXTS, no_base64)

    assert sent == [Sent(TEXTS, {"encoding_format": "base64"}), Sent(TEXTS, {})]
    assert sent_later == [Sent(TEXTS, {})]
    assert vectors_of(first)[15] == vector_of("text 15")


def test_base64_that_was_accepted_is_not_the_reason() -> None:
    """Once base64 was accepted, a refused batch is not sent again without it."""
    rules = rules_of(None)
    drive(rules, ["before"], embedded)
    _, sent = drive(rules, ["bad"], refusing("bad"))

    assert sent == [Sent(["bad"], {"encoding_format": "base64"})]


def test_a_service_without_base64_and_a_batch_that_is_too_large() -> None:
    """Both are found out together."""
    job, sent = drive(
        rules_of(None), TEXTS, lambda texts, given: no_base64(texts, given) if len(texts) < 9 else refuse()
    )

    assert job.errors == {}
    assert sizes(sent) == [16, 16, 1, 1, 1, 14, 7, 7]


def refuse() -> None:
    raise refusal()


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
    assert type(wrong).__name__ in str(job.errors[1])
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
    """Settings are those of the call. If this fails, extras are sent below a parameter `model_extras`."""
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
    """A single message among the prompts is no prompt. If this fails, one such prompt ends the run."""
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
