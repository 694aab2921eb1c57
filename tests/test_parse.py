"""Completions as objects: `parse`, `content_as` and `from_type`, and the errors where there is no object."""

from __future__ import annotations

import copy
import datetime
import enum
import json
import pickle
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple, Union

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import DecodeError, HttpResponseError, ResourceNotFoundError
from typing_extensions import Annotated, Literal, TypedDict
from worlds import World, opened, wait

from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference.exceptions import (
    ContentFilterError,
    RefusalError,
    ResponseDecodeError,
    ResponseFormatError,
    ResponseTruncatedError,
)
from azure.ai.inference.models import ChatCompletions, JsonSchemaFormat, ParsedChatCompletions, UserMessage
from azure.ai.inference.testing import FakeResponse, LocalService

URL, KEY = "https://host.example", AzureKeyCredential("key")
HI = [UserMessage("hi")]


@dataclass
class City:
    """A city."""

    name: str
    people: int = 0


def choice(content: Any = None, finish_reason: Any = "stop", index: int = 0, **others: Any) -> Dict[str, Any]:
    """Return the JSON of a choice."""
    return {"index": index, "finish_reason": finish_reason, "message": {"content": content, **others}}


def response(*choices: Any) -> Dict[str, Any]:
    """Return the JSON of a response."""
    return {"id": "c1", "choices": [*choices], "new_key": 1}


PARIS = '{"name": "Paris", "people": 2}'
CALLABLE = [{"type": "function", "function": {"name": "f"}}]
CALLS = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


@pytest.mark.parametrize(
    "given",
    [
        choice(PARIS),
        choice(PARIS, "length"),
        choice(PARIS, None),
        choice(f"\n {PARIS} \n"),
        choice(f"```json\n{PARIS}\n```"),
        choice(f"```{PARIS}```\n"),
        choice(f"``` JSON\n{PARIS}```".replace(" J", "J")),
        choice(f"<think>A {{city}}?</think>\n{PARIS}"),
        choice(f"A {{city}}?</think>```json\n{PARIS}\n```"),
        choice(PARIS, reasoning_content="A city?"),
        choice(PARIS, "tool_calls", tool_calls=CALLS),
        choice(PARIS, refusal=""),
        choice(PARIS, refusal=None),
        choice('{"name": "Paris", "people": 2.0}'),
    ],
)
def test_contents_that_fit(given: Dict[str, Any]) -> None:
    """The JSON is the value, whatever the finish reason, behind reasoning and within a fence too."""
    assert ChatCompletions(response(given)).content_as(City) == City("Paris", 2)


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (choice(None, refusal="I cannot."), RefusalError, "The model refused to answer: I cannot."),
        (choice("", refusal="I cannot."), RefusalError, "The model refused to answer: I cannot."),
        (choice(PARIS, "content_filter", refusal="No"), RefusalError, "The model refused to answer: No"),
        (choice(PARIS, "content_filter"), ContentFilterError, "The content filter ended the completion."),
        (
            choice(None, "tool_calls", tool_calls=CALLS),
            ResponseFormatError,
            "The completion calls tools and has no text: run_tools() calls them and goes on.",
        ),
        (choice(None), ResponseFormatError, "The completion has no text."),
        (choice(" \n"), ResponseFormatError, "The completion has no text."),
        (choice([{"text": PARIS}]), ResponseFormatError, "The completion has no text."),
        ({"index": 0, "message": None}, ResponseFormatError, "The completion has no text."),
        (7, ResponseFormatError, "The completion has no text."),
        (
            choice('{"name": 1}', "length"),
            ResponseFormatError,
            "The completion does not fit City: name: must be a string, not a number",
        ),
        (
            choice('{"name": "a", "size": 1}'),
            ResponseFormatError,
            "The completion does not fit City: size: is unknown; known: name and people",
        ),
        (choice(PARIS[:-1]), ResponseFormatError, None),
        (choice("{" * 5000), ResponseFormatError, None),
        (choice('{"name":' * 100_000), ResponseFormatError, "The completion is no JSON: JSON is nested too deeply"),
        (choice("Paris"), ResponseFormatError, "The completion is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            choice("```json\n```"),
            ResponseFormatError,
            "The completion is no JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        (choice("```"), ResponseFormatError, "The completion is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            choice("<think>Well"),
            ResponseFormatError,
            "The completion is no JSON: Expecting value: line 1 column 1 (char 0)",
        ),
    ],
)
def test_contents_that_do_not(given: Any, kind: Any, message: Optional[str]) -> None:
    """If there is no object, the error says why, and has the response."""
    completions = ChatCompletions(response(given))
    with pytest.raises(HttpResponseError) as raised:
        completions.content_as(City)
    error: Any = raised.value
    assert (type(error), error.completions, error.response) == (kind, completions, None)
    assert message is None or str(error) == message


@pytest.mark.parametrize(
    ("content", "partial"),
    [
        (PARIS[:-1], {"name": "Paris"}),
        ('{"name": "Par', {"name": "Par"}),
        ("```json\n" + '{"name": "Par', {"name": "Par"}),
        ("<think>A city</think>```" + '{"name": "Par', {"name": "Par"}),
        ("<think>A city", None),
        ("", None),
        (None, None),
    ],
)
def test_contents_that_are_cut_off(content: Optional[str], partial: Any) -> None:
    """A completion that reached its most tokens has the JSON as far as it came."""
    with pytest.raises(ResponseTruncatedError) as raised:
        ChatCompletions(response(choice(content, "length"))).content_as(City)
    error = raised.value
    assert (error.partial, error.content, error.choice_index) == (partial, content, 0)
    assert str(error) == (
        "The completion was cut off before its JSON was complete: raise max_tokens or max_completion_tokens."
    )


