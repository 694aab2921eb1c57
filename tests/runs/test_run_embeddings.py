"""Runs of embeddings in both worlds, against a local service."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

import numpy as np
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from run_worlds import client_of, collected, embedded, error, handed_over, inputs_of, refusing, rows, sent
from worlds import World, next_of, opened, wait

from azure.ai.inference.exceptions import ResponseDecodeError
from azure.ai.inference.models import ImageEmbeddingInput
from azure.ai.inference.runs import RunProgress
from azure.ai.inference.testing import LocalService, Reply

TEXTS = [f"text {'x' * number}" for number in range(20)]


@pytest.mark.asyncio
async def test_collect(world: World, service: LocalService) -> None:
    """All vectors come in one array, in the order of the texts, whatever the order of responses."""
    service.answer_always(lambda request: embedded(request, backwards=True))
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(TEXTS, batch_size=3)
        assert sent(service) == []
        batch = await collected(run)

    assert batch.vectors.tolist() == rows(*TEXTS)
    assert (batch.start, len(batch), batch.errors) == (0, 20, {})
    assert batch.usage == run.usage == {"prompt_tokens": 40, "total_tokens": 40}
    assert run.progress == RunProgress(20, 0, 20, 40)
    assert sorted(map(len, map(inputs_of, service.requests))) == [2, 3, 3, 3, 3, 3, 3]


@pytest.mark.asyncio
async def test_requests(world: World, service: LocalService) -> None:
    """A request has the texts, the settings of client and call, and asks for base64."""
    async with opened(client_of(world, service, model="m", dimensions=8)) as client:
        await collected(client.embed_many(["a"], dimensions=4, input_type="query", headers={"x-mine": "1"}))

    assert sent(service) == [
        {"input": ["a"], "dimensions": 4, "encoding_format": "base64", "input_type": "query", "model": "m"}
    ]
    assert service.requests[0].headers["x-mine"] == "1"


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["client", "call", "extras"])
async def test_a_format_of_the_callers(world: World, service: LocalService, where: str) -> None:
    """The format of client, call or extras is the one that is asked for, and decides the type of the array."""
    service.answer_always(lambda request: Reply(body={"data": [{"index": 0, "embedding": [1, -2]}]}))
    options: Dict[str, Any] = {"encoding_format": "int8"}
    async with opened(client_of(world, service, **options if where == "client" else {})) as client:
        if where == "extras":
            options = {"model_extras": options}
        batch = await collected(client.embed_many(["a"], **{} if where == "client" else options))

    assert [body["encoding_format"] for body in sent(service)] == ["int8"]
    assert (batch.vectors.dtype, batch.vectors.tolist()) == (np.int8, [[1, -2]])


@pytest.mark.asyncio
async def test_batches(world: World, service: LocalService) -> None:
    """Iterating gives a batch after the other, with its place, usage and writable vectors."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        batches = await handed_over(client.embed_many(iter(TEXTS[:5]), batch_size=2))

    assert [(batch.start, len(batch), batch.usage["total_tokens"]) for batch in batches] == [
        (0, 2, 4),
        (2, 2, 4),
        (4, 1, 2),
    ]
    assert [row for batch in batches for row in batch.vectors.tolist()] == rows(*TEXTS[:5])
    batches[0].vectors[0] = 0
    assert batches[0].vectors[0].tolist() == [0, 0, 0]


