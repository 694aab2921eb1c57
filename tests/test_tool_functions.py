"""Functions as tools: their names, descriptions and schemas, the arguments of calls, and the texts of results."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional

import pytest
from tool_samples import CONTEXT, Place, Unit
from typing_extensions import Annotated, TypeAliasType

from azure.ai.inference._schemas.shapes import MisfitError
from azure.ai.inference.models import ChatCompletionsToolDefinition
from azure.ai.inference.tools import FunctionTool, ToolContext, tool
from azure.ai.inference.tools._functions import as_tool

if TYPE_CHECKING:
    from nowhere import Unknown

if TYPE_CHECKING:
    Later = int


STRING, WHOLE = {"type": "string"}, {"type": "integer"}


def weather(
    city: Annotated[str, "The city."], days: int = 1, unit: Unit = Unit.C, place: Optional[Place] = None
) -> str:
    """Return the weather.

    In any city.

    Args:
        city: not this text
        days: The number of days,
            today included.
        nothing: no such parameter
    Returns:
        A text.
    """
    return f"{city} {days} {unit} {place and place.north}"


WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "The city."},
        "days": {"type": "integer", "description": "The number of days, today included.", "default": 1},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        "place": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}], "default": None},
    },
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {
        "Place": {
            "type": "object",
            "description": "A place on Earth.",
            "properties": {"name": {"type": "string"}, "north": {"type": "number", "default": 0.0}},
            "required": ["name"],
            "additionalProperties": False,
        }
    },
}


def plain(city: str) -> str:
    return city


def with_context(first: ToolContext, city: str, second: ToolContext[int]) -> Any:  # type: ignore[type-arg]
    """Return what was given."""
    return first, city, second


async def coroutine(city: str) -> str:
    """Return the city."""
    return city


@functools.wraps(weather)
def wrapped(*args: Any, **kwargs: Any) -> Any:
    return weather(*args, **kwargs)


class Caller:
    """Calls."""

    def __call__(self, city: str) -> str:
        """Return the city."""
        return city

    def method(self, city: str) -> str:
        """Return the city of a method."""
        return f"{type(self).__name__} {city}"

    @tool
    def as_tool(self, city: str) -> str:
        """Return the city of a tool."""
        return f"{type(self).__name__} {city}"

    @tool(name="renamed", description="Described.", in_thread=False)
    def with_options(self, city: str) -> str:
        return city

    @classmethod
    @tool(name="of_class")
    def class_tool(cls, city: str) -> str:
        """Return the city of a class."""
        return f"{cls.__name__} {city}"

    @staticmethod
    def static(city: str) -> str:
        """Return the city of no object."""
        return city

    @staticmethod
    @tool
    def static_tool(city: str) -> str:
        """Return the city of no object."""
        return city


def definition(name: str, description: Optional[str], **properties: Any) -> Dict[str, Any]:
    """Return the definition of a function whose parameters are all required."""
    schema = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    about = {} if description is None else {"description": description}
    return {"type": "function", "function": {"name": name, **about, "parameters": schema}}


def call(given: Any, **arguments: Any) -> Any:
    """Return the result of a tool that the model calls."""
    return as_tool(given)._bind(arguments, CONTEXT)()


def test_whole_definition() -> None:
    """The model gets the name, the docstring and the types, the defaults and the descriptions of the parameters."""
    made = FunctionTool(weather)

    assert isinstance(made.definition, ChatCompletionsToolDefinition)
    assert made.definition is made.definition
    assert made.definition == {
        "type": "function",
        "function": {"name": "weather", "description": "Return the weather.\n\nIn any city.", "parameters": WEATHER},
    }
    assert call(made, city="Rome", unit="fahrenheit", place={"name": "a"}) == "Rome 1 Unit.F 0.0"


CALLER = Caller()


@pytest.mark.parametrize(
    ("given", "expected", "returned"),
    [
        pytest.param(plain, definition("plain", None, city=STRING), "X", id="no docstring"),
        pytest.param(CALLER, definition("Caller", "Return the city.", city=STRING), "X", id="callable object"),
        pytest.param(
            CALLER.method, definition("method", "Return the city of a method.", city=STRING), "Caller X", id="method"
        ),
        pytest.param(
            CALLER.as_tool, definition("as_tool", "Return the city of a tool.", city=STRING), "Caller X", id="tool"
        ),
        pytest.param(
            CALLER.with_options, definition("renamed", "Described.", city=STRING), "X", id="method with options"
        ),
        pytest.param(
            Caller.class_tool,
            definition("of_class", "Return the city of a class.", city=STRING),
            "Caller X",
            id="class method",
        ),
        pytest.param(
            Caller.static, definition("static", "Return the city of no object.", city=STRING), "X", id="static method"
        ),
        pytest.param(
            CALLER.static_tool,
            definition("static_tool", "Return the city of no object.", city=STRING),
            "X",
            id="static tool",
        ),
        pytest.param(
            functools.partial(functools.partial(CALLER.method)),
            definition("method", "Return the city of a method.", city=STRING),
            "Caller X",
            id="partials of a method",
        ),
        pytest.param(
            tool(name="other-name_1", description="")(weather),
            {"type": "function", "function": {"name": "other-name_1", "parameters": WEATHER}},
            None,
            id="options",
        ),
        pytest.param(tool(tool(plain)), definition("plain", None, city=STRING), "X", id="twice"),
        pytest.param(wrapped, tool(weather).definition, None, id="decorated"),
    ],
)
def test_kinds_of_functions(given: Any, expected: Any, returned: Any) -> None:
    """Whatever can be called by name is a tool, under its own name and with its own description."""
    made = as_tool(given)

    assert made.definition == expected
    assert made.name == expected["function"]["name"]
    assert returned is None or call(given, city="X") == returned


def test_tool_is_its_function() -> None:
    """A decorated function can still be used as before."""
    made = tool(weather)

    assert made("Rome", unit=Unit.F) == weather("Rome", unit=Unit.F)
    assert (made.__name__, made.__doc__, made.__wrapped__) == ("weather", weather.__doc__, weather)  # type: ignore[attr-defined]
    assert repr(made) == "<FunctionTool weather>"
    assert Caller.as_tool(CALLER, "X") == CALLER.as_tool("X") == "Caller X"


def test_options_survive_binding() -> None:
    """The options of a method's tool are kept when it is bound to an object."""
    assert (CALLER.with_options._in_thread, as_tool(Caller.class_tool)._in_thread) == (False, True)
    coroutines = coroutine, functools.partial(coroutine), tool(coroutine), functools.partial(tool(coroutine))
    assert [FunctionTool(one)._is_coroutine for one in (*coroutines, plain, tool(plain))] == [True] * 4 + [False] * 2


