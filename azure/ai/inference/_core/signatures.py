"""Signatures and documentation of the methods, made from the classes that list their keywords."""

from __future__ import annotations

import inspect
import re
from inspect import Parameter
from typing import Any, Callable, Dict, Tuple, TypeVar

from azure.ai.inference.options import ChatRequestOptions, ClientOptions

FunctionType = TypeVar("FunctionType", bound=Callable[..., Any])

_KEYWORD = re.compile(r"^ *:keyword (\w+):.*(?:\n +(?![ :]).*)*", re.MULTILINE)


def settings_of(keywords: Any) -> Tuple[str, ...]:
    """Return the settings among the keywords that a class lists, in its order. The others are options."""
    shared, of_clients = ChatRequestOptions.__annotations__, ClientOptions.__annotations__
    return tuple(name for name in keywords.__annotations__ if name not in shared and name not in of_clients)


def keyword_docs(keywords: Any) -> Dict[str, str]:
    """Return the ``:keyword`` lines in the docstring of a class."""
    found = _KEYWORD.finditer(keywords.__doc__ or "")
    return {match[1]: "\n    ".join(map(str.strip, match[0].splitlines())) for match in found}


def keywords_of(keywords: Any) -> Callable[[FunctionType], FunctionType]:
    """Show the settings that a class lists in the signature of a function, and document them in its docstring.

    The function itself takes ``**kwargs``. No wrapper stands before it.
    """

    def show(function: FunctionType) -> FunctionType:
        signature = inspect.signature(function)
        annotations, settings = keywords.__annotations__, settings_of(keywords)
        *parameters, others = signature.parameters.values()
        parameters += [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotations[name]) for name in settings
        ]
        parameters.append(others.replace(annotation="Any"))
        vars(function)["__signature__"] = signature.replace(parameters=parameters)
        if function.__doc__:
            docs = keyword_docs(keywords)
            head, returns, rest = inspect.cleandoc(function.__doc__).partition(":returns:")
            lines = "\n".join(map(docs.__getitem__, settings))
            function.__doc__ = f"{head}{lines}\n{returns}{rest}" if returns else f"{head}\n\n{lines}"
        return function

    return show
