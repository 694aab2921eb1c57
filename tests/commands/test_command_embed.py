"""`embed`: the texts of a file become a file of vectors, and no failure is lost."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from command_world import KEY, CommandLine, bodies, embedded, json_lines, names_of, refusing, vector_of

from azure.ai.inference import EmbeddingsClient
from azure.ai.inference.testing import LocalService, Reply

TEXTS = ["one", "twice", "café", "four"]


def write(texts: List[str], path: str = "texts.txt") -> str:
    Path(path).write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return path


def test_text_file(command: CommandLine, service: LocalService, bare: Path) -> None:
    """Row N is the vector of line N, the last line has the figures, and nothing else is left."""
    service.answer_always(embedded)
    done = command("embed", write(TEXTS), "--out", "vectors.npy", "--batch-size", 3, "--max-concurrency", 1)

    vectors = np.load("vectors.npy")
    assert (vectors.tolist(), vectors.dtype) == ([vector_of(text) for text in TEXTS], np.float32)
    assert re.fullmatch(r"4 inputs, 3 dimensions, 8 tokens, 0 failed, \d+\.\d seconds, vectors\.npy\n", done.out)
    assert (done.status, done.err, names_of(bare)) == (0, "", ["texts.txt", "vectors.npy"])
    assert [body["input"] for body in bodies(service)] == [TEXTS[:3], TEXTS[3:]]


def test_settings_are_sent(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of the environment is the default of --model."""
    service.answer_always(embedded)
    monkeypatch.setenv("AZURE_AI_EMBEDDINGS_MODEL", "from-environment")
    options = ["--dimensions", 3, "--encoding-format", "float"]
    assert command("embed", write(TEXTS), "--out", "a.npy", *options).status == 0
    assert command("embed", write(TEXTS), "--out", "b.npy", *options, "--model", "named").status == 0

    common = {"input": TEXTS, "dimensions": 3, "encoding_format": "float"}
    assert bodies(service) == [{**common, "model": "from-environment"}, {**common, "model": "named"}]


@pytest.mark.parametrize(
    ("lines", "options", "texts"),
    [
        ('"one"\n"twice"\n', [], ["one", "twice"]),
        ('{"text": "one"}\n\n{"text": "twice", "id": 7}\n  \n', [], ["one", "twice"]),
        ('{"title": "one", "text": 5}\r\n"twice"', ["--field", "title"], ["one", "twice"]),
        ('\ufeff"one"\n', [], ["one"]),
    ],
)
@pytest.mark.parametrize("by_stdin", [False, True])
def test_json_lines(
    command: CommandLine, service: LocalService, lines: str, options: List[str], texts: List[str], by_stdin: bool
) -> None:
    """Strings and objects are read, blank lines are none; stdin is JSON if a field is named."""
    service.answer_always(embedded)
    Path("rows.jsonl").write_bytes(lines.encode())
    source = "rows.jsonl"
    if by_stdin:
        source, options = "-", options or ["--field", "text"]
    done = command("embed", source, "--out", "vectors.jsonl", *options, stdin=lines.encode())

    assert (done.status, done.err) == (0, "")
    expected = [{"index": index, "embedding": vector_of(text)} for index, text in enumerate(texts)]
    assert json_lines(Path("vectors.jsonl")) == expected


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\ntwo", ["one", "two"]),
        (b"\xef\xbb\xbfone\n\ntwo\n", ["one", "", "two"]),
        (b" one \rtwo\x0bthree\n", [" one \rtwo\x0bthree"]),
    ],
)
def test_lines_of_text(command: CommandLine, service: LocalService, content: bytes, texts: List[str]) -> None:
    """Only line feeds end a text, so that a row belongs to its line; an empty line is a text."""
    service.answer_always(embedded)
    done = command("embed", "-", "--out", "vectors.npy", stdin=content)

    assert (done.status, [body["input"] for body in bodies(service)]) == (0, [texts])


def test_nothing_to_embed(command: CommandLine, service: LocalService, bare: Path) -> None:
    """An empty file is no error, and sends nothing."""
    done = command("embed", write([]), "--out", "vectors.npy")

    assert (done.status, np.load("vectors.npy").shape, service.requests) == (0, (0, 0), [])
    assert names_of(bare) == ["texts.txt", "vectors.npy"]


