"""Model info in the JSON of the route ``/models`` of the OpenAI dialect."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from azure.ai.inference import _json

#: The model types by capability, the most specific first.
_TYPES = ("chat_completion", "embeddings", "image_generation")
_SHOWN = 5


def info_of_model(model: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the model info of a model: its fields under the names of ``/info``, and all its own keys."""
    capabilities = model.get("capabilities")
    can: Mapping[str, Any] = capabilities if _json.is_object(capabilities) else {}
    info = {
        "model_name": model.get("id"),
        "model_type": next((name for name in _TYPES if can.get(name) in (True, "true")), None),
        "model_provider_name": model.get("owned_by"),
    }
    return {**{name: value for name, value in info.items() if value is not None}, **model}


def info_of_only_model(listing: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the model info of the only model in a list.

    :raises ValueError: if there is none, or more than one.
    """
    data = listing.get("data")
    models: List[Dict[str, Any]] = [*filter(_json.is_object, data)] if _json.is_array(data) else []
    if len(models) == 1:
        return info_of_model(models[0])
    names = ", ".join(str(model.get("id")) for model in models[:_SHOWN]) + (", ..." if len(models) > _SHOWN else "")
    listed = f"{len(models)} models ({names})" if models else "no model"
    raise ValueError(f"The endpoint lists {listed}. Name one with `model=`.")
