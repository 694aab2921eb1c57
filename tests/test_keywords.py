"""Unknown keywords: constructors warn of them, methods refuse them, and both suggest the right name."""

from __future__ import annotations

import ast
import asyncio
import inspect
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

import azure.core
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import policies, transport
from worlds import ASYNC, SYNC, World, opened, wait

import azure.ai.inference
from azure.ai.inference._core.signatures import hint_for
from azure.ai.inference.models import UserMessage
from azure.ai.inference.options import ClientOptions, RequestOptions
from azure.ai.inference.testing import FakeResponse, LocalService

URL = "https://h.example"
KEY = AzureKeyCredential("k")
CALL_ONLY = "cls content_type cookies enforce_https error_map params retry_on_methods tracing_options".split()


def line_of(function: Any, text: str) -> int:
    """Return the number of the line of a function that contains this text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def check(caught: List[Any], line: int, *texts: str) -> None:
    """Check that these warnings were caught, all at this line of this file."""
    assert [(one.category, str(one.message)) for one in caught] == [(UserWarning, text) for text in texts]
    assert {(one.filename, one.lineno) for one in caught} == {(__file__, line)}


@pytest.fixture
def caught() -> Iterator[List[Any]]:
    """Return all warnings, including those that Python would show once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


IGNORED = "ChatCompletionsClient() ignores the unknown keyword 'temprature'; did you mean temperature?"


def test_unknown_keyword(world: World, caught: List[Any]) -> None:
    """A misspelt setting is warned of, at the line that misspells it."""
    world.ChatCompletionsClient(URL, KEY, temprature=0.5, gobbledygook=1)  # here
    texts = [IGNORED, "ChatCompletionsClient() ignores the unknown keyword 'gobbledygook'."]
    check(caught, line_of(test_unknown_keyword, "# here"), *texts)


@pytest.mark.parametrize("name", ["EmbeddingsClient", "ImageEmbeddingsClient"])
def test_settings_of_other_clients(world: World, caught: List[Any], name: str) -> None:
    """Each client warns of the settings of other clients, and of none of its own."""
    getattr(world, name)(URL, KEY, dimensions=3, model_extras={"a": 1}, seed=1, dimension=3)  # here
    texts = ["unknown keyword 'seed'.", "unknown keyword 'dimension'; did you mean dimensions?"]
    texts = [f"{name}() ignores the {text}" for text in texts]
    check(caught, line_of(test_settings_of_other_clients, "# here"), *texts)


@pytest.mark.parametrize("option", CALL_ONLY)
def test_options_of_calls(world: World, caught: List[Any], option: str) -> None:
    """An option that only methods have is warned of in a constructor."""
    world.ChatCompletionsClient(URL, KEY, **{option: {}})  # here
    text = f"ChatCompletionsClient() ignores the keyword '{option}', an option of single calls: pass it to the method."
    check(caught, line_of(test_options_of_calls, "# here"), text)


def test_subclasses(world: World, caught: List[Any]) -> None:
    """The warning points at the constructor call, not into a subclass that passes its keywords on."""

    class Plain(world.ChatCompletionsClient):  # type: ignore[misc, name-defined]
        """Adds nothing."""

    class Passing(Plain):
        def __init__(_self, *args: Any, **options: Any) -> None:  # noqa: N805 - it need not be called self
            super().__init__(*args, **options)

    class Deeper(Passing):
        def __init__(self, *args: Any, **options: Any) -> None:
            for _ in range(1):
                super().__init__(*args, **options)

    Plain(URL, KEY, temprature=1)  # plain
    Passing(URL, KEY, temprature=1)  # passing
    made = [Deeper(URL, KEY, temprature=1) for _ in range(1)]  # deeper
    for one, name in zip(caught, ("Plain", "Passing", "Deeper")):
        check([one], line_of(test_subclasses, f"# {name.lower()}"), IGNORED.replace("ChatCompletionsClient", name))
    assert (len(caught), len(made)) == (3, 1)


def construct(world: World, **options: Any) -> Any:
    return world.ChatCompletionsClient(URL, KEY, **options)  # in a function


def test_function_of_the_program(world: World, caught: List[Any]) -> None:
    """The warning points at the constructor call."""
    construct(world, temprature=1)
    check(caught, line_of(construct, "# in a function"), IGNORED)


def test_once_for_each_construction(world: World, caught: List[Any]) -> None:
    """Each keyword is warned of once for each client."""
    for _ in range(2):
        world.ChatCompletionsClient(URL, KEY, temprature=1)
    assert [str(one.message) for one in caught] == [IGNORED] * 2


