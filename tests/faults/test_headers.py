"""Methods, headers and keys as HTTP defines them, the same in both worlds and with every transport."""

from __future__ import annotations

import traceback
from enum import Enum
from types import MappingProxyType
from typing import Any, Dict, List, Tuple

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.rest import HttpRequest
from hypothesis import given
from hypothesis import strategies as st
from worlds import ASYNC, SYNC, World, wait

from azure.ai.inference._core.headers import prepare_head

from .calls import ANSWER, KEY, ask, chat, failure_of, with_transport
from .raw_server import RawServer, whole
from .test_statuses import AsyncToken, Token

HIDDEN = "value-that-nobody-may-see"
TRANSPORTS = pytest.mark.parametrize("transport", ["default", "foreign"])


class Color(str, Enum):
    """A text that prints as another one."""

    RED = "red"

    def __str__(self) -> str:
        return "no color"


#: What a program passes as the value of a header, and what the service receives.
SENT: Dict[str, Tuple[Any, str]] = {
    "text": ("a", "a"),
    "nothing": ("", ""),
    "blanks and tabs inside": ("a b\tc", "a b\tc"),
    "Latin-1": ("\xe9t\xe9 \xff", "\xe9t\xe9 \xff"),
    "C1 controls, which are Latin-1": ("a\x85b", "a\x85b"),
    "int": (5, "5"),
    "negative int": (-5, "-5"),
    "bytes": (b"a", "a"),
    "bytes beyond ASCII": (b"\xe9t\xe9", "\xe9t\xe9"),
    "UTF-8 as bytes": ("é".encode(), "\xc3\xa9"),
    "a member of an enum": (Color.RED, "red"),
}

#: What cannot be sent, and the error for it.
REFUSED: Dict[str, Tuple[Any, type, str]] = {
    "leading blank": (f" {HIDDEN}", ValueError, "begins or ends"),
    "trailing blank": (f"{HIDDEN} ", ValueError, "begins or ends"),
    "leading tab": (f"\t{HIDDEN}", ValueError, "begins or ends"),
    "trailing tab": (f"{HIDDEN}\t", ValueError, "begins or ends"),
    "only a blank": (" ", ValueError, "begins or ends"),
    "bytes with a trailing blank": (f"{HIDDEN} ".encode(), ValueError, "begins or ends"),
    "line break": (f"{HIDDEN}\n", ValueError, "line break"),
    "bytes with a line break": (f"{HIDDEN}\r\nX-Evil: 1".encode(), ValueError, "line break"),
    "folded line": (f"{HIDDEN}\r\n folded", ValueError, "line break"),
    "null": (f"{HIDDEN}\0", ValueError, "control character"),
    "delete": (f"{HIDDEN}\x7f", ValueError, "control character"),
    "euro sign": (f"{HIDDEN}\u20ac", ValueError, "not Latin-1"),
    "byte order mark": (f"\ufeff{HIDDEN}", ValueError, "at position 0"),
    "zero-width space": (f"{HIDDEN}\u200b", ValueError, f"at position {len(HIDDEN)}"),
    "half an emoji": (f"{HIDDEN}\ud83d", ValueError, "not Latin-1"),
    "None": (None, TypeError, "NoneType"),
    "bool": (True, TypeError, "bool"),
    "float": (1.5, TypeError, "float"),
    "list": ([HIDDEN], TypeError, "list"),
    "dict": ({"a": HIDDEN}, TypeError, "dict"),
    "object": (object(), TypeError, "object"),
}

#: Names that HTTP does not know.
NAMES: Dict[str, Tuple[Any, type]] = {
    "nothing": ("", ValueError),
    "blank": ("X A", ValueError),
    "leading blank": (" X-A", ValueError),
    "trailing blank": ("X-A ", ValueError),
    "tab": ("X-A\t", ValueError),
    "colon": ("X-A:", ValueError),
    "line break": ("X-A\r\nX-Evil", ValueError),
    "null": ("X\0", ValueError),
    "parenthesis": ("X(A)", ValueError),
    "Latin-1": ("X-\xe9", ValueError),
    "long s, which is s in capitals": ("X-\u017f", ValueError),
    "int": (1, TypeError),
    "bytes": (b"X-A", TypeError),
    "None": (None, TypeError),
}


def told_by(error: BaseException) -> str:
    """Return all that is printed of an error."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) + repr(error)


async def failures(world: World, headers: Any, transport: str, server: RawServer) -> List[Exception]:
    """Yield the errors for headers of the client, of a call, and of the program's own request."""
    errors = []
    async with chat(world, server, headers=headers, **with_transport(world, transport)) as client:
        errors.append(await failure_of(ask(client)))
    async with chat(world, server, **with_transport(world, transport)) as client:
        errors.append(await failure_of(ask(client, headers=headers)))
        errors.append(await failure_of(ask(client, headers=MappingProxyType(headers), stream=True)))
        errors.append(await failure_of(wait_for(client, HttpRequest("GET", "/x"), headers=headers)))
        request = HttpRequest("GET", "/x")
        if all(isinstance(name, str) for name in headers):
            request.headers.update(headers)
            errors.append(await failure_of(wait_for(client, request)))
    return errors