@pytest.mark.parametrize("ending", [".npy", ".jsonl", ".parquet"])
@pytest.mark.parametrize("bad", [TEXTS[:1], TEXTS[1:2], TEXTS[2:]])
def test_some_fail(command: CommandLine, service: LocalService, bare: Path, ending: str, bad: List[str]) -> None:
    """Failed inputs have no vector, their errors have their indices, and the same command tries only them again."""
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    service.answer_always(refusing(*bad))
    arguments = ["embed", write(TEXTS), "--out", f"out{ending}", "--batch-size", 2]
    first = command(*arguments)

    assert first.status == 3
    assert first.err == f"{len(bad)} failed: see out{ending}.failed.jsonl. The same command retries them.\n"
    failed = [TEXTS.index(text) for text in bad]
    failures = json_lines(Path(f"out{ending}.failed.jsonl"))
    assert [failure["index"] for failure in failures] == failed
    assert {failure["error"] for failure in failures} == {"(bad_input) This text is bad."}
    assert vectors_in(f"out{ending}") == [None if text in bad else vector_of(text) for text in TEXTS]
    service.reset()
    service.answer_always(embedded)
    second = command(*arguments)
    assert second.status == 0
    assert second.err == f"Continuing from out{ending}.checkpoint; --restart starts over.\n"
    assert [text for body in bodies(service) for text in body["input"]] == bad
    assert vectors_in(f"out{ending}") == [vector_of(text) for text in TEXTS]
    assert names_of(bare) == [f"out{ending}", "texts.txt"]


def vectors_in(path: str) -> List[Any]:
    if path.endswith(".npy"):
        return [None if np.isnan(row).all() else row.tolist() for row in np.load(path)]
    if path.endswith(".jsonl"):
        rows = json_lines(Path(path))
    else:
        rows = importlib.import_module("pyarrow.parquet").read_table(path).to_pylist()
    assert [row["index"] for row in rows] == [*range(len(rows))]
    return [row["embedding"] for row in rows]


@pytest.mark.parametrize("ending", [".npy", ".jsonl", ".parquet"])
def test_integer_format(command: CommandLine, service: LocalService, ending: str) -> None:
    """Integers stay integers; a failed input has 0 in an array."""
    if ending == ".parquet":
        pytest.importorskip("pyarrow")

    def respond(request: Any) -> Reply:
        if request.json()["input"] != ["twice"]:
            rows = [[1, -2]] * len(request.json()["input"])
            return Reply(body={"data": [{"index": index, "embedding": row} for index, row in enumerate(rows)]})
        return Reply(400, {"error": {"message": "no"}})

    service.answer_always(respond)
    options = ["--encoding-format", "int8", "--batch-size", 1, "--out", f"out{ending}"]
    assert command("embed", write(["one", "twice"]), *options).status == 3

    if ending == ".npy":
        vectors = np.load("out.npy")
        assert (vectors.tolist(), vectors.dtype) == ([[1, -2], [0, 0]], np.int8)
    else:
        assert vectors_in(f"out{ending}") == [[1, -2], None]


def test_bad_lines_fail_alone(command: CommandLine, service: LocalService) -> None:
    """A line that holds no text is not sent, and its failure says why."""
    service.answer_always(embedded)
    lines = ['{"text": "one"}', "{", '{"body": 1, "b": 2}', '{"text": null}', "NaN", "7", '"last"']
    Path("rows.jsonl").write_bytes("\n".join(lines).encode() + b'\n"\xff"\n')
    done = command("embed", "rows.jsonl", "--out", "vectors.jsonl")

    assert done.status == 3
    assert [body["input"] for body in bodies(service)] == [["one", "last"]]
    failures = json_lines(Path("vectors.jsonl.failed.jsonl"))
    assert [failure["index"] for failure in failures] == [1, 2, 3, 4, 5, 7]
    assert [failure["error"] for failure in failures[1:]] == [
        "The object has no key 'text'; its keys: body, b. --field names another.",
        "The text must be a string, not NoneType.",
        "The line is no JSON: NaN is no JSON number",
        "The text must be a string, not int.",
        "The line is not UTF-8.",
    ]