@pytest.mark.asyncio
async def test_batch_tokens(world: World, service: LocalService) -> None:
    """Without a function, a text counts as its bytes; with one, as its return value. A longer text goes alone."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        await collected(client.embed_many(["ä", "b", "c" * 9], batch_tokens=3, max_concurrency=1))
        await collected(client.embed_many(["ä", "b", "c" * 9], batch_tokens=3, count_tokens=lambda text: 1))

    assert [body["input"] for body in sent(service)] == [["ä", "b"], ["c" * 9], ["ä", "b", "c" * 9]]


@pytest.mark.asyncio
async def test_nothing(world: World, service: LocalService) -> None:
    """No inputs are an empty array of two dimensions, without a request."""
    async with opened(client_of(world, service)) as client:
        batch = await collected(client.embed_many([]))
        assert await handed_over(client.embed_many(iter(()))) == []

    assert (batch.vectors.shape, len(batch), service.requests) == ((0, 0), 0, [])


@pytest.mark.asyncio
async def test_collect_into_a_file(world: World, service: LocalService, tmp_path: Any) -> None:
    """A memory map of a `.npy` file is filled by place, and is the result."""
    service.answer_always(embedded)
    out = np.lib.format.open_memmap(tmp_path / "v.npy", "w+", "float32", (20, 3))
    async with opened(client_of(world, service)) as client:
        batch = await collected(client.embed_many(iter(TEXTS), batch_size=7, in_order=False), out=out)

    assert batch.vectors is out
    assert np.load(tmp_path / "v.npy").tolist() == rows(*TEXTS)


@pytest.mark.asyncio
async def test_an_array_that_does_not_fit_ends_the_run(world: World, service: LocalService) -> None:
    """An array that does not fit ends the run, which sends nothing more."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(TEXTS, batch_size=1)
        with pytest.raises(ValueError, match="out has 3 rows"):
            await collected(run, out=np.zeros((3, 3), "float32"))
        assert await handed_over(run) == []


@pytest.mark.asyncio
async def test_raise(world: World, service: LocalService) -> None:
    """The first failed place ends the run with its error; the batches before it have been delivered."""
    service.answer_always(refusing("text " + "x" * 7, status=422))
    seen: List[int] = []
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(TEXTS, batch_size=3)
        with pytest.raises(HttpResponseError) as raised:
            while True:
                seen.append((await next_of(run)).start)
        assert await handed_over(run) == []

    assert (seen, raised.value.status_code) == ([0, 3], 422)
    assert raised.value.input_index == 7  # type: ignore[attr-defined]


@pytest.mark.asyncio
async def test_keep(world: World, service: LocalService) -> None:
    """Failed inputs are NaN, their errors are found by place, and all other vectors are there."""
    bad = "text " + "x" * 7
    service.answer_always(refusing(bad))
    async with opened(client_of(world, service)) as client:
        run = client.embed_many([*TEXTS, None, bad], batch_size=8, on_error="keep")
        batch = await collected(run)

    assert {place: type(error) for place, error in batch.errors.items()} == {
        7: HttpResponseError,
        20: TypeError,
        21: HttpResponseError,
    }
    expected = np.array(rows(*TEXTS, "", ""), "float32")
    expected[[7, 20, 21]] = np.nan
    assert np.array_equal(batch.vectors, expected, equal_nan=True)
    assert run.progress == RunProgress(19, 3, 22, 38)


@pytest.mark.asyncio
async def test_all_of_a_batch_failed(world: World, service: LocalService) -> None:
    """The batch has no width; collected with others, it has theirs."""
    service.answer_always(lambda request: error(500) if "a" in inputs_of(request) else embedded(request))
    async with opened(client_of(world, service, retry_total=0)) as client:
        batches = await handed_over(client.embed_many(["a", "b"], batch_size=1, on_error="keep"))
        whole = await collected(client.embed_many(["a", "b"], batch_size=1, on_error="keep"))

    assert [batch.vectors.shape for batch in batches] == [(1, 0), (1, 3)]
    assert np.isnan(whole.vectors[0]).all()
    assert whole.vectors[1:].tolist() == rows("b")