@pytest.mark.asyncio
async def test_load_client(world: World, service: LocalService, caught: List[Any]) -> None:
    """`load_client` warns once, at its own line, and of no keyword that its client knows."""
    if world is SYNC:
        client = world.load_client(service.endpoint, service.credential, temprature=1, seed=1)  # sync
    else:
        client = await world.load_client(service.endpoint, service.credential, temprature=1, seed=1)  # async
    async with opened(client):
        check(caught, line_of(test_load_client, f"# {world.name}"), IGNORED)


def test_load_client_in_a_loop_of_its_own(service: LocalService, caught: List[Any]) -> None:
    """The warning does not point into asyncio."""

    async def load() -> None:
        client = await asyncio.gather(ASYNC.load_client(service.endpoint, service.credential, temprature=1))
        await client[0].close()

    asyncio.run(load())  # here
    ours = [one for one in caught if one.category is UserWarning]
    check(ours, line_of(test_load_client_in_a_loop_of_its_own, "# here"), IGNORED)


def test_known_keywords(world: World, caught: List[Any]) -> None:
    """No keyword that has an effect, or had one in the released package, is called unknown."""
    known = {**RequestOptions.__annotations__, **ClientOptions.__annotations__}
    harmless = {name: None for name in known if name not in CALL_ONLY}
    values = {
        "policies": [],
        "headers": {},
        "retry_total": 1,
        "redirect_max": 1,
        "retry_on_status_codes": [],
        "redirect_remove_headers": [],
        "blocked_redirect_headers": [],
        "redirect_on_status_codes": [],
    }
    values.update(transport=world.FakeTransport(lambda _: FakeResponse()), additional_allowed_query_params=[])
    for client in world.clients:
        for name in harmless:
            client(URL, KEY, **{"transport": values["transport"], name: values.get(name)})
    assert caught == []


def test_hint() -> None:
    """A hint names a close name only, and never the given name itself."""
    assert hint_for("temprature", ["top_p", "temperature"]) == "; did you mean temperature?"
    assert hint_for("max_token", ["max_tokens", "max_token"]) == "; did you mean max_tokens?"
    assert hint_for("seed", ["seed", "model"]) == hint_for("zzz", ["seed", "model"]) == hint_for("x", []) == ""


@pytest.mark.asyncio
async def test_methods(world: World, service: LocalService) -> None:
    """A misspelt keyword of a method is refused with the right name."""
    async with opened(world.ChatCompletionsClient(service.endpoint, service.credential)) as client:
        for name, hint in (
            ("temprature", "; did you mean temperature?"),
            ("read_timout", "; did you mean read_timeout?"),
            ("gobbledygook", "."),
        ):
            with pytest.raises(TypeError) as caught:
                await wait(client.complete(messages=[UserMessage("hi")], **{name: 1}))
            assert f"unexpected keyword argument '{name}'" in str(caught.value)
            assert f"an option of the pipeline{hint} Put other parameters" in str(caught.value)
    async with opened(world.EmbeddingsClient(service.endpoint, service.credential)) as client:
        with pytest.raises(TypeError, match="option of the pipeline; did you mean dimensions?"):
            await wait(client.embed(input=["a"], dimension=3))
        with pytest.raises(TypeError, match="option of the pipeline. Put"):
            await wait(client.embed(input=["a"], temperature=3))
    async with opened(world.ImageGenerationClient(service.endpoint, service.credential)) as client:
        with pytest.raises(TypeError, match="option of the pipeline; did you mean output_format?"):
            await wait(client.generate(prompt="a boat", output_formt="png"))
    assert service.requests == []


# -- What azure-core takes.

#: Names that no constructor or method of a client passes on, and why.
OF_OTHERS = {
    "decompress": "of the readers of bodies",
    "insecure_domain_change": "what the redirect policy leaves for others",
    "polling_interval": "of azure-core's own configuration",
    "prefix": "of the policy for keys, which is this library's",
    "stream": "an argument of the methods",
    "transport": "an argument of a pipeline",
    "proxy": "of AioHttpTransport.send; `proxies` names it for all transports",
    "trio_limiter": "of TrioRequestsTransport.send",
}

#: What pipelines, azure-core and HTTP libraries pass to our transports and sessions.
OF_TRANSPORTS = {"data", "proxy", "ssl", "stream"}
PACKAGE = Path(azure.ai.inference.__file__).parent
OUR_ROOMS = ("_http/*.py", "_pipeline/*.py", "aio/**/*.py")


def functions_of_azure_core() -> Iterator[Tuple[str, Any]]:
    """Return the functions of the policies, transports and their configuration, each with its class or name."""
    folders = [Path(str(package.__file__)).parent.glob("*.py") for package in (policies, transport)]
    for path in [*folders[0], *folders[1], Path(azure.core.__file__).parent / "configuration.py"]:
        for found in ast.parse(path.read_text(encoding="utf-8")).body:
            for one in found.body if isinstance(found, ast.ClassDef) else [found]:
                if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield getattr(found, "name", ""), one