@pytest.mark.parametrize("count", [1, 3, 25])
def test_file_of_another_kind(command: CommandLine, service: LocalService, bare: Path, count: int) -> None:
    """If none of the first lines holds a text, the command ends before anything is paid: the field is wrong."""
    Path("rows.jsonl").write_text('{"title": "one"}\n' * count + '{"text": "x"}\n' * (count // 25), "utf-8")
    done = command("embed", "rows.jsonl", "--out", "vectors.npy")

    assert (done.status, done.out, service.requests) == (1, "", [])
    assert done.err == (
        "error: rows.jsonl, line 1: The object has no key 'text'; its keys: title. --field names another.\n"
    )
    assert names_of(bare) == ["rows.jsonl"]


def test_the_run_ends(command: CommandLine, service: LocalService, bare: Path) -> None:
    """An error of all requests is one line, and leaves nothing that blocks a corrected command."""
    service.answer_always(Reply(401, {"error": {"code": "401", "message": f"Key {KEY}\nis \x1b[31mwrong."}}))
    done = command("embed", write(TEXTS), "--out", "vectors.npy")

    assert (done.status, done.out) == (1, "")
    assert re.fullmatch(r"error: \(401\) Key \*\*\* is \[31mwrong\. .+ There were no responses yet\.\n", done.err)
    assert names_of(bare) == ["texts.txt"]


def test_the_run_ends_in_the_middle(command: CommandLine, service: LocalService, bare: Path) -> None:
    """Vectors from before are kept, the message says so, and the next command does not pay for them."""
    service.answer(embedded, Reply(401, {"error": {"message": "no"}}))
    arguments = ["embed", write(TEXTS), "--out", "vectors.npy", "--batch-size", 2, "--max-concurrency", 1]
    first = command(*arguments)

    assert first.status == 1
    assert first.err.endswith(
        "The responses so far are in vectors.npy.checkpoint: the same command continues from there.\n"
    )
    service.reset()
    service.answer_always(embedded)
    assert command(*arguments).status == 0
    assert [body["input"] for body in bodies(service)] == [TEXTS[2:]]
    assert np.load("vectors.npy").tolist() == [vector_of(text) for text in TEXTS]


def test_all_fail(command: CommandLine, service: LocalService, bare: Path) -> None:
    """A command that got nothing has failed: there is no file of nothing, but the reasons are there."""
    service.answer_always(Reply(501, {"error": {"code": "broken", "message": "Out of order."}}))
    done = command("embed", write(["one"]), "--out", "vectors.npy")

    says = "All 1 inputs failed, see vectors.npy.failed.jsonl. The first: (broken) Out of order."
    assert done == (1, "", f"error: {says} There were no responses yet.\n")
    assert names_of(bare) == ["texts.txt", "vectors.npy.failed.jsonl"]


def test_failures_hide_the_key(command: CommandLine, service: LocalService, bare: Path) -> None:
    """A service that repeats the key does not get it into a file."""
    service.answer_always(refusing("twice", message=f"for {KEY} no"))
    assert command("embed", write(TEXTS), "--out", "vectors.jsonl").status == 3

    assert json_lines(Path("vectors.jsonl.failed.jsonl")) == [{"index": 1, "error": "(bad_input) for *** no"}]
    assert [path.name for path in bare.iterdir() if KEY.encode() in path.read_bytes()] == []


def test_other_settings_and_restart(command: CommandLine, service: LocalService, bare: Path) -> None:
    """A checkpoint of other settings is refused with advice, and --restart follows it."""
    service.answer_always(refusing("twice"))
    arguments = ["embed", write(TEXTS), "--out", "vectors.npy"]
    assert command(*arguments).status == 3
    refused = command(*arguments, "--dimensions", 3)
    assert refused.status == 1
    assert refused.err.startswith("error: The checkpoint vectors.npy.checkpoint was made with another endpoint, model")
    assert refused.err.endswith("Or start over, with --restart.\n")
    service.reset()
    service.answer_always(embedded)
    done = command(*arguments, "--dimensions", 3, "--restart")

    assert (done.status, done.err, names_of(bare)) == (0, "", ["texts.txt", "vectors.npy"])
    assert [text for body in bodies(service) for text in body["input"]] == TEXTS


@pytest.mark.parametrize("restart", [[], ["--restart"]])
def test_two_commands_at_once(command: CommandLine, service: LocalService, restart: List[str]) -> None:
    """The second command for the same output ends at once, and takes nothing from the first."""
    service.answer_always(embedded)
    arguments = ["embed", write(TEXTS), "--out", "vectors.npy", *restart]
    with EmbeddingsClient(service.endpoint, service.credential) as client:
        with client.embed_many(TEXTS, checkpoint="vectors.npy.checkpoint"):
            refused = command(*arguments)
        assert Path("vectors.npy.checkpoint").exists()

    message = "error: Another command is at work on vectors.npy: vectors.npy.checkpoint is in use.\n"
    assert (refused, service.requests) == ((1, "", message), [])
    assert command(*arguments).status == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["texts.txt", "--out", "vectors.csv"], "--out must end in .npy, .jsonl, .parquet, not vectors.csv"),
        (["texts.txt", "--out", "vectors"], "--out must end in .npy, .jsonl, .parquet, not vectors"),
        (["texts.csv", "--out", "vectors.npy"], "FILE must end in .txt, .jsonl, not texts.csv"),
        (["same.jsonl", "--out", "same.jsonl"], "--out would replace the input same.jsonl"),
        (["texts.txt", "--out", "folder.npy"], "--out is a folder: folder.npy"),
        (["texts.txt", "--out", "v.npy", "--endpoint", "localhost"], "The endpoint must be a URL"),
        (
            ["texts.txt", "--out", "v.npy", "--key-env", "NO_SUCH_KEY"],
            "The environment variable that --key-env names is not set",
        ),
        (["texts.txt", "--out", "v.npy", "--entra"], "A token of Microsoft Entra ID goes to hosts of Azure only"),
        (["texts.txt"], "the following arguments are required: --out"),
        (["texts.txt", "--out", "v.npy", "--batch-size", "0"], "must be a whole number of at least 1, not '0'"),
        (["texts.txt", "--out", "v.npy", "--dimensions", "x"], "must be a whole number of at least 1, not 'x'"),
        (["texts.txt", "--out", "v.npy", "--key", KEY], "unrecognized arguments"),
    ],
)
def test_wrong_usage(command: CommandLine, service: LocalService, bare: Path, arguments: List[str], says: str) -> None:
    """Nothing is sent or written, and the last line says what is wrong."""
    write(TEXTS)
    write(['"a"'], "same.jsonl")
    (bare / "folder.npy").mkdir()
    done = command("embed", *arguments)

    assert (done.status, done.out, service.requests) == (2, "", [])
    assert says in done.err.splitlines()[-1]
    assert names_of(bare) == ["folder.npy", "same.jsonl", "texts.txt"]