@pytest.mark.asyncio
async def test_integers_that_failed_are_zero(world: World, service: LocalService) -> None:
    """There is no NaN among integers."""
    data = {"data": [{"index": 0, "embedding": "/wE="}]}
    service.answer_always(lambda request: error(500) if "a" in inputs_of(request) else Reply(body=data))
    async with opened(client_of(world, service, retry_total=0)) as client:
        run = client.embed_many(["b", "a"], batch_size=1, on_error="keep", encoding_format="ubinary")
        vectors = (await collected(run)).vectors

    assert (vectors.dtype, vectors.tolist()) == (np.uint8, [[255, 1], [0, 0]])


@pytest.mark.asyncio
@pytest.mark.parametrize("on_error", ["raise", "keep"])
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_no_request_would_survive_ends_the_run(
    world: World, service: LocalService, status: int, on_error: str
) -> None:
    """A wrong key is raised once, not once for every input."""
    service.answer_always(error(status))
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(TEXTS, batch_size=1, max_concurrency=1, on_error=on_error)
        with pytest.raises(HttpResponseError) as raised:
            await collected(run)

    assert (raised.value.status_code, len(service.requests)) == (status, 1)
    assert isinstance(raised.value, ClientAuthenticationError) is (status == 401)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("options", "kind"),
    [({"surprise": 1}, TypeError), ({"user": object()}, TypeError), ({"dimensions": float("nan")}, ValueError)],
)
async def test_a_bug_of_the_call_ends_the_run(
    world: World, service: LocalService, options: Dict[str, Any], kind: Any
) -> None:
    """A misspelt keyword ends the run, and is not the error of each input."""
    async with opened(client_of(world, service)) as client:
        with pytest.raises(kind, match=next(iter(options))):
            await collected(client.embed_many(TEXTS, on_error="keep", **options))

    assert service.requests == []


@pytest.mark.asyncio
async def test_a_service_that_is_down_ends_the_run(world: World, service: LocalService) -> None:
    """After 20 failures in a row, `keep` gives up with the last error."""
    service.answer_always(error(500))
    seen: List[int] = []
    async with opened(client_of(world, service, retry_total=0)) as client:
        run = client.embed_many(map(str, range(10**9)), batch_size=1, max_concurrency=1, on_error="keep")
        with pytest.raises(HttpResponseError, match="refused with 500"):
            while True:
                seen.append((await next_of(run)).start)

    assert seen == list(range(19))
    assert len(service.requests) == 20


@pytest.mark.asyncio
async def test_errors_are_retried_by_the_client(world: World, service: LocalService) -> None:
    """A batch fails only after the client's retries."""
    service.answer(error(500), error(503))
    async with opened(client_of(world, service)) as client:
        batch = await collected(client.embed_many(["a"]))

    assert (batch.errors, len(service.requests)) == ({}, 3)


@pytest.mark.asyncio
async def test_a_response_that_cannot_be_placed(world: World, service: LocalService) -> None:
    """A response whose vectors cannot be placed is a ResponseDecodeError."""
    service.answer_always(Reply(body={"data": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [2.0]}]}))
    async with opened(client_of(world, service)) as client:
        with pytest.raises(ResponseDecodeError, match="indices 0 to 1"):
            await collected(client.embed_many(["a", "b"]))


PNG = "data:image/png;base64,iVBORw0KGgo="
IMAGES: List[Mapping[str, Any]] = [ImageEmbeddingInput(image=PNG), {"image": PNG, "text": "b"}]


