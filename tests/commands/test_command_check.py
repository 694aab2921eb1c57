"""`check`: every broken setup is found at its step, and the line says how to fix it."""

from __future__ import annotations

import json
import re
import socket
import ssl
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest
import trustme
from command_world import KEY, CommandLine, Result
from faults.raw_server import RawServer, cut, whole

from azure.ai.inference._commands import network
from azure.ai.inference._commands.check import judge_clock
from azure.ai.inference.testing import LocalService

INFO = json.dumps({"model_name": "n", "model_type": "chat_completion", "model_provider_name": "p"}).encode()
COMPLETION = json.dumps({"model": "n-1", "choices": [{"index": 0, "message": {"content": "ok"}}]}).encode()
EMBEDDINGS = json.dumps({"model": "e-1", "data": [{"index": 0, "embedding": [1.0]}]}).encode()
Line = Tuple[str, str, str]


def lines_of(done: Result) -> List[Line]:
    """Return the results, names and texts that a check has printed."""
    assert done.err == ""
    lines = [re.fullmatch(r"(ok  |note|FAIL)  (.{10})  (.+)", line) for line in done.out.splitlines()]
    return [(line[1].strip(), line[2].strip(), line[3]) for line in lines if line is not None]


def results_of(done: Result) -> Dict[str, str]:
    return {name: result for result, name, _ in lines_of(done)}


def last_of(done: Result) -> Line:
    assert done.status == (1 if any(result == "FAIL" for result, *_ in lines_of(done)) else 0)
    return lines_of(done)[-1]


def failure_of(done: Result) -> Tuple[str, str]:
    """Return the name and the text of the only step that failed."""
    ((_, name, text),) = (line for line in lines_of(done) if line[0] == "FAIL")
    assert done.status == 1
    return name, text


def refused(status: int, message: str = "no", code: str = "x", **headers: Any) -> Any:
    return whole(json.dumps({"error": {"code": code, "message": message}}).encode(), status, **headers)


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


class Authority:
    """A new authority, and a server that it vouches for under some names."""

    def __init__(self, folder: Path, *names: str, **options: Any) -> None:
        authority = trustme.CA()
        self.bundle = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(self.bundle)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, **options).configure_cert(self.server)


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


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "The environment variable AZURE_AI_CHAT_KEY is not set: the key of the endpoint. Local servers accept"),
        (f"{KEY}\n", "AZURE_AI_CHAT_KEY has 18 characters, with white space at an end: copy it again, without line"),
        (f" {KEY}", "AZURE_AI_CHAT_KEY has 18 characters, with white space at an end: copy it again, without line"),
        (f"Bearer {KEY}", "AZURE_AI_CHAT_KEY has 24 characters, with white space within: copy it again, without line"),
        (f'"{KEY}"', "AZURE_AI_CHAT_KEY has 19 characters, with quotes at an end: set it without them."),
        (f"{KEY}'", "AZURE_AI_CHAT_KEY has 18 characters, with quotes at an end: set it without them."),
        (f"{KEY}…", "AZURE_AI_CHAT_KEY has 18 characters, some of which no key has: copy it again."),
    ],
)
def test_key(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch, key: str, says: str) -> None:
    """Only its length is shown, and a broken one is not sent."""
    monkeypatch.setenv("AZURE_AI_CHAT_KEY", key)
    done = command("check", service.endpoint)

    name, text = failure_of(done)
    assert (name, text[: len(says)], service.requests) == ("key", says, [])
    assert KEY not in done.out


