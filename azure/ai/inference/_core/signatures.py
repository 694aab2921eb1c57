"""Signatures and documentation of the methods, derived from the classes that list their keywords."""

from __future__ import annotations

import functools
import inspect
import warnings
from inspect import Parameter, Signature
from types import FrameType, FunctionType, MappingProxyType
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Tuple, TypeVar, cast

from azure.ai.inference import _keywords
from azure.ai.inference._keywords import ChatRequestOptions, ClientOptions, RequestOptions

Documented = TypeVar("Documented", bound=Callable[..., Any])

#: Options of single calls, which the constructors ignore.
CALL_ONLY = frozenset(
    {"cls", "content_type", "cookies", "enforce_https", "error_map", "params", "retry_on_methods", "tracing_options"}
)
#: Settings of some methods only, and those that they precede in signatures, as in the released package.
_PLACES = {"response_format": "stop", "tools": "tool_choice"}
_PACKAGE = __name__.partition("._core")[0]
_LIKENESS = 0.7
_KEYWORD = ":keyword "


@functools.lru_cache(maxsize=None)
def settings_of(keywords: Any) -> Tuple[str, ...]:
    """Return the settings among the keywords of a class, in its order. The others are options."""
    shared, of_clients = ChatRequestOptions.__annotations__, ClientOptions.__annotations__
    names = [name for name in keywords.__annotations__ if name not in shared and name not in of_clients]
    for name, following in _PLACES.items():
        if name in names and following in names:
            names.remove(name)
            names.insert(names.index(following), name)
    return tuple(names)


def _listings() -> List[Any]:
    """Return all classes that list keywords."""
    return [getattr(_keywords, name) for name in _keywords.__all__]


@functools.lru_cache(maxsize=None)
def keyword_docs(keywords: Any) -> Dict[str, str]:
    """Return the ``:keyword`` lines in the docstring of a class."""
    found: Dict[str, str] = {}
    for text in (keywords.__doc__ or "").split(_KEYWORD)[1:]:
        found[text.partition(":")[0]] = _KEYWORD + text.rstrip().replace("\n        ", "\n    ")
    return found


@functools.lru_cache(maxsize=None)
def _all_docs(keywords: Any) -> Dict[str, str]:
    """Return the lines of all keywords of a class, including those of its bases."""
    names = keywords.__annotations__.keys()
    below = [listing for listing in _listings() if listing.__annotations__.keys() <= names]
    return {name: line for listing in below for name, line in keyword_docs(listing).items()}


def _with_keywords(doc: str, lines: Iterable[str]) -> str:
    """Return the docstring of a function with lines for keywords ahead of what it returns."""
    head, returns, rest = doc.partition(":returns:")
    last = head[head.rfind("\n") + 1 :]
    indent = last[: len(last) - len(last.lstrip())] if last is not head else ""
    text = f"\n{indent}".join(line.replace("\n", f"\n{indent}") for line in lines)
    return f"{head}{text}\n{indent}{returns}{rest}" if returns else f"{head.rstrip()}\n\n{indent}{text}"


def keywords_of(keywords: Any) -> Callable[[Documented], Documented]:
    """Show the settings that a class lists in the signature of a function, and document them in its docstring.

    The function itself takes ``**kwargs``, and is not wrapped.
    """

    def show(function: Documented) -> Documented:
        vars(function)["__signature__"] = _LateSignature(function, keywords)
        if function.__doc__:
            docs = _all_docs(keywords)
            lines = [docs[name] for name in settings_of(keywords) if name in docs]
            function.__doc__ = _with_keywords(function.__doc__, lines)
        return function

    return show


class _LateSignature(Signature):
    """The signature of a function that shows the settings of a class.

    It is made on demand: those of all methods would take 1% of the time to import the package.
    """

    def __init__(self, function: Any, keywords: Any) -> None:
        self._function = function
        self._keywords = keywords

    @functools.cached_property
    def _whole(self) -> Signature:
        from azure.ai.inference import options  # on demand too

        annotations = getattr(options, self._keywords.__name__).__annotations__
        own = _own_signature(self._function)
        *parameters, others = own.parameters.values()
        parameters += [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotations[name])
            for name in settings_of(self._keywords)
        ]
        parameters.append(others.replace(annotation="Any"))
        return own.replace(parameters=parameters)

    @property
    def parameters(self) -> MappingProxyType[str, Parameter]:
        return self._whole.parameters

    @property
    def return_annotation(self) -> Any:
        return self._whole.return_annotation

    def replace(self, **changes: Any) -> Any:
        return self._whole.replace(**changes)

    def __reduce__(self) -> Any:
        return self._whole.__reduce__()


def _own_signature(function: Any) -> Signature:
    """Return the signature that a plain function was written with, of a copy that shows no other."""
    written = FunctionType(function.__code__, {}, "", function.__defaults__, function.__closure__)
    written.__kwdefaults__, written.__annotations__ = function.__kwdefaults__, function.__annotations__
    return inspect.signature(written)


def hint_for(name: str, known: Iterable[str]) -> str:
    """Return a question with the known name closest to an unknown one; empty if none is close."""
    from difflib import get_close_matches  # it takes a millisecond to import

    near = get_close_matches(name, [one for one in known if one != name], 1, _LIKENESS)
    return f"; did you mean {near[0]}?" if near else ""


def hint_for_call(name: str) -> str:
    """Return the hint for an unknown keyword of a method."""
    listed = {key for listing in _listings() for key in listing.__annotations__}
    return hint_for(name, listed - ClientOptions.__annotations__.keys())


def warn_of_ignored(client: object, own: Tuple[str, ...], keywords: Iterable[str]) -> None:
    """Warn about each keyword that the constructor of a client ignores, at the line that constructs it.

    :param own: the settings and options of its operation.
    """
    ignored = [name for name in keywords if name not in _known_to_constructors(own)]
    if not ignored:
        return
    frame = _caller_of(client)
    module, registry = frame.f_globals.get("__name__"), frame.f_globals.setdefault("__warningregistry__", {})
    for name in ignored:
        text = f"{type(client).__name__}() ignores the "
        if name in CALL_ONLY:
            text += f"keyword '{name}', an option of single calls: pass it to the method."
        else:
            text += f"unknown keyword '{name}'" + (hint_for(name, _known_to_constructors(own)) or ".")
        warnings.warn_explicit(text, UserWarning, frame.f_code.co_filename, frame.f_lineno, module, registry)


@functools.lru_cache(maxsize=None)
def _known_to_constructors(own: Tuple[str, ...]) -> FrozenSet[str]:
    options = {*ClientOptions.__annotations__, *RequestOptions.__annotations__} - CALL_ONLY
    return frozenset({*own, "model_extras", *options})


def _caller_of(client: object) -> FrameType:
    """Return the frame that constructs a client, outside this package, subclasses and event loops."""
    frame = cast("FrameType", inspect.currentframe())
    while frame.f_back is not None and _is_within(frame, client):
        frame = frame.f_back
    return frame


def _is_within(frame: FrameType, client: object) -> bool:
    module = f"{frame.f_globals.get('__name__')}."
    code = frame.f_code
    constructs = code.co_name == "__init__" and frame.f_locals.get(code.co_varnames[0]) is client
    return constructs or module.startswith((f"{_PACKAGE}.", "asyncio."))