@pytest.mark.asyncio
async def test_images(world: World, service: LocalService) -> None:
    """Images go one by one by default, as models or dictionaries."""
    async with opened(client_of(world, service, "ImageEmbeddingsClient")) as client:
        batch = await collected(client.embed_many(IMAGES, max_concurrency=1))
        with pytest.raises(TypeError, match="an image as a mapping, not str"):
            await collected(client.embed_many(["AA"]))

    assert [body["input"] for body in sent(service)] == [[{"image": PNG}], [{"image": PNG, "text": "b"}]]
    assert batch.vectors.shape[0] == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("inputs", "options", "kind", "message"),
    [
        ("a text", {}, TypeError, "not one str"),
        (b"bytes", {}, TypeError, "not one bytes"),
        ({"a": 1}, {}, TypeError, "not one dict"),
        (None, {}, TypeError, "not NoneType"),
        (5, {}, TypeError, "not int"),
        (["a"], {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        (["a"], {"batch_tokens": 0}, ValueError, "batch_tokens"),
        (["a"], {"max_concurrency": -1}, ValueError, "max_concurrency"),
        (["a"], {"max_concurrency": 2.5}, TypeError, "max_concurrency must be an integer, not float"),
        (["a"], {"batch_size": True}, TypeError, "batch_size must be an integer, not bool"),
        (["a"], {"on_error": "ignore"}, ValueError, "'raise' or 'keep', not 'ignore'"),
        (["a"], {"on_error": ["raise"]}, ValueError, "on_error"),
        (["a"], {"count_tokens": 5}, TypeError, "count_tokens"),
        (["a"], {"progress": "yes"}, TypeError, "progress"),
        (["a"], {"stream": True}, TypeError, "stream="),
    ],
    ids=str,
)
async def test_arguments_are_judged_at_the_call(
    world: World, service: LocalService, inputs: Any, options: Dict[str, Any], kind: Any, message: str
) -> None:
    """A wrong argument is refused by the call itself, not by iteration."""
    async with opened(client_of(world, service)) as client:
        with pytest.raises(kind, match=message):
            client.embed_many(inputs, **options)


@pytest.mark.asyncio
async def test_texts_in_arrays(world: World, service: LocalService) -> None:
    """An array of str is an input like any other."""
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(np.array(["a", "b"]))
        batch = await collected(run)

    assert (sent(service)[0]["input"], len(batch), run.progress.total) == (["a", "b"], 2, 2)


@pytest.mark.asyncio
async def test_integers_of_numpy(world: World, service: LocalService) -> None:
    """They are integers."""
    service.answer_always(embedded)
    async with opened(client_of(world, service)) as client:
        options: Dict[str, Any] = {"batch_size": np.int64(3), "max_concurrency": np.int32(2)}
        batch = await collected(client.embed_many(TEXTS, **options))

    assert batch.vectors.tolist() == rows(*TEXTS)


@pytest.mark.asyncio
async def test_out_of_order(world: World, service: LocalService) -> None:
    """The batch that is done first is delivered first: none waits for a slow one."""
    import threading

    release = threading.Event()

    def respond(request: Any) -> Reply:
        if "slow" in inputs_of(request):
            release.wait(30)
        return embedded(request)

    service.answer_always(respond)
    async with opened(client_of(world, service)) as client:
        run = client.embed_many(["slow", "a", "b"], batch_size=1, in_order=False)
        starts = {(await next_of(run)).start, (await next_of(run)).start}
        release.set()
        rest = await handed_over(run)

    assert (starts, [batch.start for batch in rest]) == ({1, 2}, [0])


@pytest.mark.asyncio
async def test_progress(world: World, service: LocalService) -> None:
    """The function is called after each delivery; without a length there is no total."""
    service.answer_always(refusing("b"))
    told: List[RunProgress] = []
    async with opened(client_of(world, service)) as client:
        await collected(client.embed_many(iter("abc"), batch_size=1, on_error="keep", progress=told.append))

    assert told == [RunProgress(1, 0, None, 2), RunProgress(1, 1, None, 2), RunProgress(2, 1, None, 4)]


@pytest.mark.asyncio
async def test_a_bar(world: World, service: LocalService, capsys: Any) -> None:
    """The bar is on stderr, and ends at the number of inputs."""
    service.answer_always(refusing("b"))
    async with opened(client_of(world, service)) as client:
        await collected(client.embed_many(["a", "b", "c"], batch_size=1, on_error="keep", progress=True))
    out, err = capsys.readouterr()

    assert out == ""
    assert "3/3" in err.split("\r")[-1]
    assert "failed=1, tokens=4" in err


@pytest.mark.asyncio
async def test_tqdm_is_missing(world: World, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra, at the call."""
    import sys

    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.delitem(sys.modules, "tqdm.auto", raising=False)
    async with opened(client_of(world, service)) as client:
        with pytest.raises(ImportError, match=r"pip install azure-ai-inference\[progress\]"):
            client.embed_many(["a"], progress=True)


@pytest.mark.asyncio
async def test_numpy_is_missing(world: World, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Iterating works as long as nobody reads vectors."""
    import sys

    monkeypatch.setitem(sys.modules, "numpy", None)
    async with opened(client_of(world, service)) as client:
        batches = await handed_over(client.embed_many(["a"]))
        with pytest.raises(ImportError, match=r"pip install azure-ai-inference\[arrays\]"):
            _ = batches[0].vectors
        with pytest.raises(ImportError, match=r"\[arrays\]"):
            await collected(client.embed_many(["a"]))

    assert (len(batches), len(batches[0])) == (1, 1)


@pytest.mark.asyncio
async def test_a_closed_client(world: World, service: LocalService) -> None:
    """The run ends with the error of a closed client."""
    service.answer_always(embedded)
    client = client_of(world, service)
    run = client.embed_many(map(str, range(10**9)), batch_size=1, max_concurrency=1, on_error="keep")
    await next_of(run)
    await wait(client.close())
    with pytest.raises((ValueError, RuntimeError), match="closed"):
        while True:
            await next_of(run)


@pytest.mark.asyncio
async def test_copies_of_a_client(world: World, service: LocalService, tmp_path: Any) -> None:
    """A run of a copy has its settings and options, waits for the limiter of the original, and shapes its checkpoint."""
    service.answer_always(embedded)
    path = tmp_path / "c"
    async with opened(client_of(world, service, model="m")) as client:
        copy = client.with_options(model="n", headers={"x-mine": "1"})
        await collected(copy.embed_many(["a"], checkpoint=path))
        assert copy._limiter_of_runs() is client._limiter_of_runs()
        with pytest.raises(ValueError, match="made with another endpoint, model or other settings"):
            client.embed_many(["a"], checkpoint=path)
        with pytest.raises(ValueError, match="made with another endpoint, model or other settings"):
            copy.with_options(api_version="2030-01-01").embed_many(["a"], checkpoint=path)

    assert [(request.json()["model"], request.headers["x-mine"]) for request in service.requests] == [("n", "1")]


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [1, 2])
async def test_everything_at_once(world: World, service: LocalService, seed: int, tmp_path: Any) -> None:
    """A service with limits, outages and an order of its own: each text has its vector or its error, also in a second run."""
    import random

    chance, bad = random.Random(seed), {f"text {number}" for number in (0, 3, 250, 251, 399)}
    texts = [f"text {number}" for number in range(400)]

    def respond(request: Any) -> Reply:
        inputs = inputs_of(request)
        if chance.random() < 0.1:
            return error(500)
        if len(inputs) > 9:
            return error(413, "too_many")
        if bad & set(inputs):
            return error(400, f"bad {min(bad & set(inputs))}")
        if "encoding_format" in request.json():
            return error(400, "no base64")
        return embedded(request, backwards=chance.random() < 0.5)

    service.answer_always(respond)
    expected = np.array(rows(*texts), "float32")
    expected[[texts.index(text) for text in bad]] = np.nan
    async with opened(client_of(world, service, retry_total=9, retry_status=9, retry_backoff_max=0.001)) as client:
        for _ in range(2):
            run = client.embed_many(
                iter(texts), batch_size=40, on_error="keep", checkpoint=tmp_path / "c", in_order=False
            )
            batch = await collected(run)
            assert {texts[place] for place in batch.errors} == bad
            assert np.array_equal(batch.vectors, expected, equal_nan=True)
            assert run.progress == RunProgress(395, 5, None, 2 * 395)
