"""Names that were never documented, which programs count on."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World

from azure.ai.inference import models
from azure.ai.inference.models import _models, _patch
from azure.ai.inference.testing import LocalService


@pytest.mark.parametrize(
    "name",
    [
        *["ChatCompletions", "EmbeddingsResult", "ImageEmbeddingInput", "ImageUrl", "InputAudio", "ChatRequestMessage"],
        *["AssistantMessage", "DeveloperMessage", "SystemMessage", "ToolMessage", "UserMessage"],
        *["AsyncStreamingChatCompletions", "StreamingChatCompletions"],
    ],
)
def test_models_patch(name: str) -> None:
    """If this fails, a program that imports from `models._patch` breaks."""
    assert getattr(_patch, name) is getattr(models, name)
    assert name in dir(_patch)
    assert name in _patch.__all__


def test_base_of_streams() -> None:
    """If this fails, a program cannot tell a stream by the base class of both."""
    for stream in (models.StreamingChatCompletions, models.AsyncStreamingChatCompletions):
        assert issubclass(stream, _patch.BaseStreamingChatCompletions)
    assert not hasattr(models, "BaseStreamingChatCompletions")


@pytest.mark.parametrize("module", [models, _patch])
def test_unknown_names_of_lazy_modules(module: Any) -> None:
    """If this fails, a misspelt import is no ImportError that names it."""
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'Absent'"):
        module.Absent  # noqa: B018 - looked up


@pytest.mark.parametrize("role", ["Assistant", "Developer", "System", "Tool", "User"])
def test_old_names_of_messages(role: str) -> None:
    """If this fails, a program that builds messages by their old names breaks."""
    assert getattr(_models, f"ChatRequest{role}Message") is getattr(models, f"{role}Message")


def test_prompts_patch() -> None:
    """If this fails, a program that imports the template class from `prompts._patch` breaks."""
    patch, prompts = (importlib.import_module(f"azure.ai.inference.{name}") for name in ("prompts._patch", "prompts"))

    assert patch.PromptTemplate is prompts.PromptTemplate


def test_names_of_tracing() -> None:
    """If this fails, a program that imports or looks for the old names of telemetry breaks."""
    tracing = importlib.import_module("azure.ai.inference.tracing")
    trace_type = tracing.TraceType

    assert tracing.AIInferenceInstrumentor.__module__ == "azure.ai.inference.tracing"
    assert trace_type.__module__ == "azure.ai.inference.tracing"
    assert {member.name: member.value for member in trace_type} == {"INFERENCE": "Inference"}
    assert trace_type("Inference") is trace_type.INFERENCE is trace_type["inference"]
    assert trace_type.INFERENCE == "Inference"


def test_private_attributes_of_clients(world: World, service: LocalService) -> None:
    """If this fails, integrations no longer find the endpoint, the pipeline or the model of a client."""
    client = world.ChatCompletionsClient(service.endpoint, AzureKeyCredential("key"))

    assert client._config.endpoint == service.endpoint
    assert client._client._base_url == "{endpoint}"
    assert client._model_info is None
