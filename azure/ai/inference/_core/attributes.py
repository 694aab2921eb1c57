"""Requests and responses of azure-core without its lookup of old names.

azure-core formats each name that is set, and each that is missing, to see whether it is an old one: 5,000 to 10,000
instructions a time, 12% of an asynchronous call. Here the old names are properties, so that no other name is looked up.
"""

from __future__ import annotations

import copy
from typing import Any, Dict

from azure.core.rest import HttpRequest

from azure.ai.inference._core.hiding import hide_credentials

_OF_RESPONSES = ("block_size", "content_type", "headers", "reason", "request", "status_code", "stream_download")


def old_name(base: Any, name: str) -> Any:
    """Return the property of an old name, which azure-core's class gets and sets as before."""
    known = getattr(base, name, None)

    def find(self: Any) -> Any:
        return base.__getattr__(self, name)

    def change(self: Any, value: Any) -> None:
        base.__setattr__(self, name, value)

    return property(known.fget if isinstance(known, property) else find, change)


def take_over(kind: Any, base: Any) -> None:
    """Let a class of responses set all names directly. The old ones work as in azure-core's class, its base."""
    kind.__setattr__ = object.__setattr__
    for name in _OF_RESPONSES:
        setattr(kind, name, old_name(base, name))


def _shown(item: str) -> str:
    """Return an item of a query to show."""
    name, mark, _ = item.partition("=")
    return item if name == "api-version" or not mark else f"{name}=***"


class Request(HttpRequest):
    """A request whose attributes are set and found directly. Its credentials are not pickled."""

    __setattr__ = object.__setattr__  # type: ignore[assignment] # a function of the same signature

    body = old_name(HttpRequest, "body")
    data = old_name(HttpRequest, "data")
    files = old_name(HttpRequest, "files")
    _parts: Any = None

    def __getstate__(self) -> Dict[str, Any]:
        headers = copy.copy(self.headers)
        hide_credentials(headers)
        return {**vars(self), "headers": headers}

    def __copy__(self) -> Request:
        return self._with(vars(self))

    def __deepcopy__(self, memo: Any = None) -> HttpRequest:
        return self.of(super().__deepcopy__(memo))

    def __repr__(self) -> str:
        """Return what azure-core's request does, without the values in the query: errors show it, and some are keys."""
        url, mark, query = self.url.partition("?")
        shown = "&".join(map(_shown, query.split("&")))
        return f"<HttpRequest [{self.method}], url: '{url}{mark}{shown}'>"

    @classmethod
    def of(cls, request: HttpRequest) -> HttpRequest:
        """Return a request of azure-core's class as one of this class; one of any other class as it is."""
        return cls._with(vars(request)) if type(request) is HttpRequest else request

    @classmethod
    def _with(cls, attributes: Dict[str, Any]) -> Request:
        request = cls.__new__(cls)
        vars(request).update(attributes)
        return request

    @property
    def multipart_mixed_info(self) -> Any:
        """The parts of a multipart request, if any: an old feature that each pipeline looks up twice."""
        return self._parts

    @multipart_mixed_info.setter
    def multipart_mixed_info(self, parts: Any) -> None:
        self._parts = parts
        old: Any = super()
        old.__setattr__("multipart_mixed_info", parts)

    def prepare_multipart_body(self, content_index: int = 0) -> int:
        """Build the body of a multipart request. Return the number of its parts."""
        if not self._parts:
            return 0
        old: Any = super()
        number: int = old.__getattr__("prepare_multipart_body")(content_index)
        return number
