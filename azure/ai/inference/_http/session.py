"""The session of requests that synchronous clients send with."""

from __future__ import annotations

import functools
from typing import Any, Optional, cast

import requests


class InferenceSession(requests.Session):
    """A session with a shorter way for requests that are no more than a URL, headers and a body.

    Looking for cookies, credentials, parameters, files and the environment costs more than sending the request: 22% of
    a call's instructions, and 4% for the environment. Any request with more than that goes the way of requests.
    Redirects are left to azure-core's policy.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests passes it by position
        return None

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        if not self._is_plain(request):
            return super().prepare_request(request)
        headers: Any = self.headers
        headers = headers.copy()
        headers.update(request.headers)
        data: Any = request.data
        prepared: Any = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.headers = request.method, _quoted(str(request.url)), headers
        if self.cookies:
            prepared.prepare_cookies(self.cookies)
        prepared.body = data.encode("ascii") if isinstance(data, str) else data or None
        prepared.prepare_content_length(prepared.body)
        return cast(requests.PreparedRequest, prepared)

    def _is_plain(self, request: requests.Request) -> bool:
        """Return whether a request is only a URL, text headers and a body of bytes or ASCII, if any."""
        more = (request.auth, request.cookies, request.files, request.hooks["response"], request.json, request.params)
        of_session = (self.auth, self.hooks.get("response"), self.params, self.trust_env)
        data: Any = request.data
        return (
            not any(more)
            and not any(of_session)
            and "@" not in str(request.url)
            and (not data or isinstance(data, bytes) or (isinstance(data, str) and data.isascii()))
            and all(isinstance(value, str) and not value[:1].isspace() for value in request.headers.values())
        )

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        if self.trust_env or self.proxies:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {
            "proxies": proxies,
            "stream": self.stream if stream is None else stream,
            "verify": self.verify if verify is None else verify,
            "cert": self.cert if cert is None else cert,
        }


@functools.lru_cache(maxsize=64)
def _quoted(url: str) -> Optional[str]:
    """Return the URL as requests sends it: quoted, its host in ASCII."""
    return requests.Request("GET", url).prepare().url
