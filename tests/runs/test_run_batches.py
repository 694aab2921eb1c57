"""How inputs are cut into batches, in which order jobs are delivered, and what is counted: without a network."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import pytest

from azure.ai.inference.runs import RunProgress
from azure.ai.inference.runs._batches import Cutter, Job, NothingKnown, Record
from azure.ai.inference.runs._window import Tally, Window, total_of


class Known:
    """Jobs of an earlier run, by place; ``unchanged`` decides which inputs they had."""

    def __init__(self, **jobs: Sequence[Any]) -> None:
        self._jobs = {int(start[1:]): list(inputs) for start, inputs in jobs.items()}

    def count_at(self, start: int) -> int:
        return len(self._jobs.get(start, ()))

    def take(self, start: int, inputs: List[Any]) -> Optional[Job]:
        if self._jobs[start] != inputs:
            return None
        job = Job(start, inputs)
        job.done = True
        return job


def cut(
    inputs: Sequence[Any],
    size: int = 3,
    tokens: float = 100,
    known: Any = None,
    most: Callable[[], Optional[int]] = lambda: None,
) -> List[Tuple[int, List[Any], bool]]:
    """Return place and inputs of each job, and whether it was known."""
    cutter = Cutter(size, tokens, lambda given: len(str(given)), most, known or NothingKnown())
    jobs = [job for given in inputs for job in cutter.add(given)] + cutter.end()
    return [(job.start, job.inputs, job.done) for job in jobs]


def test_batches_by_size() -> None:
    """A batch is closed with its last input, and the last one at the end."""
    assert cut("abcdefgh") == [(0, ["a", "b", "c"], False), (3, ["d", "e", "f"], False), (6, ["g", "h"], False)]
    assert cut("abcdef") == [(0, ["a", "b", "c"], False), (3, ["d", "e", "f"], False)]
    assert cut("") == []


def test_a_full_batch_does_not_wait_for_the_next_input() -> None:
    """A full batch is complete without the next input."""
    cutter = Cutter(2, 100, len, lambda: None, NothingKnown())

    assert [len(cutter.add(given)) for given in "abcd"] == [0, 1, 0, 1]


def test_batches_by_tokens() -> None:
    """A batch is closed when the next input would pass the limit; a larger input goes alone."""
    found = cut(["aa", "bb", "c", "dddddd", "e", "ff", "ggg"], size=10, tokens=5)

    assert [inputs for _, inputs, _ in found] == [["aa", "bb", "c"], ["dddddd"], ["e", "ff"], ["ggg"]]


def test_batches_by_what_the_service_accepts() -> None:
    """The most inputs that the service accepts limit the batches to come."""
    learned: List[Optional[int]] = [None]
    cutter = Cutter(4, 100, len, lambda: learned[0], NothingKnown())
    jobs: List[Job] = []
    for number, given in enumerate("abcdefghijk"):
        learned[0] = 2 if number > 4 else None
        jobs += cutter.add(given)

    assert [job.inputs for job in [*jobs, *cutter.end()]] == [list("abcd"), list("ef"), list("gh"), list("ij"), ["k"]]


def test_known_jobs_keep_their_bounds() -> None:
    """A run with another batch size keeps the bounds of known jobs, and does not pay for them again."""
    known = Known(_0="abcd", _4="e", _8="ij")

    assert cut("abcdefghijk", known=known) == [
        (0, ["a", "b", "c", "d"], True),
        (4, ["e"], True),
        (5, ["f", "g", "h"], False),
        (8, ["i", "j"], True),
        (10, ["k"], False),
    ]


def test_a_batch_ends_where_a_known_job_begins() -> None:
    """What failed before is sent again, and nothing else."""
    assert cut("abcdef", size=6, known=Known(_2="cd")) == [
        (0, ["a", "b"], False),
        (2, ["c", "d"], True),
        (4, ["e", "f"], False),
    ]


def test_changed_inputs_cost_only_their_batch() -> None:
    """A known job with other inputs is cut by the current limits, within its bounds."""
    known = Known(_0="abcd", _4="ef", _6="gh")

    assert cut("abXdefgh", known=known) == [
        (0, ["a", "b", "X"], False),
        (3, ["d"], False),
        (4, ["e", "f"], True),
        (6, ["g", "h"], True),
    ]


def test_known_jobs_within_a_changed_one() -> None:
    """A file of several runs has lines that overlap; each is taken where its place comes."""
    known = Known(_0="abcdef", _1="bc", _3="Xe")

    assert cut("abcdef!", size=9, known=Known(_0="abcdefg", _1="bc", _3="Xe")) == [
        (0, ["a"], False),
        (1, ["b", "c"], True),
        (3, ["d", "e"], False),
        (5, ["f", "!"], False),
    ]
    assert cut("abcdef", known=known) == [(0, list("abcdef"), True)]


def test_a_source_that_ends_within_a_known_job() -> None:
    """Fewer inputs than before are new ones."""
    assert cut("ab", known=Known(_0="abcd")) == [(0, ["a", "b"], False)]
    assert cut("abcd", size=9, known=Known(_0="Xbcdef", _1="bcdef")) == [(0, ["a"], False), (1, ["b", "c", "d"], False)]


def test_a_known_job_after_a_batch_that_is_full_of_tokens() -> None:
    """The input that closes a batch may be the first of a known job."""
    assert cut(["aaa", "bbb", "ccc"], size=9, tokens=4, known=Known(_1=["bbb", "ccc"])) == [
        (0, ["aaa"], False),
        (1, ["bbb", "ccc"], True),
    ]


def test_records_of_an_accepted_request() -> None:
    """Inputs with a gap between them make several records; the usage is in the first."""
    job = Job(10, list("abcdef"))
    job.record([0, 1, 3, 5], {"total_tokens": 4}, ["A", "B", "D", "F"])

    assert job.records == [
        Record(10, ["a", "b"], {"total_tokens": 4}, ["A", "B"]),
        Record(13, ["d"], {}, ["D"]),
        Record(15, ["f"], {}, ["F"]),
    ]


def filled(window: Window, count: int = 4) -> List[Job]:
    jobs = [Job(start, [start]) for start in range(count)]
    for job in jobs:
        window.add(job)
    return jobs


def taken(window: Window) -> List[int]:
    """Return the places of all jobs that can be delivered."""
    starts: List[int] = []
    while window.is_ready:
        job = window.take()
        assert job is not None
        starts.append(job.start)
    assert window.take() is None
    return starts


def test_in_order() -> None:
    """A job waits for those before it."""
    window = Window(8, in_order=True)
    jobs = filled(window)
    window.finish(jobs[2], stops=False)
    window.finish(jobs[1], stops=False)
    assert taken(window) == []
    window.finish(jobs[0], stops=False)

    assert (taken(window), len(window)) == ([0, 1, 2], 1)


def test_out_of_order() -> None:
    """A job waits for no other job."""
    window = Window(8, in_order=False)
    jobs = filled(window)
    for index in (2, 0, 3):
        window.finish(jobs[index], stops=False)

    assert (taken(window), len(window)) == ([2, 0, 3], 1)


@pytest.mark.parametrize("in_order", [True, False])
def test_room(in_order: bool) -> None:
    """The window limits the results in memory, and is filled again as they are delivered."""
    window = Window(4, in_order=in_order)
    jobs = filled(window)
    assert not window.has_room
    window.finish(jobs[0], stops=False)
    assert not window.has_room
    window.take()

    assert window.has_room


@pytest.mark.parametrize("in_order", [True, False])
def test_a_job_that_ends_the_run(in_order: bool) -> None:
    """Nothing more is pulled, jobs before it are still done, and jobs after it are not."""
    window = Window(8, in_order=in_order)
    jobs = filled(window)
    window.finish(jobs[2], stops=True)
    window.finish(jobs[3], stops=True)

    assert not window.has_room
    assert [window.needs(job) for job in jobs] == [True, True, False, False]
    window.finish(jobs[1], stops=True)
    assert [window.needs(job) for job in jobs] == [True, False, False, False]


def done(start: int, count: int, errors: Sequence[int] = (), **usage: int) -> Job:
    job = Job(start, list(range(count)))
    job.errors = {index: ValueError() for index in errors}
    job.usage = dict(usage)
    return job


@pytest.mark.parametrize(
    ("usages", "tokens"),
    [
        ([{"prompt_tokens": 3, "total_tokens": 5}, {"prompt_tokens": 1, "total_tokens": 2}], 7),
        ([{"prompt_tokens": 3, "completion_tokens": 4}, {"prompt_tokens": 1}], 8),
        ([{}, {}], 0),
    ],
)
def test_counts(usages: List[Dict[str, int]], tokens: int) -> None:
    """Failed inputs are not among the done ones, and the usage is the sum."""
    tally = Tally(total=9)
    assert tally.progress == RunProgress(0, 0, 9, 0)
    tally.add(done(0, 4, [1], **usages[0]))
    tally.add(done(4, 2, [0, 1], **usages[1]))

    assert tally.progress == RunProgress(done=3, failed=3, total=9, tokens=tokens)
    assert tally.usage == {name: sum(usage.get(name, 0) for usage in usages) for name in {**usages[0], **usages[1]}}


def test_the_total() -> None:
    """The total is the length of the inputs, where they have one."""

    class Endless:
        def __len__(self) -> int:
            raise NotImplementedError

    assert [total_of(["a"]), total_of(iter("a")), total_of(range(5))] == [1, None, 5]
    assert [total_of(Endless()), total_of(range(10**30))] == [None, None]
