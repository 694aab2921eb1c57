"""Errors of HTTP libraries without the credentials that they carry.

Their exceptions hold requests, responses, pools and URLs, and some print them: a key is in the headers of a request, a
password in the URL of a proxy. Cleaning works by names, so that no HTTP library is imported for it.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Mapping as MappingABC
from types import SimpleNamespace
from typing import Any, Iterable, List, Mapping, Optional, Set
from urllib.parse import parse_qsl, quote, unquote

from azure.ai.inference._core.hiding import CREDENTIAL_HEADERS, tuple_of
from azure.ai.inference._json import type_of

_HIDDEN = "***"
_SHORTEST = 3
_USER_INFO = r"(?<=//)[^/\s'\"]*@"
_LIBRARIES = frozenset({"aiohttp", "http", "httpcore", "httpx", "requests", "urllib3", "yarl"})
#: Attributes of their exceptions whose values lead to a request.
_DROPPED = frozenset({"conn", "connection", "history", "pool", "request", "_request", "response"})
_PLAIN = (bool, int, float, type, type(None), BaseException)


def clean(error: BaseException, request: Any = None, proxies: Optional[Mapping[str, Any]] = None) -> None:
    """Remove credentials from an error and its causes. The exceptions stay the same objects.

    :param request: the request that failed.
    :param proxies: the proxies that it was sent with, in addition to those of the environment.
    """
    from urllib.request import getproxies  # late: it takes 5% of the time to import the package

    cleaner = _Cleaner([*_secrets_in(request), *_passwords_in(proxies), *_passwords_in(getproxies())])
    for one in _all_of(error):
        with contextlib.suppress(Exception):  # one that cannot be changed is raised as it is
            cleaner.clean(one)


def _secrets_in(request: Any) -> Iterable[str]:
    headers: Any = getattr(request, "headers", None) or {}
    for name in CREDENTIAL_HEADERS:
        value = headers.get(name)
        if isinstance(value, str):
            yield value.rpartition(" ")[2]
    query = str(getattr(request, "url", "")).partition("?")[2]
    for name, value in parse_qsl(query):
        if name != "api-version":
            yield from (value, quote(value))


def _passwords_in(proxies: Optional[Mapping[str, Any]]) -> Iterable[str]:
    """Return the passwords of proxies, as written and as sent."""
    for url in (proxies or {}).values():
        user_info, at, rest = str(url).rpartition("@")
        user_info = user_info.rpartition("//")[2]
        if not at:  # what should be a port may be a password, whose host is missing
            yield from re.findall(r":([^/:]*[^/:0-9][^/:]*)", rest.rpartition("//")[2])
        if user_info:
            yield user_info
            for text in (user_info, unquote(user_info)):
                yield base64.b64encode(text.encode("utf-8", "replace")).decode()
                password = text.partition(":")[2]
                yield password
                yield from re.split(r"[/?#\\]", password)  # where parsers split a malformed URL


def _all_of(error: BaseException) -> List[BaseException]:
    """Return an error and the errors that can be reached from it."""
    found: List[BaseException] = []
    seen: Set[int] = set()
    waiting: List[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            found.append(one)
            waiting += [one.__cause__, one.__context__, *one.args, *getattr(one, "__dict__", {}).values()]
            waiting += getattr(one, "exceptions", ())  # of a group
    return found


class _Cleaner:
    """Removes the same secrets from one exception after the other."""

    def __init__(self, secrets: Iterable[str]) -> None:
        texts = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._secrets = sorted(texts, key=len, reverse=True)

    def clean(self, error: BaseException) -> None:
        """Remove the secrets in the texts of an error, and its references to a request."""
        of_library = type(error).__module__.partition(".")[0] in _LIBRARIES
        error.args = tuple(self._value(value, of_library=of_library) for value in error.args)
        for name, value in list(vars(error).items()):
            dropped = of_library and name in _DROPPED
            with contextlib.suppress(AttributeError):
                setattr(error, name, None if dropped else self._value(value, of_library=of_library))
        if isinstance(error, OSError):
            for name in ("strerror", "filename", "filename2"):
                if isinstance(getattr(error, name), str):
                    setattr(error, name, self._text(getattr(error, name)))

    def _value(self, value: Any, *, of_library: bool) -> Any:
        """Return a value without secrets. One that is not a text is kept, unless it is of an HTTP library."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes):
            text = value.decode("latin-1")
            cleaned = self._text(text)
            return value if cleaned == text else cleaned.encode("latin-1", "replace")
        if isinstance(value, _PLAIN) or not (of_library or type_of(value) is tuple):
            return value
        return self._object(value, of_library=of_library)

    def _object(self, value: Any, *, of_library: bool) -> Any:
        """Return the cleaned parts of an object, such as aiohttp's ``RequestInfo``; None if it has none."""
        names: Any = getattr(value, "_fields", None) or [field.name for field in getattr(value, "__attrs_attrs__", ())]
        fields = {name: self._value(getattr(value, name), of_library=True) for name in names}
        if issubclass(type(value), (tuple, list)):
            return tuple_of(type(value), [self._value(item, of_library=of_library) for item in value])
        if isinstance(value, MappingABC):
            return {}
        is_url = hasattr(value, "host") and hasattr(value, "scheme")
        return SimpleNamespace(**fields) if fields else self._text(str(value)) if is_url else None

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return re.sub(_USER_INFO, f"{_HIDDEN}@", text)