@pytest.mark.parametrize("choices", [[], None, {}, "odd"])
def test_no_choices(choices: Any) -> None:
    """A response without choices, or with odd ones, is an error of the format."""
    with pytest.raises(ResponseFormatError, match=r"^The response has no choice 0\.$"):
        ChatCompletions({"choices": choices}).content_as(City)


def test_choices_by_index() -> None:
    """A choice is found by its index, else by its position."""
    swapped = ChatCompletions(response(choice('{"name": "b"}', index=1), choice('{"name": "a"}')))
    assert [swapped.content_as(City, choice_index=index).name for index in (0, 1)] == ["a", "b"]
    unnumbered = response(choice('{"name": "a"}'), choice('{"name": "b"}'))
    for one in unnumbered["choices"]:
        del one["index"]
    assert ChatCompletions(unnumbered).content_as(City, choice_index=1) == City("b")
    for index in (2, -1):
        with pytest.raises(ResponseFormatError, match=rf"^The response has no choice {index}\.$") as raised:
            swapped.content_as(City, choice_index=index)
        assert raised.value.choice_index == index


def test_errors_name_the_index() -> None:
    """The index of the error is that of its choice, by which a program finds it."""
    swapped = ChatCompletions(response(choice("bad", index=1), choice('{"name": "a"}')))
    with pytest.raises(ResponseFormatError) as raised:
        swapped.content_as(City, choice_index=1)
    assert (raised.value.choice_index, raised.value.content) == (1, "bad")
    odd = ChatCompletions(response(choice("bad", index="x")))
    with pytest.raises(ResponseFormatError) as raised:
        odd.content_as(City)
    assert raised.value.choice_index == 0


def test_attributes_of_errors() -> None:
    """Errors of the format are those that were raised before for odd responses, with the content and the cause."""
    completions = ChatCompletions(response(choice('{"name": "a"}'), choice('{"name": null}', index=1)))
    with pytest.raises(ResponseFormatError) as raised:
        completions.content_as(City, choice_index=1)
    error = raised.value
    assert isinstance(error, (ResponseDecodeError, DecodeError, ValueError))
    assert (error.content, error.choice_index, error.completions) == ('{"name": null}', 1, completions)
    assert isinstance(error.__cause__, MisfitError)
    refused = ChatCompletions(response(choice(refusal="No.")))
    with pytest.raises(RefusalError) as refusal:
        refused.content_as(City)
    assert (refusal.value.refusal, refusal.value.completions) == ("No.", refused)


