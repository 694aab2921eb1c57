"""`check`: check an endpoint, a key and a model, step by step, and name the remedy where one fails."""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from contextlib import ExitStack
from typing import Any, Iterator, List, Mapping, Optional
from urllib.parse import unquote, urlsplit

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference._commands.console import CommandError, UsageError, in_a_line, keep_secret, shown
from azure.ai.inference._commands.headers import budgets_of, judge_clock
from azure.ai.inference._commands.network import FAIL, NOTE, OK, Check, checks_of, way_to
from azure.ai.inference._commands.service import (
    CHAT,
    EMBEDDINGS,
    add_credentials,
    entra_credential,
    key_variable,
    missing_key,
    model_of,
)
from azure.ai.inference._core.endpoints import Service, accepts_entra_tokens, check_endpoint, resolve
from azure.ai.inference.exceptions import RateLimitError
from azure.ai.inference.models import EndpointKind

_DESCRIPTION = """\
Check an endpoint, one line a step: the URL, the name, the connection, TLS, the
proxy, the key, the model, one smallest request, the clock. A line begins with
ok, note or FAIL, and says what was found and what to do. Checking stops where
nothing further makes sense. The exit status is 0 if nothing failed, else 1.

The request costs a few tokens. The key is never shown."""

_EPILOG = """\
examples:
  %(prog)s https://NAME.services.ai.azure.com --model gpt-5-mini
  %(prog)s https://NAME.openai.azure.com --kind embeddings --model my-deployment
  %(prog)s http://localhost:8000/v1 --key-env LOCAL_KEY --json"""

_KINDS = {"chat": CHAT, "embeddings": EMBEDDINGS}
_ROUTE = re.compile(
    r"/(chat/completions|images/embeddings|embeddings|images/generations|completions|responses|info)/*\Z"
)
_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)\Z")
_WORDS = {
    EndpointKind.MODEL_INFERENCE: "an endpoint of the Model Inference API",
    EndpointKind.AZURE_OPENAI_DEPLOYMENT: "a deployment of Azure OpenAI",
    EndpointKind.OPENAI_V1: "an endpoint of the OpenAI API",
}
_SECONDS_TO_WAIT = 60
_MOST_TOKENS = 16
_QUOTES = "\"'`“”‘’"


def add_to(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "check",
        help="check an endpoint, a key and a model",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --key would be --key-env
    )
    parser.set_defaults(run=run)
    parser.add_argument("url", metavar="URL", help="the endpoint")
    parser.add_argument("--kind", choices=[*_KINDS], help="what to request (default: chat, unless URL says embeddings)")
    parser.add_argument("--json", action="store_true", help="print one JSON object: ok, and checks")
    add_credentials(parser, CHAT)


def run(arguments: argparse.Namespace) -> int:
    """Check the endpoint, print the findings, and return the exit status."""
    kind = arguments.kind or ("embeddings" if arguments.url.rstrip("/").endswith("/embeddings") else "chat")
    checks: List[Check] = []
    for check in _Checking(arguments, kind).steps():
        checks.append(check._replace(says=shown(check.says)))
        if not arguments.json:
            print(f"{check.result:<4}  {check.check:<10}  {checks[-1].says}", flush=True)
    failed = any(check.result == FAIL for check in checks)
    if arguments.json:
        print(json.dumps({"ok": not failed, "checks": [check._asdict() for check in checks]}, indent=2))
    return 1 if failed else 0