class Cached:
    @tool
    @functools.lru_cache(maxsize=None)  # noqa: B019 - the object lives as long as the test
    def cached(self, city: str) -> str:
        return f"cached {city}"

    @tool(name="renamed")
    @tool(in_thread=False)
    def twice(self, city: str) -> str:
        return f"twice {city}"

    partial = tool(functools.partial(plain))


def test_methods_that_are_no_plain_functions() -> None:
    """Such a method is bound to its object: the model is not asked for `self`."""
    cached = Cached()

    assert call(cached.cached, city="X") == cached.cached("X") == "cached X"
    assert call(cached.twice, city="X") == cached.twice("X") == "twice X"
    assert cached.twice.definition == definition("renamed", None, city=STRING)
    assert cached.partial("X") == plain("X")


def test_bound_arguments_are_hidden() -> None:
    """Arguments bound in a partial are neither shown to the model nor can it replace them."""
    bound = functools.partial(weather, days=3, unit=Unit.F)
    made = FunctionTool(functools.partial(bound, place=None))
    positional = FunctionTool(functools.partial(weather, "Rome"))

    assert made.definition.function.parameters == {
        **{key: value for key, value in WEATHER.items() if key != "$defs"},
        "properties": {"city": WEATHER["properties"]["city"]},  # type: ignore[index]
    }
    assert call(made, city="Rome") == "Rome 3 Unit.F None"
    with pytest.raises(MisfitError, match=r"^days: is unknown; known: city$"):
        call(made, city="Rome", days=1)
    assert [*positional.definition.function.parameters["properties"]] == ["days", "unit", "place"]
    assert call(positional, days=2) == "Rome 2 Unit.C None"


def test_context_is_filled_in() -> None:
    """A parameter of type ToolContext is hidden from the model, which cannot set it, and gets the context."""
    assert FunctionTool(with_context).definition == definition("with_context", "Return what was given.", city=STRING)
    assert call(with_context, city="X") == (CONTEXT, "X", CONTEXT)
    with pytest.raises(MisfitError, match=r"^first: is unknown; known: city$"):
        call(with_context, city="X", first={})


def with_optional_context(city: str, context: Optional[ToolContext[int]] = None) -> Any:
    return city, context


def with_described_context(context: Annotated[ToolContext[int], "the run"], city: str) -> Any:
    return city, context


Context = TypeAliasType("Context", "Optional[ToolContext[int]]")


def with_named_context(context: Context, city: str) -> Any:
    return city, context


@pytest.mark.parametrize("given", [with_optional_context, with_described_context, with_named_context])
def test_context_may_be_within_an_annotation(given: Any) -> None:
    """The context is hidden from the model within any annotation, and the model cannot set it."""
    assert FunctionTool(given).definition == definition(given.__name__, None, city=STRING)
    assert call(given, city="X") == ("X", CONTEXT)


