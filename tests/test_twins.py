"""Synchronous and asynchronous modules are twins: they differ in waiting, and where this module says so."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple, Union, cast

import pytest

import azure.ai.inference
import azure.ai.inference.aio
from azure.ai.inference.models import AsyncStreamingChatCompletions, StreamingChatCompletions

PACKAGE = Path(azure.ai.inference.__file__).parent
AIO = PACKAGE / "aio"

#: Modules of ``aio`` without a twin: they are about an event loop, or another HTTP library.
APART = {
    "_calling.py",
    "_deadline.py",
    "_sleeper.py",
    *(
        f"_http/{name}.py"
        for name in ("aiohttp_response", "aiohttp_transport", "failures", "files", "latin1", "session")
    ),
    "_tasks.py",
}

#: Asynchronous names that differ from the synchronous ones by more than the prefix ``Async``.
RENAMED = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "distributed_trace_async": "distributed_trace",
}

#: Modules of ``aio`` whose twin has another name.
ELSEWHERE = {"_runs.py": "runs/_shell.py", "_tools.py": "tools/_shell.py"}

URLLIB3 = "urllib3 returns what has arrived in ways of its own, and its waits are limited at the socket"
LOOPS = "a lock belongs to the event loop that it was made in"
#: The functions that differ in more than waiting, or exist in one of the twins only, and why.
DIFFERENT = {
    "_client.InferenceClient._default_transport": "aiohttp may be missing",
    "_client.InferenceClient.send_request": "the asynchronous one returns an awaitable without waiting",
    "_http.body_reader.ChunkReader.__init__": URLLIB3,
    **dict.fromkeys(
        (
            f"_http.body_reader.ChunkReader.{name}"
            for name in ("_end_has_arrived", "_ends_before", "_ends_in_buffer", "_limit_waits", "_peek", "wake")
        ),
        URLLIB3,
    ),
    "_http.body_reader.ChunkReader._read_buffered": URLLIB3,
    "_http.body_reader.ChunkReader._read_next": URLLIB3,
    "_http.body_reader.ChunkReader.close": "only the asynchronous one may hold an iterator that is to be closed",
    "_http.body_reader.ChunkReader.ends_within": URLLIB3,
    "_http.body_reader.ChunkReader.read": URLLIB3,
    "_pipeline.configuration.Configuration.policies": "the asynchronous one puts steps around policies that never wait",
    "_pipeline.policies.TokenCredentialPolicy.__init__": LOOPS,
    "_pipeline.policies.TokenCredentialPolicy.send": LOOPS,
    "_pipeline.policies.TokenCredentialPolicy.send_in_loop": LOOPS,
    "_pipeline.retry.InferenceRetryPolicy._send_in_time": "only an attempt that can be cancelled ends at the deadline",
    "_pipeline.retry.InferenceRetryPolicy.send": "see _send_in_time",
    "_streaming.StreamingChatCompletions.__init__": "see close",
    "_streaming.StreamingChatCompletions.__next__": "see close",
    "_streaming.StreamingChatCompletions._end": "see close",
    "_streaming.StreamingChatCompletions._read": "see close",
    "_streaming.StreamingChatCompletions.close": "another thread may be waiting, and is woken",
    "_streaming.StreamingChatCompletions._release": "an iterator of the transport is closed with the response",
    "_streaming.StreamingChatCompletions.__del__": "a stream that is dropped cannot wait for its end",
}
#: Those of them that have other arguments, too.
OTHER_ARGUMENTS = {"_http.body_reader.ChunkReader.__init__"}
MOST_DIFFERENT = 30

CLIENTS = [name for name in azure.ai.inference.__all__ if name.endswith("Client")]

PAIRS = [
    name
    for name in sorted(path.relative_to(AIO).as_posix() for path in AIO.rglob("*.py"))
    if name not in APART and not name.endswith("__init__.py")
]

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class Plain(ast.NodeTransformer):
    """Turns asynchronous code into the synchronous code that does the same."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.visit(_as(ast.FunctionDef, node))

    def visit_AsyncFor(self, node: ast.AsyncFor) -> Any:
        return self.visit(_as(ast.For, node))

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Any:
        return self.visit(_as(ast.With, node))

    def visit_Await(self, node: ast.Await) -> Any:
        return self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.name = plain_name(node.name)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        node = cast(ast.FunctionDef, self.generic_visit(node))
        imports = [each for each in node.body if isinstance(each, ast.ImportFrom)]
        imports.sort(key=lambda each: each.module or "")
        rest = [each for each in node.body if not isinstance(each, ast.ImportFrom)]
        node.body = [*imports, *rest]
        return node

    def visit_Name(self, node: ast.Name) -> Any:
        node.id = plain_name(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        node.attr = plain_name(node.attr)
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        module = (node.module or "").replace("azure.core.tracing.decorator_async", "azure.core.tracing.decorator")
        package, _, name = module.partition(".aio.")
        name = ELSEWHERE.get(f"{name}.py", f"{name}.py")[:-3].replace("/", ".")
        node.module = f"{package}.{name}" if name else package
        for alias in node.names:
            alias.name = plain_name(alias.name)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> Any:
        node.name = plain_name(node.name)
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, str):
            node.value = re.sub(r"\bAsync(?=\w)", "", node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        awaited = isinstance(node.value, ast.Name) and node.value.id == "Awaitable"
        inside: Any = node.slice
        if type(inside).__name__ == "Index":  # up to Python 3.8
            inside = inside.value
        return self.visit(inside) if awaited else self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        node.is_async = 0
        return self.generic_visit(node)


def _as(kind: Any, node: Any) -> Any:
    return ast.copy_location(kind(**dict(ast.iter_fields(node))), node)


def plain_name(name: str) -> str:
    """Return the synchronous name of an asynchronous one."""
    return RENAMED.get(name, re.sub(r"^(_?)Async(?=[A-Z])", r"\1", name))


class Module:
    """The functions, classes and constants of a module, by their synchronous names."""

    def __init__(self, path: Path) -> None:
        self.functions: Dict[str, List[Function]] = {}
        """Each function with its overloads."""
        self.classes: Dict[str, ast.ClassDef] = {}
        self.constants: Dict[str, str] = {}
        """The values of the other names, as text."""
        self._add(ast.parse(path.read_text("utf-8")).body, "")

    def _add(self, body: List[ast.stmt], prefix: str) -> None:
        names = {getattr(node, "name", None) for node in body}
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if node.name == "close" and "aclose" in names:
                    continue  # it does nothing but call `aclose`
                function = PLAIN.visit(node)
                self.functions.setdefault(prefix + function.name, []).append(function)
            elif isinstance(node, ast.ClassDef):
                name = prefix + plain_name(node.name)
                self.classes[name] = node
                self._add(node.body, f"{name}.")
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if node.value is not None:
                    self.constants[prefix + ast.dump(target)] = ast.dump(PLAIN.visit(node.value))

    def inherits(self, name: str) -> bool:
        """Return whether an asynchronous class extends its twin, and with it has all of its functions."""
        bases = [base.id for base in self.classes[name].bases if isinstance(base, ast.Name)]
        return name in bases


PLAIN = Plain()


def load(name: str) -> Tuple[Module, Module]:
    """Return a synchronous module and its twin."""
    return Module(PACKAGE / ELSEWHERE.get(name, name)), Module(AIO / name)


def key(name: str, function: str) -> str:
    """Return the name of a function in ``DIFFERENT``."""
    return f"{name[:-3].replace('/', '.')}.{function}"


def signatures(functions: List[Function]) -> List[str]:
    """Return arguments, annotations, defaults and decorators of a function and its overloads."""
    return [
        "; ".join(map(ast.dump, filter(None, [node.args, node.returns, *node.decorator_list]))) for node in functions
    ]


@pytest.mark.parametrize("name", PAIRS)
def test_functions_differ_in_waiting_only(name: str) -> None:
    """The functions of twins differ in waiting only."""
    sync, twin = load(name)
    for function in sorted(sync.functions.keys() & twin.functions.keys()):
        here, there = sync.functions[function], twin.functions[function]
        same = signatures(here) == signatures(there)
        assert same is (key(name, function) not in OTHER_ARGUMENTS), f"the signatures of {function}: {same}"
        same = [ast.dump(node) for node in here] == [ast.dump(node) for node in there]
        assert same is (key(name, function) not in DIFFERENT), f"{function} is the same in both: {same}"


@pytest.mark.parametrize("name", PAIRS)
def test_classes_have_the_same_functions(name: str) -> None:
    """Every function of a class is in its twin."""
    sync, twin = load(name)
    for kind in sync.classes.keys() & twin.classes.keys():
        only_async = {function for function in twin.functions if function.startswith(f"{kind}.")}
        only_sync = {function for function in sync.functions if function.startswith(f"{kind}.")}
        lacking = only_async ^ only_sync
        if twin.inherits(kind):
            lacking = only_async - only_sync
        assert {function for function in lacking if key(name, function) not in DIFFERENT} == set()


@pytest.mark.parametrize("name", PAIRS)
def test_constants_are_the_same(name: str) -> None:
    """The constants of classes and modules are the same in the twins."""
    sync, twin = load(name)
    both = sync.constants.keys() & twin.constants.keys()

    assert {name: twin.constants[name] for name in both} == {name: sync.constants[name] for name in both}


def test_exceptions_are_few_and_exist() -> None:
    """Exceptions are few, and each is a function that exists."""
    names = {key(name, function) for name in PAIRS for module in load(name) for function in module.functions}

    assert set(DIFFERENT) - names == set()
    assert len(DIFFERENT) <= MOST_DIFFERENT


def parameters_of(function: Any) -> List[Tuple[str, Any, Any, str]]:
    """Return name, kind, default and type of the parameters of a function, and at last what it returns."""
    signature = inspect.signature(function)
    parameters = [(p.name, p.kind, p.default, type_of(p.annotation)) for p in signature.parameters.values()]
    return [*parameters, ("returns", None, None, type_of(signature.return_annotation))]


def type_of(annotation: Any) -> str:
    """Return an annotation as the synchronous twin has it."""
    text = annotation if isinstance(annotation, str) else repr(annotation)
    text = re.sub(r"\bAsync(?=[A-Z])", "", text)
    return re.sub(r"^Awaitable\[(.*)\]$", r"\1", text)


def public_methods(kind: Any) -> Set[str]:
    """Return the names of the functions that users call, and the constructor."""
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"} | {"__init__"}


@pytest.mark.parametrize("name", CLIENTS)
def test_clients_have_the_same_methods_and_signatures(name: str) -> None:
    """Moving a program between sync and async needs no more than `await`."""
    sync, twin = getattr(azure.ai.inference, name), getattr(azure.ai.inference.aio, name)

    assert public_methods(sync) == public_methods(twin)
    for method in public_methods(sync):
        assert parameters_of(getattr(sync, method)) == parameters_of(getattr(twin, method)), method


def test_functions_have_the_same_signatures() -> None:
    """`load_client` and the streams are used in the same way in both worlds."""
    sync, twin = StreamingChatCompletions, AsyncStreamingChatCompletions

    assert parameters_of(azure.ai.inference.load_client) == parameters_of(azure.ai.inference.aio.load_client)
    assert public_methods(twin) == {*public_methods(sync), "aclose"}
    assert parameters_of(sync.__init__) == parameters_of(twin.__init__)


def modules() -> List[str]:
    """Return the modules of the package."""
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def nodes(name: str) -> Iterator[ast.AST]:
    """Return the syntax of a module, node by node."""
    return ast.walk(ast.parse((PACKAGE / name).read_text("utf-8")))


def test_only_the_async_shell_waits() -> None:
    """Nothing outside `aio` and `testing` waits, where it would have no twin."""
    waiting = {
        name
        for name in modules()
        if not name.startswith(("aio/", "testing/"))
        for node in nodes(name)
        if isinstance(node, (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await))
    }

    assert waiting == set()


def test_no_function_looks_at_its_locals() -> None:
    """No function calls `locals()`: names of variables are no part of requests or telemetry."""
    calls = [
        f"{name}:{node.lineno}"
        for name in modules()
        for node in nodes(name)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("locals", "vars")
        if node.func.id == "locals" or not node.args
    ]

    assert calls == []
