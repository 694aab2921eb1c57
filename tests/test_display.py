"""Notebooks show short HTML and text of responses, streams and clients, and no secret."""

from __future__ import annotations

import copy
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, next_of, opened, wait

from azure.ai.inference import ChatCompletionsClient, _model_base, models
from azure.ai.inference.models import (
    ChatCompletions,
    EmbeddingsResult,
    ImageGenerations,
    ModelInfo,
    StreamingChatCompletionsUpdate,
    UserMessage,
)
from azure.ai.inference.testing import LocalService

KEY = "KEY-0123456789"
USAGE = {"prompt_tokens": 1200, "completion_tokens": 3, "total_tokens": 1203}
COMPLETION: Dict[str, Any] = {
    "id": "c1",
    "model": "m1",
    "usage": USAGE,
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"content": "<b>bold</b> & so on", "reasoning_content": "hm"}},
        {
            "index": 1,
            "finish_reason": "tool_calls",
            "message": {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]},
        },
    ],
}


class Printer:
    """The part of IPython's printer that displays use."""

    def __init__(self) -> None:
        self.printed = ""

    def text(self, text: str) -> None:
        """Print a text within a line."""
        assert "\n" not in text
        self.printed += text

    def break_(self) -> None:
        """Begin a line."""
        self.printed += "\n"