def test_results_of_the_content_filter() -> None:
    """The error has what the filter found."""
    results = {"violence": {"filtered": True, "severity": "high"}}
    given = {**choice('{"na', "content_filter"), "content_filter_results": results}
    with pytest.raises(ContentFilterError) as raised:
        ChatCompletions(response(given)).content_as(City)
    assert raised.value.content_filter_result == results


def test_models_that_a_program_changed() -> None:
    """A content that a program sets is the one that is parsed."""
    completions = ChatCompletions(response(choice("Paris")))
    completions.choices[0].message.content = PARIS
    assert completions.content_as(City) == City("Paris", 2)


def test_format_from_type() -> None:
    """The format of a type is a model like any other."""
    made = JsonSchemaFormat.from_type(City, name="town", strict=False)
    assert type(made) is JsonSchemaFormat
    assert made == {
        "name": "town",
        "schema": {
            "type": "object",
            "description": "A city.",
            "properties": {"name": {"type": "string"}, "people": {"type": "integer", "default": 0}},
            "required": ["name"],
            "additionalProperties": False,
        },
        "strict": False,
    }
    assert JsonSchemaFormat.from_type(City).strict is True
    with pytest.raises(ValueError, match="cannot be strict"):
        JsonSchemaFormat.from_type(Dict[str, int], strict=True)


def client_of(world: World, *choices: Any, **options: Any) -> Any:
    """Return a client whose service responds with these choices, and its transport."""
    transport = world.FakeTransport(
        lambda request: FakeResponse(200, body=response(*choices), headers={"x-request-id": "r1"})
    )
    return world.ChatCompletionsClient(URL, KEY, transport=transport, **options), transport


@pytest.mark.asyncio
async def test_parse(world: World) -> None:
    """`parse` sends what `complete` sends with the format of the type, and returns what it returns, with the values."""
    client, transport = client_of(world, choice(PARIS), choice('{"name": "Rome"}', index=1), temperature=0.5)
    async with opened(client):
        parsed = await wait(client.parse(messages=HI, response_format=City, n=2, model_extras={"extra": 1}))
        whole = await wait(
            client.complete(
                messages=HI, response_format=JsonSchemaFormat.from_type(City), n=2, model_extras={"extra": 1}
            )
        )
    first, second = transport.requests
    assert (first.content, first.url, first.method) == (second.content, second.url, second.method)
    assert json.loads(first.content)["temperature"] == 0.5
    assert type(parsed) is ParsedChatCompletions
    assert parsed == whole
    assert json.dumps(parsed.as_dict()) == json.dumps(whole.as_dict())
    assert parsed.parsed == City("Paris", 2)
    assert parsed.parsed_choices == [City("Paris", 2), City("Rome")]
    assert parsed.request_id == whole.request_id == "r1"


@pytest.mark.asyncio
async def test_name_and_strict(world: World) -> None:
    """The name and strictness of the schema can be chosen."""
    client, transport = client_of(world, choice(PARIS))
    async with opened(client):
        await wait(client.parse(messages=HI, response_format=City, name="town", strict=False))
    sent = json.loads(transport.requests[0].content)["response_format"]
    assert sent == {"type": "json_schema", "json_schema": JsonSchemaFormat.from_type(City, name="town", strict=False)}