def test_key_in_another_variable(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """--key-env works; a key in its place is not shown."""
    monkeypatch.setenv("MINE", KEY)
    monkeypatch.setenv("AZURE_AI_CHAT_KEY", "wrong")

    assert command("check", service.endpoint, "--key-env", "MINE").status == 0
    done = command("check", service.endpoint, "--key-env", KEY)
    assert failure_of(done)[1].startswith("The environment variable that --key-env names is not set")
    assert KEY not in done.out


def test_wrong_key(command: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request decides; model info is only a note."""
    monkeypatch.setenv("AZURE_AI_CHAT_KEY", "another-key")
    done = command("check", service.endpoint)

    name, text = failure_of(done)
    assert (name, results_of(done)["model info"]) == ("request", "note")
    assert text.startswith(
        "The key is refused: copy it again from the resource of this endpoint. (Unauthorized) Access"
    )
    assert f"POST {service.endpoint}/chat/completions" in text


V1 = "/openai/v1"
AOAI = "/openai/deployments/my-d"


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        ("", refused(401, f"Key {KEY} is wrong"), ["The key is refused", "Key *** is wrong"]),
        ("", refused(403, "denied"), ["Access is denied: check the network rules of the resource, and the role"]),
        ("/v2", refused(404, "Resource not found", "404"), ["Not found: check the path of the endpoint, --model and", "/v2/chat/completions"]),
        (AOAI, refused(404, "No such.", "DeploymentNotFound"), ["There is no deployment 'my-d'", "name of the deployment"]),
        (AOAI, refused(404, "Resource not found", "404"), ["Check the deployment 'my-d'", "api-version"]),
        (AOAI, refused(400, "API version not supported", "BadRequest"), ["2024-05-01-preview", "api_version="]),
        (V1, refused(404, "The model `m` does not exist", "model_not_found"), ["Not found: check the path of the endpoint, --model and the api-version."]),
        (V1, refused(400, "you must provide a model parameter", "x"), ["Name the model with --model."]),
        ("", refused(429, "slow down", Retry_After=7), ["The limit is reached, so endpoint and key are right: wait 7 seconds, or raise the quota."]),
        ("", refused(429, "slow down"), ["wait a minute"]),
        ("", refused(500, "broken"), ["broken"]),
        ("", refused(400, "no such thing"), ["no such thing"]),
        ("", whole(b"<html>", kind="text/html"), ["JSON"]),
        ("", whole(b"[]"), []),
        ("", [cut], []),
    ],
)  # fmt: skip
def test_request_is_refused(command: CommandLine, path: str, answer: Any, says: List[str]) -> None:
    """It is sent once, and the one line says what to do."""
    with RawServer(refused(404), answer) as server:
        done = command("check", server.url + path)
        sent = [request for request in server.requests if request.method == "POST"]

    name, text = failure_of(done)
    assert (name, len(sent)) == ("request", 1)
    assert [part for part in says if part not in text] == []
    assert KEY not in done.out


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.", "unsupported_parameter"),
        refused(422, "max_tokens: extra fields not permitted"),
    ],
)
def test_other_name_of_the_limit(command: CommandLine, answer: Any) -> None:
    """A model that limits tokens by the other name gets a second request."""
    with RawServer(whole(INFO), answer, whole(COMPLETION)) as server:
        done = command("check", server.url)
        bodies = [json.loads(request.body) for request in server.requests[1:]]

    assert (done.status, results_of(done)["request"]) == (0, "ok")
    assert [body.get("max_tokens") for body in bodies] == [16, None]
    assert [body.get("max_completion_tokens") for body in bodies] == [None, 16]


@pytest.mark.parametrize(
    ("answer", "result", "says"),
    [
        (refused(404), "note", "The endpoint has no model info (404), as many have not."),
        (refused(500, "broken"), "note", "(x) broken"),
        (whole(b"{}"), "ok", "without names."),
    ],
)
def test_model_info_is_missing(command: CommandLine, answer: Any, result: str, says: str) -> None:
    """It is no failure: many services have none."""
    with RawServer(answer, whole(COMPLETION)) as server:
        done = command("check", server.url)

    assert done.status == 0
    assert [line for line in lines_of(done) if line[1] == "model info"] == [(result, "model info", says)]


def test_several_models(command: CommandLine) -> None:
    """An endpoint with several models names some of them."""
    models = json.dumps({"data": [{"id": "m1"}, {"id": "m2"}]}).encode()
    with RawServer(whole(models), whole(COMPLETION)) as server:
        done = command("check", server.url + "/openai/v1")

    ((_, _, text),) = (line for line in lines_of(done) if line[1] == "model info")
    assert ("m1" in text, done.status) == (True, 0)


def test_budgets_and_date(command: CommandLine) -> None:
    """The budgets and the clock in the response are shown; negative budgets are ignored."""
    headers = {
        "x-ratelimit-remaining-requests": 9,
        "x-ratelimit-limit-requests": 10,
        "x-ratelimit-remaining-tokens": -1,
        "x-request-id": "r-1",
        "Date": formatdate(time.time() - 3600, usegmt=True),
    }
    with RawServer(whole(INFO), whole(EMBEDDINGS, **headers)) as server:
        done = command("check", server.url + "/embeddings", "--json")
        assert done.status == 1
        done = command("check", server.url, "--kind", "embeddings")

    *_, request, clock = lines_of(done)
    assert re.fullmatch(
        r"A response of e-1 after \d\.\d\d seconds, request id r-1, 9 of 10 requests left\.", request[2]
    )
    text = "The clock is 60 minutes ahead of the service's: set it, or tokens and certificates fail."
    assert (clock, done.status) == (("note", "clock", text), 0)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (formatdate(1_000_000, usegmt=True), ("ok", "Within five minutes of the service's.")),
        (formatdate(1_000_000), ("ok", "Within five minutes of the service's.")),
        (formatdate(999_700, usegmt=True), ("ok", "Within five minutes of the service's.")),
        (formatdate(1_000_900, usegmt=True), ("note", "The clock is 15 minutes behind the service's: set it, or")),
        ("yesterday", None),
        (None, None),
    ],
)
def test_clock(date: Any, expected: Any) -> None:
    """Five minutes are no trouble; an invalid date is ignored."""
    checks = list(judge_clock({} if date is None else {"Date": date}, 1_000_000.0))

    found = [(check.result, check.says) for check in checks]
    assert len(found) == (0 if expected is None else 1)
    for result, says in found:
        assert (result, says[: len(expected[1])]) == expected


def test_pasted_route(command: CommandLine, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pasted route for embeddings requests embeddings, at the endpoint that it belongs to."""
    authority = Authority(bare, "n.openai.azure.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    look_up: Callable[..., Any] = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **named: look_up("127.0.0.1", *rest, **named))
    with RawServer(whole(INFO), whole(EMBEDDINGS), tls=authority.server) as server:
        done = command("check", f"https://n.openai.azure.com:{server.port}/openai/v1/embeddings", "--model", "m")

    assert (done.status, results_of(done)["endpoint"], results_of(done)["request"]) == (0, "note", "ok")
    assert [request.target for request in server.requests] == ["/openai/v1/models/m", "/openai/v1/embeddings"]


def test_entra(command: CommandLine, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token goes to hosts of Azure only, and without azure-identity the line names it."""
    authority = Authority(bare, "n.openai.azure.com", "n.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    look_up: Callable[..., Any] = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **named: look_up("127.0.0.1", *rest, **named))
    with RawServer(tls=authority.server) as server:
        stranger = command("check", f"https://n.example:{server.port}", "--entra")
        missing = command("check", f"https://n.openai.azure.com:{server.port}", "--entra")
        monkeypatch.delenv("AZURE_AI_CHAT_KEY")
        neither = command("check", f"https://n.openai.azure.com:{server.port}")

    needs = "Tokens of Microsoft Entra ID need azure-identity: pip install azure-identity"
    text = "A token of Microsoft Entra ID goes to hosts of Azure only, by https. Use a key here."
    assert failure_of(stranger) == ("key", text)
    assert failure_of(missing) == ("key", needs)
    assert failure_of(neither)[1].startswith("The environment variable AZURE_AI_CHAT_KEY is not set")
    assert failure_of(neither)[1].endswith(needs)
    assert server.requests == []
