"""Checkpoints: the content of the file, and what a later run reads from it."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest
from run_rules import completed, drive, embedded, refusal, vector_of

from azure.ai.inference.runs._batches import Cutter, Job
from azure.ai.inference.runs._checkpoint import Checkpoint
from azure.ai.inference.runs._prompts import ChatRules
from azure.ai.inference.runs._refusals import EmbeddingRules, Rules

SHAPE = {"url": "https://host.example", "settings": {"model": "m", "dimensions": 3}}


def rules_of() -> EmbeddingRules:
    return EmbeddingRules(str, "float", keeps=True)


def run(
    path: Path, inputs: List[Any], size: int = 2, *, rules: Any = None, service: Any = embedded, **shape: Any
) -> Any:
    """Do a run with a checkpoint; return its jobs, and the arguments that were sent."""
    rules = rules or rules_of()
    checkpoint = Checkpoint(path, {**SHAPE, **shape}, rules)
    cutter = Cutter(size, 10**6, lambda given: 1, lambda: rules.most, checkpoint)
    sent: List[Any] = []
    done: List[Job] = []
    for job in [job for given in inputs for job in cutter.add(given)] + cutter.end():
        if not job.done:
            finished, requests = drive(rules, job.inputs, service, job.start)
            sent += [request.argument for request in requests]
            checkpoint.write(finished.records)
            job = finished  # noqa: PLW2901 - the driver makes a job of its own
        done.append(job)
    checkpoint.close()
    return done, sent


def lines_of(path: Path) -> List[Dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_file(tmp_path: Path) -> None:
    """The file has digests, usage and vectors, but no input, and no setting."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a secret text", "b", "c"])
    head, *jobs = lines_of(path)

    assert sorted(head) == ["checkpoint", "settings", "version"]
    assert jobs == [
        {
            "start": start,
            "count": len(inputs),
            "sha256": hashlib.sha256(json.dumps(inputs).encode()).hexdigest(),
            "usage": {"prompt_tokens": len(inputs), "total_tokens": len(inputs)},
            "content": [vector_of(text) for text in inputs],
        }
        for start, inputs in [(0, ["a secret text", "b"]), (2, ["c"])]
    ]
    assert b"secret" not in path.read_bytes()
    assert b"host.example" not in path.read_bytes()


def test_the_next_run_sends_nothing_again(tmp_path: Path) -> None:
    """Vectors and usage are those of the first run, whatever the batch size is."""
    path = tmp_path / "run.checkpoint"
    inputs = [f"text {number}" for number in range(7)]
    first, _ = run(path, inputs)
    second, sent = run(path, inputs, size=5)

    assert sent == []
    assert [(job.start, job.inputs, job.usage) for job in second] == [(j.start, j.inputs, j.usage) for j in first]
    assert [job.parts[0].content for job in second] == [job.parts[0].content for job in first]


def test_changed_and_further_inputs(tmp_path: Path) -> None:
    """Only batches with other inputs are paid for; the next run takes the newest line of a place."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a", "b", "c", "d"])
    _, sent = run(path, ["a", "b", "X", "d", "e"])
    _, sent_again = run(path, ["a", "b", "X", "d", "e"])
    _, sent_back = run(path, ["a", "b", "c", "d", "e"])

    assert (sent, sent_again, sent_back) == ([["X", "d"], ["e"]], [], [["c", "d"]])


def test_failures_are_tried_again(tmp_path: Path) -> None:
    """A failed input is not in the file, and its neighbours are."""
    path = tmp_path / "run.checkpoint"

    def service(argument: Any, settings: Any) -> Any:
        if "bad" in argument:
            raise refusal()
        return embedded(argument)

    run(path, ["a", "b", "c", "bad", "d", None, "e"], size=7, service=service)
    _, sent = run(path, ["a", "b", "c", "bad", "d", None, "e"], size=7)

    assert sent == [["bad"]]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line(tmp_path: Path, cut: int) -> None:
    """A run that was killed while it wrote can go on, without the incomplete line."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a", "b", "c", "d"])
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    _, sent = run(path, ["a", "b", "c", "d"])

    assert sent == [["c", "d"]]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("length", [0, 1, 30, 70])
def test_a_torn_first_line(tmp_path: Path, length: int) -> None:
    """A run that was killed at its very beginning starts again."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a"])
    whole = path.read_bytes()
    path.write_bytes(whole[:length])
    run(path, ["a"])

    assert path.read_bytes() == whole


@pytest.mark.parametrize("text", ["a text of the user's", "one\ntwo\n", '{"start": 0}\n'])
def test_a_file_that_is_no_checkpoint(tmp_path: Path, text: str) -> None:
    """A file that is no checkpoint is refused, and not changed."""
    path = tmp_path / "texts.txt"
    path.write_text(text)

    with pytest.raises(ValueError, match=r"texts\.txt is no checkpoint"):
        run(path, ["a"])
    assert path.read_text() == text


def test_lines_that_were_damaged_are_made_anew(tmp_path: Path) -> None:
    """A damaged line is ignored as a whole, and its inputs are sent again."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a", "b", "c", "d", "e", "f"])
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace('"content":[[', '"content":[[{')
    lines[2] = lines[2].replace('"content":[[', '"content":[[7.0,')
    path.write_text("\n".join(lines) + "\n")
    _, sent = run(path, ["a", "b", "c", "d", "e", "f"])

    assert sent == [["a", "b"], ["c", "d"]]