@pytest.mark.parametrize(
    ("keywords", "kind", "message"),
    [
        ({"response_format": "json_object"}, TypeError, "a type is needed, such as a dataclass"),
        ({"response_format": {"type": "object"}}, TypeError, "a type is needed, such as a dataclass"),
        (
            {"response_format": JsonSchemaFormat(name="a", schema={})},
            TypeError,
            "a type is needed, such as a dataclass",
        ),
        ({"response_format": None}, TypeError, "a type is needed, such as a dataclass"),
        ({"response_format": 5}, TypeError, "5 has no JSON schema here"),
        ({"response_format": complex}, TypeError, "complex has no JSON schema here"),
        ({"cls": print}, TypeError, "parse() takes no cls=, which would replace the completion that it parses"),
        ({"stream": True}, TypeError, "parse() got an unexpected keyword argument 'stream': complete() takes it"),
        ({"body": {}}, TypeError, "parse() got an unexpected keyword argument 'body': complete() takes it"),
        ({"name": "a b"}, ValueError, "name must be 1 to 64 letters, digits, _ and -, not 'a b'"),
        ({"response_format": Dict[str, int], "strict": True}, ValueError, "The schema cannot be strict: value is an"),
        ({"messages": "hi"}, TypeError, "messages must be a list of messages"),
    ],
)
@pytest.mark.asyncio
async def test_arguments_that_are_refused(world: World, keywords: Dict[str, Any], kind: Any, message: str) -> None:
    """A wrong argument is reported before anything is sent."""
    client, transport = client_of(world, choice(PARIS))
    async with opened(client):
        with pytest.raises(kind) as raised:
            await wait(client.parse(**{"messages": HI, "response_format": City, **keywords}))
    assert message in str(raised.value)
    assert transport.requests == []


@pytest.mark.asyncio
async def test_errors_have_the_http_response(world: World) -> None:
    """The errors of `parse` have the HTTP response, as those of `complete` do, and the choice that does not fit."""
    client, _ = client_of(world, choice(PARIS), choice("Rome", index=1))
    async with opened(client):
        with pytest.raises(ResponseFormatError) as raised:
            await wait(client.parse(messages=HI, response_format=City))
    error: Any = raised.value
    assert (error.status_code, error.response.status_code, error.choice_index) == (200, 200, 1)
    assert error.completions == response(choice(PARIS), choice("Rome", index=1))
    for given, kind in ((choice(refusal="No."), RefusalError), (choice("{", "content_filter"), ContentFilterError)):
        client, _ = client_of(world, given)
        async with opened(client):
            with pytest.raises(kind) as raised_too:
                await wait(client.parse(messages=HI, response_format=City))
        assert raised_too.value.status_code == 200


@pytest.mark.asyncio
async def test_errors_of_http(world: World) -> None:
    """HTTP errors are those of `complete`."""
    transport = world.FakeTransport(lambda request: FakeResponse(404, body={"error": {"message": "gone"}}))
    async with opened(world.ChatCompletionsClient(URL, KEY, transport=transport)) as client:
        with pytest.raises(ResourceNotFoundError, match="gone"):
            await wait(client.parse(messages=HI, response_format=City))


@pytest.mark.asyncio
async def test_streams_that_extras_ask_for(world: World) -> None:
    """Extras that ask for a stream are an error that says so."""
    transport = world.FakeTransport(lambda request: FakeResponse(200, body=b"data: [DONE]\n\n"))
    async with opened(world.ChatCompletionsClient(URL, KEY, transport=transport)) as client:
        with pytest.raises(
            TypeError, match=r"^parse\(\) needs a whole completion, not \w*Stream\w*: check model_extras$"
        ):
            await wait(client.parse(messages=HI, response_format=City, model_extras={"stream": True}))


@pytest.mark.asyncio
async def test_clients_with_a_complete_of_their_own(world: World) -> None:
    """`parse` calls the client's own `complete`, so that subclasses and tracers see its calls as any other."""
    seen: List[Any] = []

    class Watched(world.ChatCompletionsClient):
        def complete(self, *args: Any, **kwargs: Any) -> Any:
            seen.append((args, sorted(kwargs)))
            return super().complete(*args, **kwargs)

    transport = world.FakeTransport(lambda request: FakeResponse(200, body=response(choice(PARIS))))
    async with opened(Watched(URL, KEY, transport=transport)) as client:
        assert (await wait(client.parse(messages=HI, response_format=City, seed=1))).parsed.name == "Paris"
    assert seen == [((), ["cls", "messages", "response_format", "seed"])]


