"""Signatures and documentation of the methods, made from the classes that list their keywords."""

from __future__ import annotations

import functools
import inspect
import re
from inspect import Parameter
from typing import Any, Callable, Dict, Tuple, TypeVar

from azure.ai.inference import options
from azure.ai.inference.options import ClientOptions, RequestOptions

FunctionType = TypeVar("FunctionType", bound=Callable[..., Any])

_KEYWORD = re.compile(r"^:keyword (\w+):.*(?:\n    .*)*", re.MULTILINE)
_END_OF_KEYWORDS = re.compile(r"^:returns:", re.MULTILINE)


def settings_of(keywords: Any) -> Tuple[str, ...]:
    """Return the settings among the keywords that a class lists, in its order. The others are options."""
    known_options = {**RequestOptions.__annotations__, **ClientOptions.__annotations__}
    return tuple(name for name in keywords.__annotations__ if name not in known_options)


@functools.lru_cache(maxsize=None)
def keyword_docs(keywords: Any) -> Dict[str, str]:
    """Return the ``:keyword`` lines of a class, its own before those of the classes that it extends."""
    docs: Dict[str, str] = {}
    own = keywords.__annotations__.keys()
    for listing in [*map(vars(options).__getitem__, options.__all__), keywords]:
        if listing.__annotations__.keys() <= own:
            docs.update((found[1], found[0]) for found in _KEYWORD.finditer(inspect.cleandoc(listing.__doc__)))
    return docs


def keywords_of(keywords: Any) -> Callable[[FunctionType], FunctionType]:
    """Show the settings that a class lists in the signature of a function, and document them in its docstring.

    The function itself takes ``**kwargs``. No wrapper stands before it.
    """

    def show(function: FunctionType) -> FunctionType:
        signature = inspect.signature(function)
        parameters = list(signature.parameters.values())
        parameters[-1] = parameters[-1].replace(annotation="Any")
        parameters[-1:-1] = [_parameter(name, keywords.__annotations__[name]) for name in settings_of(keywords)]
        vars(function)["__signature__"] = signature.replace(parameters=parameters)
        if function.__doc__:
            function.__doc__ = _document(inspect.cleandoc(function.__doc__), keywords)
        return function

    return show


def _parameter(name: str, annotation: Any) -> Parameter:
    text = getattr(annotation, "__forward_arg__", annotation)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=text)


def _document(doc: str, keywords: Any) -> str:
    """Return a docstring with the lines of the settings before what the function returns, or at its end."""
    docs = keyword_docs(keywords)
    lines = "\n".join(docs[name] for name in settings_of(keywords))
    end = _END_OF_KEYWORDS.search(doc)
    if end is None:
        return f"{doc}\n\n{lines}"
    return f"{doc[: end.start()]}{lines}\n{doc[end.start() :]}"
