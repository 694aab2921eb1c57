"""The secrets to keep out of cassettes: by the names of headers and parameters, and wherever they recur."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping, Tuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from azure.ai.inference._json import is_array, is_object

MASK = "***"
#: Parts of the names of parameters and headers that hold a secret.
_SECRET_PARTS = frozenset(
    "accesskey apikey auth authenticate authentication authorization cookie cookie2 credential credentials jwt key "
    "passwd password pwd secret session sessionid signature token".split()
)
_SECRET_NAMES = frozenset({"code", "sig"})
#: Keys of a JSON body that hold a secret, if the value is a text. ``key`` only counts within authentication objects.
_SECRET_KEYS = frozenset(
    "access_key access_token account_key api_key apikey client_secret connection_string encoded_api_key password "
    "secret".split()
)
_AUTHENTICATION = "authentication"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_PARTS = re.compile(r"[ ;=]+")
#: A shorter one would be found within words.
_SHORTEST = 8


def is_secret_name(name: str) -> bool:
    """Return whether the value of a query parameter or header of this name is a secret."""
    return name.lower() in _SECRET_NAMES or not _SECRET_PARTS.isdisjoint(part.lower() for part in _WORD.findall(name))


def mask_query(query: str) -> List[Tuple[str, str]]:
    """Return the parameters of a query, with secret values masked."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return [(name, MASK if is_secret_name(name) else value) for name, value in pairs]


def mask_url(url: str) -> str:
    """Return a URL without user info, with secret values of its query masked."""
    parts = urlsplit(url)
    query = urlencode(mask_query(parts.query), safe="*", quote_via=quote)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def mask_json(value: Any, *, authenticates: bool = False) -> Any:
    """Return JSON with the secrets of its keys masked, such as those of data sources."""
    if is_array(value):
        return [mask_json(entry, authenticates=authenticates) for entry in value]
    if not is_object(value):
        return value
    return {
        key: MASK
        if isinstance(entry, str) and (key.lower() in _SECRET_KEYS or (authenticates and key == "key"))
        else mask_json(entry, authenticates=key == _AUTHENTICATION)
        for key, entry in value.items()
    }


class Secrets:
    """The secrets of one request, which are masked wherever they recur in its body and its response."""

    def __init__(self, headers: Mapping[str, str], query: str) -> None:
        self._found = sorted(_secrets_in(headers, query), key=len, reverse=True)

    def mask(self, data: bytes) -> bytes:
        """Return data of the same length, with asterisks in place of the secrets."""
        for secret in self._found:
            data = data.replace(secret, b"*" * len(secret))
        return data

    def mask_text(self, text: str) -> str:
        """Return a text with asterisks in place of the secrets."""
        return self.mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _secrets_in(headers: Mapping[str, str], query: str) -> Iterable[bytes]:
    values = [str(value) for name, value in headers.items() if is_secret_name(name)]
    texts = [part for value in values for part in (value, *_PARTS.split(value))]
    texts += [value for name, value in parse_qsl(query) if is_secret_name(name)]
    for text in texts:
        for form in {text, unquote(text), quote(text, safe="")}:
            if len(form) >= _SHORTEST:
                yield form.encode("utf-8", "surrogatepass")


def mask_headers(headers: Mapping[str, str], secrets: Secrets) -> Dict[str, str]:
    """Return the headers of a response for a cassette, without secrets and those that describe the transfer."""
    kept = {name: str(value) for name, value in headers.items() if name.lower() not in _OF_TRANSFER}
    masked = {name: value for name, value in kept.items() if not is_secret_name(name)}
    return {
        name: secrets.mask_text(mask_url(value) if name.lower() in _URLS else value) for name, value in masked.items()
    }


#: Bodies are kept unpacked, and as a whole.
_OF_TRANSFER = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"}
)
_URLS = frozenset({"content-location", "location"})
