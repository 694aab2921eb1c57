"""The service of a command: its endpoint, key and model, from the arguments and the environment."""

from __future__ import annotations

import argparse
import os
from contextlib import closing, contextmanager
from typing import Any, Generator, NamedTuple, Optional, Type, TypeVar

from azure.core.credentials import AzureKeyCredential

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference._commands.console import CommandError, UsageError, keep_secret
from azure.ai.inference._core.endpoints import accepts_entra_tokens, check_endpoint

ClientT = TypeVar("ClientT", ChatCompletionsClient, EmbeddingsClient)

CHAT, EMBEDDINGS = "AZURE_AI_CHAT", "AZURE_AI_EMBEDDINGS"
NO_IDENTITY = "Tokens of Microsoft Entra ID need azure-identity: pip install azure-identity"


class Variables(NamedTuple):
    """The names of the variables of a service."""

    endpoint: str
    key: str
    model: str


def variables_of(prefix: str) -> Variables:
    """Return the names of the variables with a prefix."""
    return Variables(f"{prefix}_ENDPOINT", f"{prefix}_KEY", f"{prefix}_MODEL")


def add_credentials(parser: argparse.ArgumentParser, prefix: str) -> Any:
    """Add the arguments of all commands; return their group."""
    names = variables_of(prefix)
    group = parser.add_argument_group("service")
    group.add_argument("--model", help=f"name of the model or deployment (default: ${names.model})")
    group.add_argument(
        "--key-env", metavar="NAME", help=f"variable of the environment with the key (default: {names.key})"
    )
    group.add_argument(
        "--entra", action="store_true", help="send a token of Microsoft Entra ID in place of a key (azure-identity)"
    )
    return group


def add_service(parser: argparse.ArgumentParser, prefix: str) -> None:
    """Add the arguments that choose a service."""
    group = add_credentials(parser, prefix)
    group.add_argument(
        "--endpoint", metavar="URL", help=f"URL of the service (default: ${variables_of(prefix).endpoint})"
    )


def read_variable(name: str) -> str:
    """Return a variable of the environment without the white space around it; empty if it is unset."""
    return os.environ.get(name, "").strip()


def model_of(arguments: argparse.Namespace, prefix: str) -> Optional[str]:
    """Return the name of the model; None if there is none."""
    return arguments.model or read_variable(variables_of(prefix).model) or None


def key_variable(arguments: argparse.Namespace, prefix: str) -> str:
    """Return the name of the variable with the key."""
    return arguments.key_env or variables_of(prefix).key


def missing_key(arguments: argparse.Namespace, prefix: str) -> str:
    """Return the remedy of a key that is not set, without the given name: it may be the key itself."""
    name = "that --key-env names" if arguments.key_env else variables_of(prefix).key
    return f"The environment variable {name} is not set: the key of the endpoint. Local servers accept any text."


def entra_credential(endpoint: str) -> Any:
    """Return a credential for Microsoft Entra ID.

    :raises UsageError: for hosts other than Azure's, which must not get a token.
    :raises CommandError: if azure-identity is not installed.
    """
    if not accepts_entra_tokens(endpoint):
        raise UsageError("A token of Microsoft Entra ID goes to hosts of Azure only, by https. Use a key here.")
    try:
        from azure.identity import DefaultAzureCredential
    except ModuleNotFoundError as error:
        if error.name not in ("azure.identity", "azure"):
            raise
        raise CommandError(NO_IDENTITY) from None
    return DefaultAzureCredential()


@contextmanager
def credential_for(arguments: argparse.Namespace, prefix: str, endpoint: str) -> Generator[Any, None, None]:
    """Return the credential for an endpoint, as a context that closes it.

    :raises UsageError: if there is none.
    """
    key = read_variable(key_variable(arguments, prefix))
    if key and not arguments.entra:
        keep_secret(key)
        yield AzureKeyCredential(key)
        return
    if not arguments.entra and not accepts_entra_tokens(endpoint):
        raise UsageError(missing_key(arguments, prefix))
    credential = entra_credential(endpoint)
    try:
        yield credential
    finally:
        credential.close()


@contextmanager
def open_client(kind: Type[ClientT], arguments: argparse.Namespace, prefix: str) -> Generator[ClientT, None, None]:
    """Return a client for the service that the arguments and the environment name, until it is closed.

    :raises UsageError: if the endpoint is missing or wrong, or if there is no credential.
    """
    names = variables_of(prefix)
    given = arguments.endpoint or read_variable(names.endpoint)
    if not given:
        raise UsageError(f"There is no endpoint: set the environment variable {names.endpoint}, or use --endpoint URL.")
    try:
        endpoint = check_endpoint(given)
    except ValueError as error:
        raise UsageError(str(error).replace("Parameter 'endpoint'", "The endpoint")) from None
    model: Any = model_of(arguments, prefix)
    with credential_for(arguments, prefix, endpoint) as credential, closing(
        kind(endpoint, credential, model=model)
    ) as client:
        yield client
