"""Fixtures for all tests: a local service for each, and the two worlds of clients."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import ipaddress
import os
import pickle
import signal
import socket
import sys
from typing import Any, Callable, Dict, Generator, Iterator, List

import hypothesis
import pytest
from azure.core.settings import settings
from worlds import ASYNC, SYNC, World

from azure.ai.inference.testing import LocalService

#: The functions of `socket` that ask a name server, each with the host as its first argument.
_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getfqdn")

# The same examples in each run, however slow the machine is. ``--hypothesis-profile=default`` looks for others.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run decode all JSON with orjson, which is otherwise left out for short texts: most of those in tests."""
    parser.addoption("--orjson", action="store_true", help="decode all JSON with orjson, which must be installed")


def pytest_configure(config: pytest.Config) -> None:
    """Let processes of tests be interrupted where this one is not, as a shell in the background arranges.

    Where Python writes no bytecode beside the sources, let them keep it in pytest's cache: each would compile all again.
    And ignore the loops and sockets that the last pytest-asyncio and aiohttp for Python 3.8 leave to the collector, and
    the TLS connections closed by their peer, which asyncio takes for open before Python 3.11.
    """
    if config.getoption("--orjson"):
        importlib.import_module("orjson")
        importlib.import_module("azure.ai.inference._json")._WORTH_IT = 0
    if config.pluginmanager.hasplugin("cacheprovider") and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.version_info < (3, 11):
        config.addinivalue_line("filterwarnings", "ignore:unclosed transport <asyncio.sslproto:ResourceWarning")
    if sys.version_info < (3, 9):
        unclosed = r"(?s)Exception ignored in.*ResourceWarning. unclosed"
        config.addinivalue_line("filterwarnings", f"ignore:{unclosed}:pytest.PytestUnraisableExceptionWarning")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run a single file or test in this process, where debuggers work and no worker has to start.

    Any others have one worker more than there are cores, as tests of timeouts keep no core busy.
    """
    only = config.args[0].partition("::")[0] if len(config.args) == 1 else ""
    if only.endswith(".py"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Pickle reports of workers, which is quicker than their own format, and works for lone surrogates too."""
    data = yield
    return data and {"pickled": pickle.dumps(data)}


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(data: Dict[str, Any]) -> Generator[None, Any, Any]:
    """Read such a report, to which its worker has added."""
    data.update(pickle.loads(data.pop("pickled")))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Spare the collector what all tests are made of: a collection took 0.2 seconds, and many tests collect."""
    gc.disable()
    result = yield
    gc.enable()
    gc.collect()
    gc.freeze()
    return result


if sys.version_info < (3, 10):

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call() -> Generator[None, Any, Any]:
        """Collect no garbage within a test: a finalizer that runs at the recursion limit may abort the process."""
        gc.disable()
        try:
            return (yield)
        finally:
            gc.enable()


#: The hosts that the test looked up though it may not.
_refused: List[Any] = []


def _local_only(look_up: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(look_up)
    def guarded(host: Any = "", *args: Any, **kwargs: Any) -> Any:
        if not _needs_no_name_server(look_up, host):
            _refused.append(host)
            raise RuntimeError(f"A test looked up {host!r}; only addresses and localhost are allowed.")
        return look_up(host, *args, **kwargs)

    return guarded


def _needs_no_name_server(look_up: Callable[..., Any], host: Any) -> bool:
    if look_up.__name__ in ("gethostbyaddr", "getfqdn"):
        return False
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost"):
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def pytest_sessionstart() -> None:
    """Refuse to ask name servers; pytest-socket guards connections.

    A test that needs a name replaces ``socket.getaddrinfo`` with a resolver of its own.
    """
    for name in _LOOK_UPS:
        setattr(socket, name, _local_only(getattr(socket, name)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Let azure-core make no spans unless a test asks for them; up to 1.33 it would once OpenTelemetry is imported.

    This is a hook because a fixture would cost a second over all tests.
    """
    _refused.clear()
    settings.tracing_implementation = "opencensus"  # it is not installed; None would let azure-core look for a plugin


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    """Fail a test that asked a name server, even if the tested code hid the error."""
    result = yield
    assert _refused == []
    return result


@pytest.fixture(autouse=True, scope="session")
def no_loop() -> None:
    """Up to Python 3.9, pytest-asyncio asks for the current event loop, and so makes one that nobody closes."""
    asyncio.set_event_loop(None)


@pytest.fixture
def service() -> Iterator[LocalService]:
    """Return a local service that no other test uses."""
    with LocalService() as service:
        yield service


@pytest.fixture(params=[SYNC, ASYNC], ids=["sync", "async"])
def world(request: pytest.FixtureRequest) -> World:
    """Return the synchronous clients, then the asynchronous ones."""
    world: World = request.param
    return world