class Balance(HTMLParser):
    """Checks that opened tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: List[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note a tag."""
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag."""
        assert self.open.pop() == tag


def text_of(shown: Any, *, cycle: bool = False) -> str:
    """Return the text that IPython shows."""
    printer = Printer()
    shown._repr_pretty_(printer, cycle)
    return printer.printed


def html_of(shown: Any) -> str:
    """Return the HTML that a notebook shows, which must be well-formed."""
    html: str = shown._repr_html_()
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    return html


def rows_of(html: str) -> Dict[str, str]:
    """Return the facts of a display."""
    return dict(re.findall("<tr><th>(.*?)</th><td>(.*?)</td></tr>", html))


def test_completion() -> None:
    """A completion shows its model, tokens, texts and calls; what the model wrote is never markup."""
    completion = _model_base.wrap(ChatCompletions, copy.deepcopy(COMPLETION))
    assert text_of(completion) == (
        "ChatCompletions: model m1, id c1, tokens 1,200 read, 3 written, 1,203 together\n"
        "reasoning: hm\n"
        "choice 0, stop: <b>bold</b> & so on\n"
        "choice 1, tool_calls: \n"
        'f({"a": 1})'
    )
    html = html_of(completion)
    assert rows_of(html) == {"model": "m1", "id": "c1", "tokens": "1,200 read, 3 written, 1,203 together"}
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; so on" in html
    assert "<b>bold" not in html
    assert "<details><summary>reasoning</summary>" in html
    assert "<code>f({&quot;a&quot;: 1})</code>" in html
    assert repr(completion) == repr(COMPLETION)
    assert completion._kept == {}, "showing a model converts nothing"
    assert completion.choices[1].message.tool_calls
    assert text_of(completion).endswith('\nf({"a": 1})')


def test_update() -> None:
    """An update of a stream shows its delta."""
    update = StreamingChatCompletionsUpdate({"choices": [{"index": 0, "delta": {"content": "Hel"}}]})
    assert text_of(update) == "StreamingChatCompletionsUpdate\nchoice 0: Hel"


def test_embeddings() -> None:
    """Embeddings show how many there are, their dimensions and their first numbers."""
    data = [{"index": number, "embedding": [0.123456, -1, 2.0, 3.0, 4.0]} for number in range(10)]
    result = EmbeddingsResult({"model": "e", "data": [*data[:1], {"index": 1, "embedding": "AAAA"}, *data[2:]]})
    assert text_of(result).splitlines()[:3] == [
        "EmbeddingsResult: model e, items 10",
        "embedding 0: vector 5 dimensions: [0.1235, -1, 2, 3, …]",
        "embedding 1: vector base64, 4 characters",
    ]
    assert text_of(result).splitlines()[-1] == "and 2 more items"
    assert rows_of(html_of(EmbeddingsResult({"data": data[:1]}))) == {
        "items": "1",
        "vector": "5 dimensions: [0.1235, -1, 2, 3, …]",
    }


def test_images() -> None:
    """A small image is shown, a large one described; no address is loaded."""
    generated = ImageGenerations(
        {"data": [{"b64_json": "AAAA"}, {"b64_json": "A" * 8000}, {"url": "https://host.example/<x>"}]}
    )
    html = html_of(generated)
    assert re.findall("<img[^>]*>", html) == ['<img alt="image 0" src="data:image/png;base64,AAAA">']
    assert rows_of(html) == {
        "items": "3",
        "size": "6,000 bytes; save(path) writes it to a file",
        "url": "https://host.example/&lt;x&gt;",
    }
    assert text_of(generated).splitlines()[1] == "image 0: 3 bytes"


def test_other_models() -> None:
    """Any other model shows its JSON."""
    assert text_of(ModelInfo({"model_name": "m"})) == 'ModelInfo: {\n  "model_name": "m"\n}'
    assert "<pre" in html_of(UserMessage("<hi>"))
    assert "&lt;hi&gt;" in html_of(UserMessage("<hi>"))
    assert text_of(UserMessage("hi"), cycle=True) == "UserMessage(...)"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"choices": [None, 1, "x", {}], "usage": 5, "model": ["a"]},
        {"choices": [{"message": {"content": ["a"], "tool_calls": {"a": 1}}}, {"message": "text"}]},
        {"choices": [{"message": {"tool_calls": [None, {"function": 1}, {"custom": {"name": 1, "input": 2}}]}}]},
        {"data": [None, {"embedding": None}, {"embedding": [None, "x"]}, {"b64_json": 5}]},
        {"data": "text", "choices": {}},
        {"choices": [{"message": {"content": "half \ud83d of one"}}], "usage": {"total_tokens": "x"}},
    ],
)
def test_anything_can_be_shown(data: Any) -> None:
    """A response of an unexpected form is shown, as it is read without an error."""
    for model in (ChatCompletions, EmbeddingsResult, ModelInfo):
        html_of(model(data)).encode("utf-8")
        shown = text_of(model(data))
        assert shown.startswith(model.__name__)
        shown.encode("utf-8")


LONG = "x" * 100_000
LARGE: List[Any] = [
    ChatCompletions({"choices": [{"message": {"content": LONG, "reasoning_content": LONG}}] * 200, "model": LONG}),
    ChatCompletions({"choices": [{"message": {"content": "<&\"'" * 30_000}}] * 3}),
    ChatCompletions({"choices": [{"message": {"content": "😀" * 50_000}}]}),
    ChatCompletions({"choices": [{"message": {"tool_calls": [{"function": {"name": LONG, "arguments": LONG}}] * 99}}]}),
    ChatCompletions({"choices": [{"message": {"content": "\n" * 50_000}}]}),
    EmbeddingsResult({"data": [{"index": LONG, "embedding": [0.1] * 100_000}] * 3_000, "model": "<" * 10_000}),
    ImageGenerations({"data": [{"b64_json": "A" * 5_000}] * 100}),
    ImageGenerations({"data": [{str(number): LONG for number in range(1_000)}] * 100}),
    ModelInfo({str(number): {"a": [LONG] * 100} for number in range(1_000)}),
    UserMessage("&" * 100_000),
]


@pytest.mark.parametrize("model", LARGE, ids=lambda model: type(model).__name__)
def test_displays_are_bounded(model: Any) -> None:
    """No display is larger than 10 KB."""
    assert len(html_of(model).encode("utf-8", "replace")) <= 10_000
    assert len(text_of(model).encode("utf-8", "replace")) <= 10_000


def test_random_displays_are_bounded() -> None:
    """No display of random JSON is larger than 10 KB, or ill-formed."""
    chance = random.Random(16)
    texts = ["", "a", "<b>" * 2_000, "ü" * 4_000, '"&' * 3_000, "\n" * 3_000]
    keys = "choices data message delta content embedding usage model index b64_json tool_calls function name a".split()

    def any_value(depth: int) -> Any:
        kind = chance.randrange(6 if depth else 3)
        if kind < 3:
            return (chance.choice(texts), chance.random(), None)[kind]
        if kind == 3:
            return [any_value(depth - 1) for _ in range(chance.randrange(12))]
        return {chance.choice(keys): any_value(depth - 1) for _ in range(chance.randrange(5))}

    for _ in range(400):
        model = ChatCompletions({chance.choice(keys): any_value(4) for _ in range(4)})
        assert len(html_of(model).encode("utf-8", "replace")) <= 10_000
        assert len(text_of(model).encode("utf-8", "replace")) <= 10_000


@pytest.mark.asyncio
async def test_streams(world: World, service: LocalService) -> None:
    """A stream shows its state, and showing it reads nothing."""
    name = world.StreamingChatCompletions.__name__
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        stream = await wait(client.complete(messages=[UserMessage("Hi")], stream=True))
        assert text_of(stream) == f"{name}: state open: iterate to read the updates"
        assert rows_of(html_of(stream)) == {"state": "open: iterate to read the updates"}
        assert (await next_of(stream)).choices
        await wait(stream.close())
        assert text_of(stream) == f"{name}: state closed before its end"
        stream = await wait(client.complete(messages=[UserMessage("Hi")], stream=True))
        with pytest.raises(StopAsyncIteration):
            while True:
                await next_of(stream)
        assert text_of(stream) == f"{name}: state at its end"


@pytest.mark.asyncio
async def test_clients(world: World, service: LocalService) -> None:
    """A client shows its endpoint, its defaults and its model; no key, and no query of the URL."""
    secret = {"type": "x", "parameters": {"key": KEY}}
    client = world.ChatCompletionsClient(
        f"{service.endpoint}/models?sig={KEY}",
        AzureKeyCredential("local-key"),
        temperature=0.5,
        model="m",
        headers={"x-auth": KEY},
        model_extras={"token": KEY},
        data_sources=[secret],
    )
    async with opened(client):
        before = text_of(client)
        await wait(client.get_model_info())
        assert before == (
            f"ChatCompletionsClient: endpoint {service.endpoint}/models, kind model_inference, "
            "api_version 2024-05-01-preview, defaults model='m', temperature=0.5"
        )
        assert rows_of(html_of(client))["model_name"] == "local-model"
        assert KEY not in html_of(client) + text_of(client)


@pytest.mark.parametrize("endpoint", ["nowhere", f"https://user:{KEY}@host.example", 5])
def test_client_of_a_wrong_endpoint(endpoint: Any) -> None:
    """A client that cannot be used is shown without what may be a password."""
    with ChatCompletionsClient(endpoint, AzureKeyCredential(KEY)) as client:
        assert "endpoint not a URL" in text_of(client)
        assert KEY not in html_of(client) + text_of(client)


@pytest.mark.parametrize("name", models.__all__)
def test_ipython_finds_the_text(name: str) -> None:
    """IPython takes the first class with a text of its own or a ``__repr__``: no class has the latter alone."""
    kind: Any = getattr(models, name)
    if not hasattr(kind, "_repr_pretty_"):
        assert issubclass(kind, str)
        return
    first = next(owner for owner in kind.__mro__ if {"_repr_pretty_", "__repr__"} & set(vars(owner)))
    assert "_repr_pretty_" in vars(first)


def test_displays_are_imported_late() -> None:
    """Importing the package does not load the module of displays."""
    script = (
        "import sys, azure.ai.inference; azure.ai.inference.models.UserMessage('a')\n"
        "names = ['azure.ai.inference._display', 'azure.ai.inference._pydantic', 'pydantic_core']\n"
        "print([name for name in names if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"