class _Checking:
    """The steps of a check, which share their findings.

    :param arguments: the arguments of the command.
    :param kind: ``chat`` or ``embeddings``.
    """

    def __init__(self, arguments: argparse.Namespace, kind: str) -> None:
        self._arguments = arguments
        self._kind = kind
        self._prefix = _KINDS[kind]
        self._key_variable = key_variable(arguments, self._prefix)
        keep_secret(os.environ.get(self._key_variable, "").strip())
        self._model: Optional[str] = model_of(arguments, self._prefix)
        self._headers: Mapping[str, str] = {}
        """The headers of the last response."""

    def steps(self) -> Iterator[Check]:
        """Take the steps in turn, up to one without which the rest makes no sense."""
        endpoint, checks = judge_endpoint(self._arguments.url)
        yield from checks
        if endpoint is None:
            return
        failed = False
        for check in checks_of(way_to(endpoint)):
            failed = failed or check.result == FAIL
            yield check
        if failed:
            return
        with ExitStack() as closing:
            credential, check = self._find_credential(endpoint, closing)
            yield check
            if credential is not None:
                yield from self._requests(endpoint, credential)
        if self._headers:
            yield from judge_clock(self._headers, time.time())

    def _find_credential(self, endpoint: str, closing: ExitStack) -> Any:
        """Return the credential, or None for a bad one, and the check."""
        name = self._key_variable
        key = os.environ.get(name, "")
        if self._arguments.entra or (not key and accepts_entra_tokens(endpoint)):
            try:
                credential = entra_credential(endpoint)
            except (UsageError, CommandError) as error:
                says = str(error) if self._arguments.entra else f"{missing_key(self._arguments, self._prefix)} {error}"
                return None, Check("key", FAIL, says)
            closing.callback(credential.close)
            return credential, Check("key", OK, "None: a token of Microsoft Entra ID, by DefaultAzureCredential.")
        if not key:
            return None, Check("key", FAIL, missing_key(self._arguments, self._prefix))
        check = judge_key(name, key)
        return (None if check.result == FAIL else AzureKeyCredential(key)), check

    def _requests(self, endpoint: str, credential: Any) -> Iterator[Check]:
        kind: Any = ChatCompletionsClient if self._kind == "chat" else EmbeddingsClient
        with kind(
            endpoint,
            credential,
            model=self._model,
            retry_total=0,
            timeout=_SECONDS_TO_WAIT,
            raw_response_hook=self._note_headers,
        ) as client:
            check = self._model_info(client)
            yield check
            if check.result != FAIL:
                yield self._request(client)

    def _note_headers(self, response: Any) -> None:
        self._headers = response.http_response.headers

    def _model_info(self, client: Any) -> Check:
        try:
            info = client.get_model_info()
        except ResourceNotFoundError as error:
            if error.status_code != 404:
                return Check("model info", NOTE, in_a_line(error))
            return Check("model info", NOTE, "The endpoint has no model info (404), as many have not.")
        except (HttpResponseError, ValueError) as error:  # the request decides
            return Check("model info", NOTE, in_a_line(error))
        except AzureError as error:
            return Check("model info", FAIL, self._advise(error))
        facts = [info.get(name) for name in ("model_name", "model_type", "model_provider_name")]
        return Check("model info", OK, f"{', '.join(str(fact) for fact in facts if fact) or 'without names'}.")

    def _request(self, client: Any) -> Check:
        self._headers = {}
        began = time.monotonic()
        try:
            result = self._send(client)
        except AzureError as error:
            return Check("request", FAIL, self._advise(error))
        except (TypeError, ValueError) as error:
            return Check("request", FAIL, in_a_line(error))
        seconds = time.monotonic() - began
        model = result.get("model") or "the model"
        facts = [f"A response of {model} after {seconds:.2f} seconds", f"request id {result.request_id}"]
        return Check("request", OK, ", ".join([*facts, *budgets_of(self._headers)]) + ".")

    def _send(self, client: Any) -> Any:
        """Send the smallest request; again if the model limits tokens by the other name."""
        if self._kind == "embeddings":
            return client.embed(input=["ok"])
        messages = [{"role": "user", "content": "Say ok."}]
        try:
            return client.complete(messages=messages, max_tokens=_MOST_TOKENS)
        except HttpResponseError as error:
            if error.status_code not in (400, 422) or "max_tokens" not in str(error.message):
                raise
        return client.complete(messages=messages, max_completion_tokens=_MOST_TOKENS)

    def _advise(self, error: AzureError) -> str:
        """Return the remedy of an error, and the error."""
        status, says = getattr(error, "status_code", None), in_a_line(error)
        advice = ""
        if isinstance(error, RateLimitError):
            wait = f"wait {error.retry_after:.0f} seconds" if error.retry_after else "wait a minute"
            advice = f"The limit is reached, so endpoint and key are right: {wait}, or raise the quota."
        elif isinstance(error, ClientAuthenticationError) or status == 401:
            advice = "The key is refused: copy it again from the resource of this endpoint."
        elif status == 403:
            advice = "Access is denied: check the network rules of the resource, and the role of the identity."
        elif status == 404:
            model = f"the name of the model or deployment ({self._model})" if self._model else "--model"
            advice = f"Not found: check the path of the endpoint, {model} and the api-version."
        elif self._model is None and "model=" in says:
            advice = "Name the model with --model."
        elif status is None and self._arguments.url.lower().startswith("http:"):
            advice = "If the service speaks TLS, use https:// for it."
        return f"{advice} {says}".lstrip()


def judge_endpoint(given: str) -> Any:
    """Return the endpoint to use, or None for a wrong one, and the checks."""
    try:
        endpoint = check_endpoint(given)
    except ValueError as error:
        says = str(error).replace("Parameter 'endpoint'", "The endpoint")
        host = given.strip()
        if host and "://" not in host and "@" not in host:
            says += f" Try {'http' if host.startswith(('localhost', '127.')) else 'https'}://{host}"
        return None, [Check("endpoint", FAIL, says)]
    service = resolve(endpoint)
    pasted = _ROUTE.search(urlsplit(endpoint).path)
    left = _ROUTE.search(urlsplit(service.url).path)
    if pasted and left:
        better = endpoint.partition("?")[0].rstrip("/")[: -len(left[1]) - 1]
        says = f"The endpoint ends in the route /{left[1]}, which the client adds: use {better}"
        return None, [Check("endpoint", FAIL, says)]
    says = f"{_described(service)}. Requests go below {service.url.partition('?')[0]}"
    if pasted:
        return endpoint, [Check("endpoint", NOTE, f"The endpoint ends in a route, which is left out: {says}")]
    return endpoint, [Check("endpoint", OK, says)]


def _described(service: Service) -> str:
    words = service.words or _WORDS[service.kind]
    words = words[0].upper() + words[1:]
    deployment = _DEPLOYMENT.search(urlsplit(service.url).path)
    if deployment:
        words += f", deployment {unquote(deployment[1])!r}"
    return f"{words}, {service.kind.value}, api-version {service.api_version or 'none'}"


def judge_key(name: str, key: str) -> Check:
    """Return the check of a key. Only its length is shown."""
    about = f"{name} has {len(key)} characters"
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return Check("key", FAIL, f"{about}, with quotes at an end: set it without them.")
    if any(map(str.isspace, key)):
        where = "at an end" if key.strip() and not any(map(str.isspace, key.strip())) else "within"
        return Check("key", FAIL, f"{about}, with white space {where}: copy it again, without line ends and blanks.")
    if not key.isascii() or not key.isprintable():
        return Check("key", FAIL, f"{about}, some of which no key has: copy it again.")
    return Check("key", OK, f"{about}.")
