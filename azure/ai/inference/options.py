"""The keywords of the clients: settings go into the body of a request, options go to the pipeline or the client.

Each is a key of one of these classes and is documented there. Programs use them to type keywords of their own with
``Unpack``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, get_type_hints

from azure.ai.inference import _keywords
from azure.ai.inference._keywords import *  # those of `__all__`
from azure.ai.inference._keywords import __all__

if not TYPE_CHECKING:  # checkers see the listed classes as TypedDicts already

    def _typed_dict(name: str) -> Any:
        """Return the TypedDict of a listed class, with its annotations evaluated."""
        listed = getattr(_keywords, name)
        hints = get_type_hints(listed)
        made = TypedDict(name, {keyword: hints[keyword] for keyword in listed.__annotations__}, total=False)
        made.__doc__, made.__module__ = listed.__doc__, __name__
        return made

    globals().update((name, _typed_dict(name)) for name in __all__)
