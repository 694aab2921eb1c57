"""The next steps after each response to a batch, row by row, without a network."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

import pytest
from run_rules import Sent, drive, embedded, refusal, vector_of
from run_services import TEXTS, experienced, refusing, rules_of, vectors_of

from azure.ai.inference.exceptions import (
    ContentFilterError,
    ContextLengthError,
)


def sizes(sent: Sequence[Sent]) -> List[int]:
    return [len(request.argument) for request in sent]


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
