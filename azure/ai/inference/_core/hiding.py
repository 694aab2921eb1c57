"""Arguments that carry credentials, as objects whose ``repr`` does not show them.

Tools print the variables of each frame with a traceback, and a caller's arguments are variables of all our frames.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping as MappingABC
from collections.abc import MutableMapping as MutableMappingABC
from contextlib import suppress
from typing import Any, Dict, Iterable, List, Mapping, MutableMapping, Tuple, cast

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference._json import type_of

_HIDDEN = "***"
#: The headers that carry credentials.
CREDENTIAL_HEADERS = (
    *("Authorization", "api-key", "Proxy-Authorization", "x-ms-authorization-auxiliary"),
    *("Ocp-Apim-Subscription-Key", "x-api-key", "Cookie"),
)
_WORDS = ("auth", "cookies", "credential", "headers", "key", "password", "prox", "secret", "token")


def _repr(self: Any) -> str:
    del self  # the method of several classes
    return _HIDDEN


class HiddenText(str):
    """A text that ``repr`` does not show."""

    __slots__ = ()
    __repr__ = _repr


class Secret(HiddenText):
    """A text that is not pickled either: exceptions are, when a process pool or a queue of tasks hands them over."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return str, (_HIDDEN,)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self


class HiddenBytes(bytes):
    """Bytes that ``repr`` does not show."""

    __slots__ = ()
    __repr__ = _repr


class HiddenDict(Dict[str, Any]):
    """A dictionary of which ``repr`` shows the keys only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, _HIDDEN))


class HiddenList(List[Any]):
    """A list that ``repr`` does not show."""

    __slots__ = ()
    __repr__ = _repr


def hide_credentials(headers: Any) -> None:
    """Make the credentials among headers values that are neither shown nor pickled. Do nothing for a mock."""
    if not isinstance(headers, MutableMappingABC):
        return
    sent = cast("MutableMapping[str, Any]", headers)
    for name in CREDENTIAL_HEADERS:
        value = sent.get(name)
        if isinstance(value, str):
            sent[name] = Secret(value)


def hide_sent(response: Any) -> None:
    """Hide the credentials in the request of requests that a response of azure-core or a foreign transport holds."""
    with suppress(Exception):  # those of other libraries may lack it, and say so with any error
        hide_credentials(response.internal_response.request.headers)


def hidden(value: Any) -> Any:
    """Return an equal value that ``repr`` does not show, if it is a text, bytes, a list, a tuple or a mapping."""
    if isinstance(value, str):
        return HiddenText(value)
    if isinstance(value, bytes):
        return HiddenBytes(value)
    if type_of(value) is list:
        return HiddenList(value)
    if isinstance(value, MappingABC):
        return HiddenDict(cast("Mapping[str, Any]", value))
    return _hidden_tuple(value, type(value)) if tuple in type(value).__mro__ else value


def _hidden_tuple(value: Any, kind: Any) -> Any:
    return tuple_of(type(kind.__name__, (kind,), {"__repr__": _repr}), value)


def tuple_of(kind: Any, items: Iterable[Any]) -> Any:
    """Return a tuple, or a named one, of a class."""
    return getattr(kind, "_make", kind)(items)


def hide(keywords: Any) -> Any:
    """Hide the values of the keywords that carry credentials by their names, in place, and return the keywords."""
    for name in keywords:
        if _carries_credentials(name):
            keywords[name] = hidden(keywords[name])
    return keywords


@functools.lru_cache(maxsize=256)
def _carries_credentials(name: str) -> bool:
    return any(word in name.lower() for word in _WORDS)


def hide_arguments(endpoint: Any, credential: Any, keywords: Any) -> Tuple[Any, Any]:
    """Return the endpoint and credential of a client, hidden if they wrongly contain a key as plain text.

    :param keywords: the keywords of the constructor, which are changed in place.
    """
    hide(keywords)
    has_user_info = isinstance(endpoint, str) and "@" in endpoint
    is_credential = isinstance(credential, AzureKeyCredential) or hasattr(credential, "get_token")
    return hidden(endpoint) if has_user_info else endpoint, credential if is_credential else hidden(credential)


def type_name(value: Any) -> str:
    """Return the name of a value's type, as its caller knows it."""
    return next(kind.__name__ for kind in type(value).__mro__ if kind.__module__ != __name__)