@pytest.mark.asyncio
@pytest.mark.parametrize("settings", [{}, {"tools": CALLABLE, "tool_choice": "auto", "parallel_tool_calls": False}])
@pytest.mark.parametrize("tools", [[], ()])
async def test_no_tools(world: World, settings: Dict[str, Any], tools: Any) -> None:
    """An empty list of tools, which services refuse, is not sent; neither are the client's settings for tools."""
    transport = world.FakeTransport(lambda request: FakeResponse(200, body=response(choice(PARIS))))
    async with opened(world.ChatCompletionsClient(URL, KEY, transport=transport, **settings)) as client:
        await wait(client.parse(messages=HI, response_format=City, tools=tools))
    (request,) = transport.requests
    assert json.loads(request.content).keys() == {"messages", "response_format"}


async def a_parsed_one(world: World) -> Any:
    """Return a completion with its value."""
    client, _ = client_of(world, choice(PARIS))
    async with opened(client):
        return await wait(client.parse(messages=HI, response_format=City))


@pytest.mark.asyncio
async def test_values_are_beside_the_json(world: World) -> None:
    """The values are in no mapping, comparison, text or `vars` of the model."""
    parsed = await a_parsed_one(world)
    plain = ChatCompletions(response(choice(PARIS)))
    parsed.parsed_choices[0] = City("changed")
    assert (parsed, dict(parsed), vars(parsed), str(parsed)) == (plain, dict(plain), vars(plain), str(plain))
    assert repr(parsed) == repr(plain)


@pytest.mark.asyncio
async def test_copies_and_pickles(world: World) -> None:
    """Copies and pickles keep the values, and the attributes that a program sets."""
    parsed = await a_parsed_one(world)
    parsed.note = "mine"
    for duplicate in (pickle.loads(pickle.dumps(parsed)), copy.copy(parsed), copy.deepcopy(parsed), parsed.copy()):
        assert (type(duplicate), duplicate, duplicate.parsed, duplicate.note) == (
            ParsedChatCompletions,
            parsed,
            City("Paris", 2),
            "mine",
        )
    assert copy.deepcopy(parsed).parsed is not parsed.parsed
    assert parsed.copy().parsed is parsed.parsed


def test_attributes_of_programs() -> None:
    """A program that assigns or declares `parsed` keeps its own; one that builds the model itself can copy it."""
    built: Any = ParsedChatCompletions(response(choice(PARIS)))
    assert (built.copy(), pickle.loads(pickle.dumps(built))) == (built, built)
    built.parsed = "mine"
    assert built.parsed == "mine"


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Place(TypedDict, total=False):
    town: str
    country: Optional[str]


@dataclass
class Everything:
    text: str
    whole: int
    number: float
    flag: bool
    nothing: None
    anything: Any
    money: Decimal
    moment: datetime.datetime
    day: datetime.date
    clock: datetime.time
    length: datetime.timedelta
    serial: uuid.UUID
    level: Level
    literal: Literal["a", 1, None]  # noqa: PYI061 - one enum
    optional: Optional[int]
    either: Union[int, List[str]]
    described: Annotated[int, "how many"]
    items: List[City]
    sequence: Sequence[int]
    unique: FrozenSet[str]
    several: Tuple[int, ...]
    pair: Tuple[int, str]
    mapping: Dict[str, int]
    place: Place
    rest: Optional[Everything]
    limit: float = None


@pytest.mark.asyncio
async def test_every_type_with_the_local_service(world: World) -> None:
    """The local service follows the schema of every supported type, strict or not, so that programs can be tested."""
    with LocalService() as service:
        client = world.ChatCompletionsClient(service.endpoint, AzureKeyCredential(service.key))
        async with opened(client):
            parsed = await wait(client.parse(messages=HI, response_format=Everything))
            assert type(parsed.parsed) is Everything
            assert isinstance(parsed.parsed.length, datetime.timedelta)
            for type_ in (int, str, bool, List[City], Dict[str, int], Optional[City], Mapping[str, City], Place, Level):
                await wait(client.parse(messages=HI, response_format=type_))
