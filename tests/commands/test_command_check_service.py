r"""\`check\` asks for the key, the model info and one smallest request, and says what to do about each failure."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable, List

import pytest
from check_world import COMPLETION, INFO, Authority, failure_of, lines_of, results_of
from command_world import KEY, CommandLine
from faults.raw_server import RawServer, cut, whole

from azure.ai.inference._commands.headers import judge_clock
from azure.ai.inference.testing import LocalService

EMBEDDINGS = json.dumps({"model": "e-1", "data": [{"index": 0, "embedding": [1.0]}]}).encode()


def refused(status: int, message: str = "no", code: str = "x", **headers: Any) -> Any:
    return whole(json.dumps({"error": {"code": code, "message": message}}).encode(), status, **headers)


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
        ("Mon, 12 Jan 1970 14:46:40 +0100", ("ok", "Within five minutes of the service's.")),
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
