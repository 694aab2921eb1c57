"""The spellings of a model type that deployments answer on ``/info``, and the kind of client that each calls for."""

from __future__ import annotations

from typing import Any

CHAT = "chat"
EMBEDDINGS = "embeddings"
IMAGE_EMBEDDINGS = "image_embeddings"

NOT_LOADABLE = (
    "`load_client` function does not work on this endpoint (`/info` route not supported). "
    "Please construct one of the clients (e.g. `ChatCompletionsClient`) directly."
)

_KINDS = {
    "chat": CHAT,
    "chatcompletion": CHAT,
    "chatcompletions": CHAT,
    "completion": CHAT,
    "embedding": EMBEDDINGS,
    "embeddings": EMBEDDINGS,
    "textembedding": EMBEDDINGS,
    "textembeddings": EMBEDDINGS,
    "imageembedding": IMAGE_EMBEDDINGS,
    "imageembeddings": IMAGE_EMBEDDINGS,
}
_SEPARATORS = str.maketrans("", "", " -_")


def client_kind(model_type: Any) -> str:
    """The kind of client for a model type, told without regard to case and separators.

    :raises ValueError: if there is no model type, or none that a client is for.
    """
    if not model_type:
        raise ValueError(
            "The AI model information is missing a value for `model type`. Cannot create an appropriate client."
        )
    kind = _KINDS.get(str(model_type).lower().translate(_SEPARATORS))
    if kind is None:
        raise ValueError(f"No client available to support AI model type `{model_type}`")
    return kind