def test_no_endpoint(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.setenv("AZURE_AI_EMBEDDINGS_ENDPOINT", " ")
    done = command("embed", write(TEXTS), "--out", "vectors.npy")

    assert done == (
        2,
        "",
        "error: There is no endpoint: set the environment variable AZURE_AI_EMBEDDINGS_ENDPOINT, or use --endpoint URL.\n",
    )


def test_files_that_are_not_there(command: CommandLine, bare: Path) -> None:
    """The path is in the message, and nothing is left."""
    assert command("embed", "none.txt", "--out", "v.npy") == (1, "", "error: none.txt: No such file or directory\n")
    write(TEXTS)
    done = command("embed", "texts.txt", "--out", "no/v.npy")
    assert done == (1, "", "error: no/v.npy.checkpoint: No such file or directory\n")
    assert names_of(bare) == ["texts.txt"]


@pytest.mark.parametrize(
    ("module", "ending", "extra"),
    [("numpy", ".npy", "arrays"), ("numpy", ".jsonl", "arrays"), ("pyarrow", ".parquet", "parquet")],
)
def test_missing_package(
    command: CommandLine,
    service: LocalService,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    ending: str,
    extra: str,
) -> None:
    """The message names the extra, before anything is sent."""
    from azure.ai.inference._commands import outputs

    def without(name: str) -> Any:
        if name.partition(".")[0] == module:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return importlib.import_module(name)

    monkeypatch.setattr(outputs, "import_module", without)
    done = command("embed", write(TEXTS), "--out", f"vectors{ending}")

    message = f"error: {ending} needs {module}: pip install azure-ai-inference[{extra}]\n"
    assert (done, service.requests) == ((1, "", message), [])


def test_own_key_and_endpoint(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """--endpoint and --key-env precede the environment, and white space around a key is removed."""
    service.answer_always(embedded)
    monkeypatch.setenv("AZURE_AI_EMBEDDINGS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AZURE_AI_EMBEDDINGS_KEY", "another")
    monkeypatch.setenv("MINE", f" {KEY}\n")
    done = command("embed", write(TEXTS), "--out", "v.npy", "--endpoint", service.endpoint, "--key-env", "MINE")

    assert done.status == 0
    assert [request.headers["api-key"] for request in service.requests] == [KEY]


def test_large_table(command: CommandLine, service: LocalService) -> None:
    """A Parquet file is written group by group."""
    parquet = pytest.importorskip("pyarrow.parquet")
    service.answer_always(embedded)
    texts = [f"text {number}" for number in range(5000)]
    assert command("embed", write(texts), "--out", "out.parquet").status == 0

    file = parquet.ParquetFile("out.parquet")
    assert file.num_row_groups == 2
    assert file.read().to_pylist()[-1] == {"index": 4999, "embedding": vector_of(texts[-1])}


def test_json_numbers_are_exact() -> None:
    """A 32-bit float is written so that it is read back as itself."""
    numbers = np.frombuffer(np.random.default_rng(7).bytes(4000), "<f4")
    numbers = numbers[np.isfinite(numbers)]

    assert (np.array(json.loads(json.dumps(numbers.tolist())), np.float32) == numbers).all()
