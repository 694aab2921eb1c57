"""No key, token or password shows in any text after any failure: errors and their causes, logs, spans, warnings."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import warnings
from itertools import chain, count, repeat
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Optional

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from azure.core.settings import settings
from worlds import ASYNC, SYNC, World, opened, updates_of, wait

from azure.ai.inference._core import deadline
from azure.ai.inference.tracing import AIInferenceInstrumentor

from .calls import KEY, MESSAGES, with_transport
from .failures import FAILURES, UNCONNECTED, Failure
from .raw_server import RawServer, whole
from .shown import LOGIN, PASSWORD, SECRETS, TOKEN, Shown, secrets_in, secrets_shown_by
from .test_environment import PROXIES
from .test_headers import ODD_KEYS
from .test_secrets import credential_of

#: azure-core's own log of whole requests, headers included, which `logging_enable` asks for.
WHOLE_REQUESTS = "azure.core.pipeline.policies._universal"


def _telemetry() -> Any:
    """Return the recorders of spans, metrics and logs for all tests; None without OpenTelemetry's SDK."""
    return importlib.import_module("tracing.conftest")._TELEMETRY


#: Errors that hold a response of a foreign transport keep its socket until the collector runs.
pytestmark = pytest.mark.filterwarnings(
    "ignore:(?s)Exception ignored in.*ResourceWarning. unclosed:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """Collect those sockets here, and not in tests of other modules."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear proxies, certificates and switches from the environment."""
    for name in os.environ:
        if name in PROXIES or name.startswith(("AZURE_", "OTEL_")) or name.endswith(("_CA_BUNDLE", "SSL_CERT_FILE")):
            monkeypatch.delenv(name)


#: Credentials, transports and modes of telemetry, each of which is in one way.
WAYS = {
    "key, default transport, latest mode": ("key", "default", "gen_ai_latest_experimental"),
    "token, foreign transport, default mode": ("token", "foreign", ""),
}
#: Each failure goes one way in the synchronous world and the other way in the asynchronous one. Those whose errors
#: HTTP libraries make go both ways in both worlds.
CASES = [
    pytest.param(world, says, way, id=f"{world.name}-{says}-{way}")
    for number, says in enumerate(FAILURES)
    for place, world in enumerate((SYNC, ASYNC))
    for turn, way in enumerate(WAYS)
    if says in UNCONNECTED or (number + place + turn) % 2
]


@contextlib.contextmanager
def recording(mode: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Record all: spans of ours and of azure-core, metrics and log records, with messages. None without an SDK."""
    telemetry = _telemetry()
    if telemetry is None:
        yield None
        return
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", mode)
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_AND_EVENT")
    telemetry.clear()
    settings.tracing_implementation = "opentelemetry"
    settings.tracing_enabled = True
    AIInferenceInstrumentor().instrument(None if mode else True)
    try:
        yield telemetry
    finally:
        AIInferenceInstrumentor().uninstrument()
        settings.tracing_implementation.unset_value()
        settings.tracing_enabled.unset_value()


def recorded(telemetry: Any) -> Iterator[Shown]:
    """Return all texts that exporters get."""
    for span in telemetry.spans:
        events = [(event.name, dict(event.attributes or {})) for event in span.events]
        yield Shown(
            f"span {span.name}", f"{span.name} {span.status.description} {dict(span.attributes or {})} {events}"
        )
    for log in telemetry.logs:
        yield Shown("log record", f"{log.body} {dict(log.attributes or {})}")
    for name, points in telemetry.metrics().items():
        yield Shown(f"metric {name}", " ".join(str(dict(point.attributes or {})) for point in points))


class Run:
    """One use of a client against a server that fails: its errors, results, logs and warnings."""

    def __init__(self, world: World, failure: Failure, tls: Any, kind: str, transport: str, logs: bool) -> None:
        self._world = world
        self._failure = failure
        self._logs = logs
        self.errors: List[BaseException] = []
        self.returned: List[Shown] = []
        over_tls = kind == "token" and failure.endpoint is None
        self._server = RawServer(failure.answer, tls=tls.server if over_tls else None)
        options: Dict[str, Any] = {"credential": credential_of(world, kind), **with_transport(world, transport)}
        self._client = {
            "retry_total": 1,
            "retry_backoff_factor": 0,
            "retry_after_max": 0,
            "logging_enable": logs,
            **options,
        }
        self._call: Dict[str, Any] = {"connection_timeout": 0.5, "read_timeout": 0.2, "timeout": 0.5}
        if over_tls:
            self._call["connection_verify"] = tls.bundle

    def _filled(self, options: Any) -> Any:
        """Return the same options with the port of the server."""
        if isinstance(options, str):
            return options.replace("{port}", str(self._server.port))
        return {k: self._filled(v) for k, v in options.items()} if isinstance(options, dict) else options

    async def __call__(self) -> None:
        """Make every kind of call, and close the client."""
        with self._server:
            endpoint = self._filled(self._failure.endpoint or self._server.url)
            try:
                client = self._world.ChatCompletionsClient(
                    endpoint, **{**self._client, **self._filled(dict(self._failure.client))}
                )
            except Exception as error:
                self.errors.append(error)
                return
            call = {**self._call, **self._filled(dict(self._failure.call))}
            await self._note(lambda: client.complete(messages=MESSAGES, **call))
            await self._note(lambda: client.complete(messages=MESSAGES, stream=True, **call))
            await self._note(lambda: client.get_model_info(**call))
            await self._note(lambda: client.send_request(HttpRequest("GET", "/x"), **call))
            await self._note(client.close)  # that of aiohttp fails for a TLS connection with more than one fault

    async def _note(self, make: Any) -> None:
        """Note the error of a call, or its result and all that is printed of it."""
        try:
            result = await wait(make())
            if hasattr(result, "_reader"):
                self.returned.append(Shown("stream", f"{result!r} {result} {vars(result)}"))
                result = await updates_of(result)
            self.returned.append(Shown("result", f"{result!r} {result}"))
        except Exception as error:
            self.errors.append(error)


def logged(caplog: pytest.LogCaptureFixture, *, whole_requests: bool) -> Iterator[Shown]:
    """Return all that was logged, on any level; whole requests only if they are requested."""
    for record in caplog.records:
        if not (whole_requests and record.name == WHOLE_REQUESTS):
            text = f"{record.getMessage()} {record.args!r} {record.exc_text} {vars(record)}"
            yield Shown(f"log of {record.name}", text)


@pytest.mark.asyncio
@pytest.mark.parametrize(("world", "says", "way"), CASES)
async def test_failure(
    world: World,
    says: str,
    way: str,
    tls: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No error, cause, variable of our frames, log, span, warning or output shows a secret."""
    kind, transport, mode = WAYS[way]
    logs = transport == "foreign"
    run = Run(world, FAILURES[says], tls, kind, transport, logs)
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        with recording(mode, monkeypatch) as telemetry:
            await run()
            exported = [] if telemetry is None else list(recorded(telemetry))
    assert run.errors or not FAILURES[says].fails
    assert [shown for error in run.errors for shown in secrets_shown_by(error)] == []
    assert secrets_in(iter(run.returned)) == []
    assert secrets_in(logged(caplog, whole_requests=logs)) == []
    assert secrets_in(iter(exported)) == []
    assert secrets_in(Shown("warning", f"{each.message} {each.source!r}") for each in warned) == []
    printed = capfd.readouterr()
    assert secrets_in(iter([Shown("console", printed.out + printed.err)])) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("says", ODD_KEYS)
async def test_odd_keys(world: World, says: str, caplog: pytest.LogCaptureFixture) -> None:
    """The error of a key that cannot be sent does not show it."""
    key, _ = ODD_KEYS[says]
    with RawServer(whole(b"{}")) as server, caplog.at_level(logging.DEBUG):
        async with opened(world.ChatCompletionsClient(server.url, AzureKeyCredential(key))) as client:
            with pytest.raises(ValueError) as caught:
                await wait(client.complete(messages=MESSAGES))
    shown = [*secrets_shown_by(caught.value), *secrets_in(logged(caplog, whole_requests=False))]
    assert shown == []


#: Credentials that are none, as programs pass them by mistake.
UNWRAPPED = [KEY, KEY.encode(), {"key": KEY}, (KEY,)]


@pytest.mark.parametrize("credential", UNWRAPPED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", ["ChatCompletionsClient", "EmbeddingsClient", "ImageEmbeddingsClient"])
def test_unwrapped_key(world: World, name: str, credential: Any) -> None:
    """A key that is not wrapped is shown neither by the error nor in its traceback."""
    with pytest.raises(TypeError) as caught:
        getattr(world, name)("https://a.example", credential, headers={"api-key": KEY})
    assert f"Unsupported credential: {type(credential).__name__}." in str(caught.value)
    assert secrets_shown_by(caught.value) == []


@pytest.mark.asyncio
async def test_unwrapped_key_of_load_client(world: World) -> None:
    """A key that is not wrapped is not shown in the traceback of `load_client`."""
    caught: Optional[BaseException] = None
    try:
        await wait(world.load_client("https://a.example", KEY, proxies={"https": f"http://{LOGIN}@a.example"}))
    except TypeError as error:
        caught = error
    assert caught is not None
    assert secrets_shown_by(caught) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["raw_request_hook", "raw_response_hook", "cls"])
async def test_interrupted(world: World, where: str) -> None:
    """The traceback of an interruption, which includes our frames, shows no secret in a variable."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with RawServer(whole(b'{"choices": []}')) as server:
        client = world.ChatCompletionsClient(server.url, AzureKeyCredential(KEY), headers={"api-key": KEY})
        async with opened(client):
            given = {"proxies": {"ftp": f"http://{LOGIN}@a.example"}, "headers": {"x-token": TOKEN}, where: interrupt}
            caught: Optional[BaseException] = None
            try:
                await wait(client.complete(messages=MESSAGES, **given))
            except KeyboardInterrupt as error:
                caught = error
    assert caught is not None
    assert secrets_shown_by(caught) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("connected", [False, True])
async def test_deadline_at_any_moment(world: World, connected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a deadline that passes at any step of a call shows no secret."""
    clock: Iterator[float] = repeat(0.0)
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    errors: List[BaseException] = []
    with RawServer(whole(b"{}")) as server:
        for moment in count(1):
            async with opened(world.ChatCompletionsClient(server.url, AzureKeyCredential(KEY))) as client:
                if connected:
                    await wait(client.send_request(HttpRequest("GET", "/x")))
                clock = chain(repeat(0.0, moment), repeat(1000.0))
                try:
                    await wait(client.send_request(HttpRequest("GET", "/x"), timeout=60))
                    break
                except AzureError as error:
                    errors.append(error)
    assert len(errors) > 4
    assert [shown for error in errors for shown in secrets_shown_by(error)] == []


def test_that_secrets_are_found() -> None:
    """A secret that is shown is found, on which these tests rely."""

    def fail(headers: Any) -> None:
        raise OSError(5, f"Bearer {KEY}") from ValueError(PASSWORD)

    with pytest.raises(OSError) as caught:
        fail({})
    wheres = [shown.where for shown in secrets_shown_by(caught.value)]
    assert {"str of OSError", "repr of OSError", "args of OSError", "str of ValueError"} <= set(wheres)
    assert len(SECRETS) == 4