class FullDisk(io.FileIO):
    """A file that there is no more room for in the middle of a line."""

    def write(self, data: Any) -> int:
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "no space left")
        return super().write(data[:50])


def test_a_full_disk(tmp_path: Path) -> None:
    """A write that fails leaves no partial line, which would spoil the next one of another request in flight."""
    path = tmp_path / "run.checkpoint"
    checkpoint = Checkpoint(path, SHAPE, rules_of())
    room, checkpoint._file = checkpoint._file, FullDisk(path, "a+")
    job, _ = drive(rules_of(), ["a", "b"], embedded)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.write(job.records)
    checkpoint._file.close()
    checkpoint._file = room
    job, _ = drive(rules_of(), ["c", "d"], embedded, start=2)
    checkpoint.write(job.records)
    checkpoint.close()

    assert run(path, ["a", "b", "c", "d"])[1] == [["a", "b"]]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such device, or no lock for it")
def test_a_file_without_lines() -> None:
    """A file without lines, such as a device, is refused without reading it whole."""
    with pytest.raises(ValueError, match="/dev/zero is no checkpoint"):
        Checkpoint("/dev/zero", SHAPE, rules_of())


def test_a_first_line_that_goes_on(tmp_path: Path) -> None:
    """A first line that goes on is one of a later version; the file is refused, and not cut off."""
    path = tmp_path / "run.checkpoint"
    run(path, [])
    path.write_bytes(path.read_bytes()[:-1] + b"0")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="other settings"):
        Checkpoint(path, SHAPE, rules_of())
    assert path.read_bytes() == before


@pytest.mark.parametrize("count", [10**15, 10**30])
def test_a_damaged_count(tmp_path: Path, count: int) -> None:
    """A line with a damaged count is ignored, and the others stay."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a", "b", "c", "d"])
    path.write_text(path.read_text().replace('"start":0,"count":2', f'"start":0,"count":{count}'))

    checkpoint = Checkpoint(path, SHAPE, rules_of())
    assert [checkpoint.count_at(start) for start in (0, 2)] == [0, 2]
    checkpoint.close()


def test_another_run_with_the_file(tmp_path: Path) -> None:
    """A second run with the same file is refused, until the first one is closed."""
    path = tmp_path / "run.checkpoint"
    first = Checkpoint(path, SHAPE, rules_of())
    with pytest.raises(BlockingIOError, match="Another run uses this checkpoint") as raised:
        Checkpoint(path, SHAPE, rules_of())
    first.close()
    first.close()

    assert raised.value.filename == str(path)
    Checkpoint(path, SHAPE, rules_of()).close()


def test_other_settings(tmp_path: Path) -> None:
    """A file of a run with other settings is refused. The order of keys does not count."""
    path = tmp_path / "run.checkpoint"
    run(path, ["a"])
    with pytest.raises(ValueError, match="made with another endpoint, model or other settings"):
        run(path, ["a"], settings={"model": "other", "dimensions": 3})
    with pytest.raises(ValueError, match="made with another endpoint"):
        run(path, ["a"], url="https://other.example")
    _, sent = run(path, ["a"], settings={"dimensions": 3, "model": "m"})

    assert sent == []


def test_what_is_written_after_the_end_is_dropped(tmp_path: Path) -> None:
    """A request that ends after its run was closed does not write to a file that may belong to another run."""
    path = tmp_path / "run.checkpoint"
    job, _ = drive(rules_of(), ["a"], embedded)
    checkpoint = Checkpoint(path, SHAPE, rules_of())
    checkpoint.close()
    checkpoint.write(job.records)

    assert len(lines_of(path)) == 1


def test_chats(tmp_path: Path) -> None:
    """Completions are kept whole, by the messages that they belong to."""
    path = tmp_path / "run.checkpoint"
    messages = [{"role": "user", "content": "b"}]

    def go(prompts: List[Any]) -> Any:
        rules: Rules = ChatRules(keeps=True)
        return run(path, prompts, size=1, rules=rules, service=lambda argument, settings: completed(str(argument)))

    first, _ = go(["a", messages])
    second, sent = go(["a", messages, "c"])

    assert len(sent) == 1
    assert [job.parts[0].content.as_dict() for job in second[:2]] == [job.parts[0].content for job in first]
    assert second[0].usage == {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
    path.write_text(path.read_text().replace('"content":[{', '"content":[7,{', 1))
    assert len(go(["a", messages, "c"])[1]) == 1


def test_texts_with_half_a_character(tmp_path: Path) -> None:
    """A lone surrogate, which JSON can contain, is an input like any other."""
    path = tmp_path / "run.checkpoint"
    run(path, ["\ud800"])

    assert run(path, ["\ud800"])[1] == []