def taken_from(function: ast.AST, *mappings: str) -> Set[str]:
    """Return the keys that a function gets or pops from these mappings."""
    return {
        call.args[0].value
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("get", "pop", "setdefault")
        and dotted(call.func.value) in mappings
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def dotted(expression: ast.AST) -> str:
    if isinstance(expression, ast.Attribute):
        return f"{dotted(expression.value)}.{expression.attr}"
    return expression.id if isinstance(expression, ast.Name) else ""


def keywords_of_constructors() -> Dict[str, str]:
    """Return the keywords of the constructors of azure-core's policies and transports, and their owners."""
    found: Dict[str, str] = {}
    for owner, function in functions_of_azure_core():
        if function.name == "__init__" and function.args.kwarg:
            names = taken_from(function, function.args.kwarg.arg) | {one.arg for one in function.args.kwonlyargs}
            optional = function.args.args[-len(function.args.defaults) :] if function.args.defaults else []
            found.update(dict.fromkeys([*names, *(one.arg for one in optional)], owner))
    return found


def keywords_of_calls() -> Dict[str, str]:
    """Return the options that azure-core's policies and transports pop from those of a call, and their owners."""
    found: Dict[str, str] = {}
    for owner, function in functions_of_azure_core():
        sources = ["options", "request.context.options", "context.options", "response.context.options"]
        if function.name == "send" and function.args.kwarg:
            sources.append(function.args.kwarg.arg)
        found.update(dict.fromkeys(taken_from(function, *sources), owner))
    return found


def keywords_of_ours() -> Dict[str, str]:
    """Return the options that this library's own policies and transports pop, and their modules."""
    found: Dict[str, str] = {}
    for path in (path for room in OUR_ROOMS for path in PACKAGE.glob(room)):
        for kind in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = taken_from(kind, "config", "keywords", "kwargs", "options", "context.options")
            if isinstance(kind, ast.ClassDef) and kind.name.endswith(("Policy", "Transport")):
                constructors = [one for one in kind.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
                names |= {one.arg for constructor in constructors for one in constructor.args.kwonlyargs}
            found.update(dict.fromkeys(names, path.name))
    return found


def test_own_options_are_listed() -> None:
    """Every option that a policy or transport of ours reads is listed in `_keywords.py`."""
    taken = keywords_of_ours()
    known = {**RequestOptions.__annotations__, **ClientOptions.__annotations__}
    assert {name: path for name, path in taken.items() if name not in known and name not in OF_TRANSPORTS} == {}
    assert {"retry_after_max", "endpoint_kind", "max_connections", "auto_request_id"} <= {*taken}


def test_constructors_know_what_azure_core_takes() -> None:
    """Every keyword that the installed azure-core reads is listed in `_keywords.py`."""
    taken = keywords_of_constructors()
    known = {**RequestOptions.__annotations__, **ClientOptions.__annotations__}
    assert {name: owner for name, owner in taken.items() if name not in known and name not in OF_OTHERS} == {}
    assert {"retry_total", "network_span_namer", "session", "connection_verify", "blocked_redirect_headers"} <= {*taken}


def test_methods_know_what_azure_core_takes() -> None:
    """Every option of calls that the installed azure-core reads is listed in `_keywords.py`."""
    taken = keywords_of_calls()
    known = {**RequestOptions.__annotations__, "loop": "of AsyncioRequestsTransport.send"}
    assert {name: owner for name, owner in taken.items() if name not in known and name not in OF_OTHERS} == {}
    assert {"retry_total", "raw_request_hook", "read_timeout", "permit_redirects", "logging_enable"} <= {*taken}


#: Keywords of azure-core's clients, and those without an effect that programs pass all the same.
OF_CLIENTS = {"config", "logging_body", "merge_span", "per_call_policies", "per_retry_policies", "pipeline"}


def test_constructors_know_no_more() -> None:
    """Something reads every keyword that a constructor accepts without a warning."""
    known = {*RequestOptions.__annotations__, *ClientOptions.__annotations__} - {*CALL_ONLY, *OF_CLIENTS}
    newer = "additional_allowed_query_params enable_cae http_logging_level instrumentation_config tracing_attributes"
    taken = {
        *keywords_of_constructors(),
        *keywords_of_ours(),
        *newer.split(),
    }  # the oldest azure-core reads none of these
    assert {name for name in known if name not in taken and not name.endswith("_policy")} == set()


def test_calls_only() -> None:
    """No option that constructors read is called one of single calls."""
    assert {*CALL_ONLY} & {*keywords_of_constructors()} == set()
    assert {*CALL_ONLY} <= {*RequestOptions.__annotations__}
