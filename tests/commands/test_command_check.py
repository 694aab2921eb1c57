"""`check`: every broken setup is found at its step, and the line says how to fix it."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from check_world import COMPLETION, INFO, Authority, Line, failure_of, lines_of, results_of
from command_world import CommandLine, Result
from faults.raw_server import RawServer, whole

from azure.ai.inference._commands import network
from azure.ai.inference.testing import LocalService


def last_of(done: Result) -> Line:
    assert done.status == (1 if any(result == "FAIL" for result, *_ in lines_of(done)) else 0)
    return lines_of(done)[-1]


def test_all_is_well(command: CommandLine, service: LocalService) -> None:
    """Every step is ok, one line each, in this order."""
    done = command("check", service.endpoint)

    port = service.endpoint.rpartition(":")[2]
    *before, request = lines_of(done)
    assert before == [
        (
            "ok",
            "endpoint",
            f"An endpoint of the Model Inference API, model_inference, api-version 2024-05-01-preview. Requests go below {service.endpoint}",
        ),
        ("ok", "name", "127.0.0.1 is 127.0.0.1."),
        ("ok", "connection", f"127.0.0.1:{port} accepts connections."),
        ("ok", "TLS", "Not needed on this machine."),
        ("ok", "proxy", "None for this host."),
        ("ok", "key", "AZURE_AI_CHAT_KEY has 17 characters."),
        ("ok", "model info", "local-model, chat_completion, local."),
    ]
    assert re.fullmatch(r"A response of local-model after \d+\.\d\d seconds, request id [0-9a-f-]{36}\.", request[2])
    assert (done.status, request[:2]) == (0, ("ok", "request"))
    assert service.requests[-1].json() == {"messages": [{"role": "user", "content": "Say ok."}], "max_tokens": 16}


def test_json(command: CommandLine, service: LocalService) -> None:
    """One object has the same as the lines."""
    plain = command("check", service.endpoint + "/openai/v1", "--model", "m", "--kind", "embeddings")
    done = command("check", service.endpoint + "/openai/v1", "--model", "m", "--kind", "embeddings", "--json")

    found = json.loads(done.out)
    assert (found["ok"], done.status, done.err) == (True, 0, "")
    lines = [(each["result"], each["check"], each["says"]) for each in found["checks"]]
    assert lines[:-1] == lines_of(plain)[:-1]
    assert lines[-1][2].endswith(" requests left, 59000 of 60000 tokens left.")
    bad = json.loads(command("check", "example.com", "--json").out)
    assert bad == {
        "ok": False,
        "checks": [
            {
                "check": "endpoint",
                "result": "FAIL",
                "says": "The endpoint must be a URL that begins with https:// or http:// and names a host. "
                "Try https://example.com",
            }
        ],
    }


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("localhost:8000", "names a host. Try http://localhost:8000"),
        ("", "names a host."),
        ("ftp://host", "names a host."),
        ("https://user:password@host", "must not carry a user name or password; use 'credential' instead."),
        ("http://host/v1/chat/completions", "/chat/completions, which the client adds: use http://host/v1"),
        ("http://host:81/v1/embeddings/?a=b", "/embeddings, which the client adds: use http://host:81/v1"),
        ("https://x.models.ai.azure.com/info", "/info, which the client adds: use https://x.models.ai.azure.com"),
    ],
)
def test_wrong_endpoint(command: CommandLine, url: str, says: str) -> None:
    """Nothing is looked up, and the line has the endpoint to use; a password is not shown."""
    done = command("check", url)

    name, text = failure_of(done)
    assert (name, text[-len(says) :], len(done.out.splitlines())) == ("endpoint", says, 1)
    assert "password@" not in done.out


@pytest.mark.parametrize(
    ("url", "result", "says"),
    [
        ("https://n.services.ai.azure.com", "ok", "An Azure AI Foundry endpoint, openai_v1, api-version none. Requests go below https://n.services.ai.azure.com/openai/v1"),
        ("https://n.openai.azure.com/openai/deployments/my-d", "ok", "An Azure OpenAI endpoint, deployment 'my-d', azure_openai_deployment, api-version 2024-05-01-preview. Requests go below https://n.openai.azure.com/openai/deployments/my-d"),
        ("https://n.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21", "note", "The endpoint ends in a route, which is left out: An Azure OpenAI endpoint, deployment 'd', azure_openai_deployment, api-version 2024-10-21. Requests go below https://n.openai.azure.com/openai/deployments/d"),
        ("https://n.openai.azure.com/openai/v1/chat/completions", "note", "The endpoint ends in a route, which is left out: An Azure OpenAI endpoint, openai_v1, api-version none. Requests go below https://n.openai.azure.com/openai/v1"),
    ],
)  # fmt: skip
def test_name_does_not_resolve(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, url: str, result: str, says: str
) -> None:
    """The kind of the endpoint is shown, a pasted route is a note, and checking stops at the name."""

    def resolve(host: Any, *_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    done = command("check", url)

    host = url.split("/")[2]
    text = f"{host} does not resolve (Name or service not known): check the spelling of the endpoint, and the network or VPN."
    assert lines_of(done) == [(result, "endpoint", says), ("FAIL", "name", text)]
    assert done.status == 1


def test_refused_port(command: CommandLine, free_port: int) -> None:
    """Checking stops, and the line names host and port."""
    done = command("check", f"http://127.0.0.1:{free_port}/v1")

    text = f"Nothing listens at 127.0.0.1:{free_port}: check the port of the endpoint, or start the server."
    assert last_of(done) == ("FAIL", "connection", text)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.timeout("timed out"), "does not respond: a firewall may be between, or the resource may be in a"),
        (OSError(113, "No route to host"), "cannot be reached (No route to host): check the network, VPN or firewall."),
    ],
)
def test_unreachable(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str, free_port: int
) -> None:
    """A host that drops packets is not an error of the URL."""

    def connect(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "create_connection", connect)
    name, text = failure_of(command("check", f"http://127.0.0.1:{free_port}"))

    assert (name, text[: len(f"127.0.0.1:{free_port} {says}")]) == ("connection", f"127.0.0.1:{free_port} {says}")


def test_tls_not_trusted(command: CommandLine, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the variable; with it, the check goes on."""
    authority = Authority(bare, "127.0.0.1")
    with RawServer(whole(INFO), whole(COMPLETION), tls=authority.server) as server:
        name, text = failure_of(command("check", server.url))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
        trusted = command("check", server.url)

    assert name == "TLS"
    assert text.startswith("The certificate is not trusted (")
    assert text.endswith(
        "): name the certificates to trust, a file or folder, with REQUESTS_CA_BUNDLE, if it is your company's or your own."
    )
    assert results_of(trusted)["request"] == "ok"
    assert re.search(r"ok    TLS         TLSv1\.[23], and the certificate is trusted\.\n", trusted.out)


