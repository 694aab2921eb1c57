"""The place of a request: the dialect that its path selects, and the route below the endpoint. No I/O."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional
from urllib.parse import unquote

_OPENAI_V1 = re.compile(r"^(?:/.*?)??/openai/v1(?=/|$)")
_MODELS = re.compile(r"/v1/models(?:/(.*))?$")
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/")


class Place(NamedTuple):
    """The meaning of a path."""

    is_openai_v1: bool
    """Whether the endpoint ends in `/openai/v1`."""
    route: str
    """The path below `/openai/v1`; elsewhere the whole path, as any prefix is an endpoint."""
    deployment: Optional[str]
    """The deployment in the path of an Azure OpenAI deployment."""
    speaks_openai: bool
    """Whether images have the form of OpenAI's API: below `/openai/v1`, below a deployment, and below `/v1`."""
    needs_version: bool
    """Whether the query parameter `api-version` is required."""
    models_route: Optional[str] = None
    """The id of the model below `/v1/models`, empty for the list of models; None on other routes."""

    @property
    def is_v1(self) -> bool:
        """Whether it is a plain `/v1`, the endpoint of servers compatible with OpenAI's API."""
        return not self.is_openai_v1 and not self.needs_version


def locate(path: str) -> Place:
    """Return the place of a percent-encoded path."""
    openai_v1 = _OPENAI_V1.match(path)
    if openai_v1 is not None:
        return Place(True, path[openai_v1.end() :], None, speaks_openai=True, needs_version=False)
    named = _DEPLOYMENT.search(path)
    deployment = unquote(named[1]) if named else None
    is_v1 = "v1" in path.split("/")
    models = _MODELS.search(path)
    return Place(
        False,
        path,
        deployment,
        speaks_openai=is_v1 or named is not None,
        needs_version=not is_v1,
        models_route=None if models is None else unquote(models[1] or ""),
    )