async def wait_for(client: Any, request: HttpRequest, **options: Any) -> Any:
    return await wait(client.send_request(request, **options))


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", SENT)
async def test_value_that_is_sent(world: World, says: str, transport: str) -> None:
    """A header that HTTP allows is sent, the same in both worlds."""
    given, received = SENT[says]
    if (world, transport) == (ASYNC, "foreign") and not received.isascii():
        pytest.skip("azure-core's transport for aiohttp sends text as UTF-8")
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, headers={"X-A": given}, **with_transport(world, transport)) as client:
            await ask(client)
            await ask(client, headers={"X-A": given})
            await wait_for(client, HttpRequest("PUT", "/x", content=b"\xe9" * 9000), headers={"X-A": given})
    assert [request.headers["x-a"] for request in server.requests] == [received] * 3
    assert server.requests[2].body == b"\xe9" * 9000


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", REFUSED)
async def test_value_that_is_refused(world: World, says: str, transport: str) -> None:
    """A header that servers read differently is not sent, and its value is not shown."""
    given, kind, reason = REFUSED[says]
    with RawServer(whole(ANSWER)) as server:
        errors = await failures(world, {"X-Ab": given}, transport, server)
    assert server.requests == []
    for error in errors:
        assert type(error) is kind
        assert "'X-Ab'" in str(error)
        assert reason in str(error)
        assert HIDDEN not in told_by(error)


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", NAMES)
async def test_name(world: World, says: str, transport: str) -> None:
    """A header with an invalid name is refused."""
    name, kind = NAMES[says]
    with RawServer(whole(ANSWER)) as server:
        errors = await failures(world, {name: HIDDEN}, transport, server)
    assert server.requests == []
    for error in errors:
        assert type(error) is kind
        assert (repr(name) if kind is ValueError else type(name).__name__) in str(error)
        assert HIDDEN not in told_by(error)


@pytest.mark.asyncio
async def test_value_behind_its_name(world: World) -> None:
    """A key pasted into the name of a header is not shown."""
    with RawServer(whole(ANSWER)) as server:
        for error in await failures(world, {f"api-key: {HIDDEN}": "", HIDDEN + ":": ""}, "default", server):
            assert str(error) == "A text that begins with api-key is not the name of a header."


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("method", ["", "GET /x HTTP/1.1\r\nX-Evil: 1\r\n", "GE T", "GET\n", "G\xc9T", "GET:", "\tGET"])
async def test_method(world: World, method: str, transport: str) -> None:
    """An invalid method is refused."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, **with_transport(world, transport)) as client:
            error = await failure_of(wait_for(client, HttpRequest(method, "/x")))
            await wait_for(client, HttpRequest("PURGE", "/x"))
    assert (type(error), [request.method for request in server.requests]) == (ValueError, ["PURGE"])


@pytest.mark.asyncio
@TRANSPORTS
async def test_method_of_another_type(world: World, transport: str) -> None:
    """A method of another type raises a clear error."""
    method: Any = 5
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, **with_transport(world, transport)) as client:
            error = await failure_of(wait_for(client, HttpRequest(method, "/x")))
    assert (type(error), str(error)) == (TypeError, "The method of a request must be a str, not int.")


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize(
    "given", [f" {KEY}", f"{KEY} ", f"{KEY}\n", f"\r\n\t{KEY}\r\n", f"\xa0{KEY}\u3000", f"{KEY}\x85"]
)
async def test_white_space_around_a_key(world: World, given: str, transport: str) -> None:
    """White space around a key is removed."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(
            world, server, credential=AzureKeyCredential(given), **with_transport(world, transport)
        ) as client:
            await ask(client)
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["api-key"]) == (f"Bearer {KEY}", KEY)


