"""The session of requests that synchronous clients send with."""

from __future__ import annotations

import functools
from typing import Any, Optional, cast

import requests


class InferenceSession(requests.Session):
    """A session that takes a shorter way where requests' general one would change nothing.

    What azure-core hands over is a URL, headers and a body; cookies, credentials, parameters, files and the environment
    are somebody else's business, and looking for each of them costs more than sending the request. Whatever does ask
    for more than that goes the way of requests. Redirects are left to azure-core's policy.
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
        """Whether a request is no more than a URL, headers of text, and a body that is bytes or ASCII or missing."""
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
    """The URL as requests sends it: quoted, its host in ASCII."""
    return requests.Request("GET", url).prepare().url