def test_tls_of_another_name(command: CommandLine, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate for another host is said to be that."""
    authority = Authority(bare, "other.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    with RawServer(tls=authority.server) as server:
        name, text = failure_of(command("check", server.url))

    assert (name, text.startswith("The certificate is for another name (")) == ("TLS", True)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (
            "certificate has expired",
            "The certificate is out of date (certificate has expired): check the clock of this",
        ),
        (
            "certificate is not yet valid",
            "The certificate is out of date (certificate is not yet valid): check the clock",
        ),
    ],
)
def test_tls_out_of_date(message: str, says: str) -> None:
    """The clock of this machine may be the reason."""
    error = ssl.SSLCertVerificationError()
    error.verify_message = message

    assert network._untrusted(error, "host.example").startswith(says)


def test_https_to_a_plain_port(command: CommandLine, service: LocalService) -> None:
    """The line says to use http://."""
    done = command("check", service.endpoint.replace("http:", "https:"))

    port = service.endpoint.rpartition(":")[2]
    text = f"127.0.0.1:{port} speaks plain http, or another version of TLS: use http://, or another port."
    assert last_of(done) == ("FAIL", "TLS", text)


def test_connection_ends_in_tls(command: CommandLine) -> None:
    """A port that closes the connection is no TLS port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        port = listener.getsockname()[1]

        def serve() -> None:
            sock, _ = listener.accept()
            sock.recv(100)
            sock.close()

        thread = threading.Thread(target=serve)
        thread.start()
        name, text = failure_of(command("check", f"https://127.0.0.1:{port}"))
        thread.join(20)

    assert name == "TLS"
    assert text.endswith("a firewall may be between, or it is no TLS port.") or text.startswith("No common version")


def test_http_to_a_tls_port(command: CommandLine, bare: Path) -> None:
    """The line says to use https://."""
    with RawServer(tls=Authority(bare, "127.0.0.1").server) as server:
        name, text = failure_of(command("check", server.url.replace("https:", "http:")))

    assert (name, text.startswith("If the service speaks TLS, use https:// for it. ")) == ("model info", True)


def test_plain_http_elsewhere(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that travels unencrypted is a note."""
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **named: look_up("127.0.0.1", *rest, **named))
    done = command("check", service.endpoint.replace("127.0.0.1", "intranet.example"))

    text = "Plain http: anybody on the way can read the key. Use https:// if the service has it."
    assert ("note", "TLS", text) in lines_of(done)
    assert done.status == 0


def test_proxy(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its host and port are shown, not its password; the check covers the way to the proxy."""
    host, _, port = service.endpoint.rpartition("/")[2].rpartition(":")
    monkeypatch.setenv("HTTP_PROXY", f"http://user:pass-word@{host}:{port}")
    done = command("check", "http://intranet.example/v1")

    assert "pass-word" not in done.out
    text = f"The environment names the proxy {host}:{port}; NO_PROXY=intranet.example avoids it."
    assert ("note", "proxy", text) in lines_of(done)
    assert results_of(done)["name"] == results_of(done)["connection"] == "ok"
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    assert results_of(command("check", service.endpoint))["proxy"] == "ok"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_is_not_there(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, free_port: int, scheme: str
) -> None:
    """The proxy's line fails, not the service's."""
    monkeypatch.setenv(f"{scheme}_proxy", f"127.0.0.1:{free_port}")
    done = command("check", f"{scheme}://intranet.example/v1")

    assert failure_of(done) == (
        "connection",
        f"Nothing listens at the proxy 127.0.0.1:{free_port}: check HTTPS_PROXY and HTTP_PROXY.",
    )
    assert last_of(done)[:2] == ("note", "proxy")
