"""Endpoint URLs: which are refused and why, and how routes are added to them."""

from __future__ import annotations

from typing import Any, Type

import pytest

from azure.ai.inference._core.endpoints import check_endpoint, join_url, origin_of, resolve
from azure.ai.inference._core.operations import CHAT, EMBED, EMBED_IMAGES, GENERATE_IMAGES, Operation, operation_of


@pytest.mark.parametrize(
    ("endpoint", "error", "says"),
    [
        (5, TypeError, "must be a str, not int"),
        (b"https://host", TypeError, "must be a str, not bytes"),
        ("", ValueError, "begins with https:// or http://"),
        ("   ", ValueError, "begins with https:// or http://"),
        ("host.example", ValueError, "begins with https:// or http://"),
        ("ftp://host.example", ValueError, "begins with https:// or http://"),
        ("https://", ValueError, "names a host"),
        ("https://host:notaport/", ValueError, "names a host"),
        ("https://[::1", ValueError, "names a host"),
        ("https://user:secret@host.example", ValueError, "user name or password"),
    ],
)
def test_endpoint_is_refused(endpoint: Any, error: Type[Exception], says: str) -> None:
    """A wrong endpoint is refused before a request, and no secret in it is shown."""
    with pytest.raises(error, match="endpoint") as caught:
        check_endpoint(endpoint)

    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_white_space_is_dropped() -> None:
    """White space around an endpoint is removed."""
    assert check_endpoint(" https://host.example/models \n") == "https://host.example/models"


@pytest.mark.parametrize(
    ("endpoint", "route", "url"),
    [
        ("https://h", "/info?v=1", "https://h/info?v=1"),
        ("https://h/", "info", "https://h/info"),
        ("https://h/a/b/", "/c/d?v=1", "https://h/a/b/c/d?v=1"),
        ("https://h/a?x=1&y=2", "/c?v=1", "https://h/a/c?x=1&y=2&v=1"),
        ("https://h/a", "https://other/c?v=1", "https://other/c?v=1"),
    ],
)
def test_routes_below_an_endpoint(endpoint: str, route: str, url: str) -> None:
    """Requests go to the route below the endpoint."""
    assert join_url(endpoint, route) == url


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("https://models.inference.ai.azure.com", "a GitHub Models endpoint"),
        ("https://models.github.ai/inference", "a GitHub Models endpoint"),
        ("https://h.eastus2.models.ai.azure.com", "a serverless API endpoint"),
        ("https://h.eastus2.inference.ml.azure.com", "a managed compute endpoint"),
        ("https://r.cognitiveservices.azure.cn", "an Azure AI services endpoint"),
        ("https://api.openai.com/v1", "the OpenAI API"),
        ("https://r.services.ai.azure.com/models", "an Azure AI Foundry endpoint"),
        ("https://r.openai.azure.com/openai/deployments/d", "an Azure OpenAI endpoint"),
        ("http://localhost:8080/v1", ""),
    ],
)
def test_kind_of_an_endpoint(endpoint: str, words: str) -> None:
    """Error messages name the kind of an endpoint."""
    assert resolve(endpoint).words == words


def test_origin_has_its_default_port() -> None:
    """A credential goes to its own endpoint, with or without the default port, and to no other port."""
    assert origin_of("https://H.example/a") == origin_of("https://h.example:443/b") == ("https", "h.example", 443)
    assert origin_of("http://h.example") != origin_of("https://h.example")


@pytest.mark.parametrize(
    ("spellings", "operation"),
    [
        ("completion chat chat_completion chat_completions chat-completion chat-completions", CHAT),
        ("embedding embeddings text_embedding text-embeddings Text-Embedding", EMBED),
        ("image_embedding image_embeddings image-embedding image-embeddings", EMBED_IMAGES),
        ("image_generation image-generation image_generations", GENERATE_IMAGES),
    ],
)
def test_model_types(spellings: str, operation: Operation) -> None:
    """`load_client` knows every model type that deployments report."""
    for spelling in spellings.split():
        for text in (spelling, spelling.upper(), spelling.replace("_", " ")):
            assert operation_of(text) is operation


@pytest.mark.parametrize(
    ("model_type", "says"),
    [
        (None, "missing a value for `model type`"),
        ("", "missing a value for `model type`"),
        ("audio_generation", "No client available to support AI model type `audio_generation`"),
    ],
)
def test_model_types_without_a_client(model_type: Any, says: str) -> None:
    """A model type without a client is refused."""
    with pytest.raises(ValueError, match=says):
        operation_of(model_type)