def test_strict_definition() -> None:
    """A strict tool says so, and has a schema in the strict subset, or is refused."""
    made = tool(strict=True)(weather).definition.function

    assert made.strict is True
    assert made.parameters["required"] == ["city", "days", "unit", "place"]
    assert made.parameters["properties"]["days"] == {
        "type": "integer",
        "description": 'The number of days, today included. Constraints: {"default": 1}',
    }

    def free(extra: dict) -> None:  # type: ignore[type-arg]
        raise NotImplementedError

    with pytest.raises(ValueError, match=r"^The schema cannot be strict: extra is an object with any keys\.$"):
        assert tool(strict=True)(free).definition


def test_given_schema() -> None:
    """A given schema goes out unchanged, and the function gets the unchecked arguments as one mapping."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "x-own": [1]}
    made = FunctionTool.from_schema(dict, name="lookup", description="Look up.", parameters=schema)

    assert made.definition == {
        "type": "function",
        "function": {"name": "lookup", "description": "Look up.", "parameters": schema},
    }
    assert call(made, a="no number", b=None) == {"a": "no number", "b": None}
    without = FunctionTool.from_schema(plain, name="x", parameters={})  # type: ignore[arg-type]
    assert without.definition == {"type": "function", "function": {"name": "x", "parameters": {}}}


@pytest.mark.parametrize("name", ["", "a b", "größe", "a" * 65, "a.b"])
def test_illegal_names(name: str) -> None:
    """A name that services refuse raises an error before."""
    with pytest.raises(ValueError, match=r"^The name of a tool must be 1 to 64 letters, digits, _ and -, not "):
        tool(name=name)(plain)


def test_lambda_needs_a_name() -> None:
    """A lambda has no name to give to the model."""
    with pytest.raises(ValueError, match=r"not '<lambda>': pass another as name=\.$"):
        FunctionTool(lambda: 1)
    assert tool(name="a" * 64)(lambda: 1).definition == definition("a" * 64, None)


def no_annotation(city) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    raise NotImplementedError


def many(*cities: str) -> None:
    raise NotImplementedError


def any_name(**cities: str) -> None:
    raise NotImplementedError


def positional(city: str, /) -> None:
    raise NotImplementedError


def unknown(city: Unknown) -> None:
    raise NotImplementedError


def unsupported(city: complex) -> None:
    raise NotImplementedError


def generator(city: str) -> Iterator[str]:
    yield city


async def async_generator(city: str) -> Any:
    yield city


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (no_annotation, "no_annotation.city cannot be a parameter of a tool: it has no annotation."),
        (many, "many.cities cannot be a parameter of a tool: it accepts any arguments."),
        (any_name, "any_name.cities cannot be a parameter of a tool: it accepts any arguments."),
        (positional, "positional.city cannot be a parameter of a tool: it is positional-only."),
        (
            unknown,
            "unknown cannot be a tool: unknown.city: the annotation cannot be resolved at run time: name 'Unknown'",
        ),
        (unsupported, "unsupported.city: complex has no JSON schema here: give "),
        (generator, "generator cannot be a tool: it is a generator."),
        (async_generator, "async_generator cannot be a tool: it is a generator."),
        (Place, "Place cannot be a tool: it is a class."),
        (dict.get, "get.key cannot be a parameter of a tool: it is positional-only."),
        (max, "max cannot be a tool: "),
        (Caller.method, "method.self cannot be a parameter of a tool: it has no annotation."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_functions_that_are_no_tools(given: Any, message: str) -> None:
    """A function that the model cannot call is refused when the definition is needed; the message names the place."""
    made = FunctionTool(given)
    with pytest.raises(TypeError) as raised:
        assert made.definition

    assert str(raised.value).startswith(message.replace("get.key", str(raised.value).partition(" ")[0]))


@pytest.mark.parametrize("given", [1, "weather", {"type": "function"}, classmethod(plain)])
def test_what_cannot_be_called(given: Any) -> None:
    """A tool that cannot be called is refused when it is made."""
    with pytest.raises(TypeError, match=r"^A tool must be a function, not "):
        FunctionTool(given)


def later(city: Later) -> str:
    return str(city)


def test_names_may_be_defined_later() -> None:
    """The definition is made on first use, when names in quotes are known."""
    made = tool(later)
    globals()["Later"] = int
    try:
        assert made.definition == definition("later", None, city=WHOLE)
    finally:
        del globals()["Later"]


def test_unresolvable_return_type_is_no_obstacle() -> None:
    """Only parameters need annotations that exist at run time."""

    def found(city: str) -> Unknown:
        raise NotImplementedError

    assert FunctionTool(found).definition == definition("found", None, city=STRING)