#: Characters that no key has, each with its position in the key as it was given.
ODD_KEYS = {
    "byte order mark": (f"\ufeff{KEY}", 0),
    "byte order mark behind a blank": (f" \ufeff{KEY}", 1),
    "zero-width space": (f"{KEY}\u200b", len(KEY)),
    "zero-width joiner inside": (f"{KEY[:3]}\u200d{KEY[3:]}", 3),
    "soft hyphen": (f"{KEY[:3]}\xad{KEY[3:]}", 3),
    "typographic dash": (KEY.replace("-", "\u2013", 1), 3),
    "letters of another alphabet": (f"  {KEY}\u043a", len(KEY) + 2),
    "half an emoji": (f"{KEY}\ud83d", len(KEY)),
    "line break inside": (f"{KEY[:3]}\n{KEY[3:]}", 3),
    "header injection": (f"{KEY}\r\nX-Evil: 1", len(KEY)),
    "null": (f"{KEY}\0", len(KEY)),
    "delete": (f"{KEY}\x7f", len(KEY)),
}


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("says", ODD_KEYS)
async def test_odd_key(world: World, says: str, transport: str) -> None:
    """A key with invisible characters is refused, and not shown by the error."""
    key, position = ODD_KEYS[says]
    with RawServer(whole(ANSWER)) as server:
        async with chat(
            world, server, credential=AzureKeyCredential(key), **with_transport(world, transport)
        ) as client:
            for streamed in (False, True):
                error = await failure_of(ask(client, stream=streamed))
                assert type(error) is ValueError
                assert f"at position {position} " in str(error)
                assert not any(part in told_by(error) for part in (key, KEY, KEY[:8], KEY[4:]))
    assert server.requests == []


@pytest.mark.asyncio
async def test_key_in_latin_1(world: World) -> None:
    """A Latin-1 key is sent the same in both worlds."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, credential=AzureKeyCredential("cl\xe9")) as client:
            await ask(client)
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["api-key"]) == ("Bearer cl\xe9", "cl\xe9")


@pytest.mark.asyncio
@TRANSPORTS
async def test_empty_key(world: World, transport: str) -> None:
    """An empty credential with the key of Azure OpenAI as a header works."""
    options = {"credential": AzureKeyCredential(""), "headers": {"api-key": KEY}, **with_transport(world, transport)}
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, **options) as client:
            await ask(client)
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["api-key"]) == ("Bearer", KEY)


@pytest.mark.asyncio
@TRANSPORTS
@pytest.mark.parametrize("odd", ["{}\n", "{} ", "\ufeff{}", "{}\r\nX-Evil: 1", "{}\u200b"])
async def test_odd_token(world: World, odd: str, transport: str, tls: Any) -> None:
    """A token that cannot be sent as one header is refused, and not shown."""
    text = odd.format(HIDDEN)

    class Credential(Token):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            return AccessToken(text, 10**12)

    class AsyncCredential(AsyncToken):
        async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            return AccessToken(text, 10**12)

    options = {"credential": Credential() if world is SYNC else AsyncCredential(), **with_transport(world, transport)}
    with RawServer(whole(ANSWER), tls=tls.server) as server:
        async with chat(world, server, **options) as client:
            error = await failure_of(ask(client, connection_verify=tls.bundle))
    assert (type(error), server.requests, HIDDEN in told_by(error)) == (ValueError, [], False)
    assert "The header 'Authorization'" in str(error)


class Rotating(AzureKeyCredential):
    """A credential whose key changes each time it is read."""

    reads = 0

    @property
    def key(self) -> str:
        self.reads += 1
        return f"key-{self.reads}"


@pytest.mark.asyncio
async def test_key_read_once(world: World) -> None:
    """A key that changes while a request is made is the same in both headers."""
    credential = Rotating("unread")
    with RawServer(whole(b"", 503, Retry_After=0), whole(ANSWER)) as server:
        async with chat(world, server, credential=credential, retry_total=1) as client:
            credential.reads = 0
            await ask(client)
    sent = [(request.headers["authorization"], request.headers["api-key"]) for request in server.requests]
    assert (sent, credential.reads) == ([("Bearer key-1", "key-1"), ("Bearer key-2", "key-2")], 2)


class KeyOfBytes(AzureKeyCredential):
    """A credential whose key is of a wrong type."""

    @property
    def key(self) -> Any:
        return KEY.encode()


@pytest.mark.asyncio
async def test_key_of_another_type(world: World) -> None:
    """A key of another type is refused, and not shown."""
    with RawServer(whole(ANSWER)) as server:
        async with chat(world, server, credential=KeyOfBytes("x")) as client:
            error = await failure_of(ask(client))
    assert (type(error), KEY in told_by(error), server.requests) == (TypeError, False, [])
    assert str(error) == "The key of the credential must be a str, not bytes."


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.text(max_size=4))
def test_what_is_let_through(headers: Dict[str, str], method: str) -> None:
    """Everything that reaches the transport is one method and one line for each header."""
    request = HttpRequest(method, "http://a.example", headers=headers)
    try:
        prepare_head(request)
    except ValueError:
        return
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items()).encode("latin-1")
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[:-1]]
    assert lines == [[name.encode(), value.encode("latin-1")] for name, value in request.headers.items()]
    assert all(value == value.strip(b" \t") for _, value in lines)
    assert len(method.split()) == 1
