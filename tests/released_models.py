"""Models in the forms in which the released package leaves them behind: pickles, `vars`, JSON.

As a script, `python released_models.py` in `tests/`, with azure-ai-inference 1.0.0b9 installed in place of this package, it
writes `released_models.json`, the facts that `test_old_names.py` compares with.
"""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path
from typing import Any, Callable, Dict

from azure.core import serialization

import azure.ai.inference
from azure.ai.inference import _model_base, models

RELEASED = Path(__file__).with_suffix(".json")

COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi", "refusal": None}}
    ],
    "usage": {"completion_tokens": 1, "prompt_tokens": 2, "total_tokens": 3},
}
UPDATE = {
    "id": "c1",
    "created": 1_700_000_000,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "delta": {
                "content": "",
                "tool_calls": [{"index": 0, "id": "t1", "function": {"name": "f", "arguments": "{"}}],
            },
        }
    ],
}
EMBEDDINGS = {
    "id": "e1",
    "data": [{"object": "embedding", "embedding": [0.5, -1.0], "index": 0}],
    "usage": {"prompt_tokens": 2, "total_tokens": 2},
    "model": "m",
}


def copied(wire: Dict[str, Any]) -> Dict[str, Any]:
    """Return a dictionary that no other sample shares."""
    copy: Dict[str, Any] = json.loads(json.dumps(wire))
    return copy


def read_completion() -> Any:
    """Return a completion whose nested models have been read and changed, with an attribute that is no field."""
    completion: Any = models.ChatCompletions(copied(COMPLETION))
    completion.choices[0].message.content = "Bye"
    completion.choices.append(models.ChatChoice(index=1))
    completion.note = "kept"
    return completion


SAMPLES: Dict[str, Callable[[], Any]] = {
    "system": lambda: models.SystemMessage("s"),
    "developer": lambda: models.DeveloperMessage("d"),
    "user": lambda: models.UserMessage("hi"),
    "user with items": lambda: models.UserMessage(
        [
            models.TextContentItem(text="x"),
            models.ImageContentItem(image_url=models.ImageUrl(url="u", detail=models.ImageDetailLevel.HIGH)),
            {"type": "text", "text": "y"},
        ]
    ),
    "assistant": lambda: models.AssistantMessage(
        content="a",
        tool_calls=[models.ChatCompletionsToolCall(id="t1", function=models.FunctionCall(name="f", arguments="{}"))],
    ),
    "tool": lambda: models.ToolMessage("r", tool_call_id="t1"),
    "tool definition": lambda: models.ChatCompletionsToolDefinition(
        function=models.FunctionDefinition(name="f", description="d", parameters={"type": "object"})
    ),
    "completion": lambda: models.ChatCompletions(copied(COMPLETION)),
    "read completion": read_completion,
    "embeddings": lambda: models.EmbeddingsResult(copied(EMBEDDINGS)),
    "update": lambda: models.StreamingChatCompletionsUpdate(copied(UPDATE)),
    "image input": lambda: models.ImageEmbeddingInput(image="data:image/png;base64,", text="t"),
    "model info": lambda: models.ModelInfo(model_name="m", model_type="chat", model_provider_name="p"),
}


def facts(model: Any) -> Dict[str, Any]:
    """Return the facts of a model that programs get by undocumented names."""
    known: Dict[str, Any] = {
        "class": type(model).__name__,
        "as_dict": model.as_dict(),
        "vars": json.dumps(model, default=lambda o: o.__dict__),
        "exclude_readonly": json.dumps(model, cls=_model_base.SdkJSONEncoder, exclude_readonly=True),
    }
    if hasattr(serialization, "as_attribute_dict"):  # since azure-core 1.35
        known["attribute_list"] = serialization.attribute_list(model)
        known["as_attribute_dict"] = serialization.as_attribute_dict(model)
    return known


def pickled(model: Any) -> Dict[str, str]:
    """Return the model as text pickle and as the binary pickle that Python 3.8 to 3.13 write by default."""
    return {str(protocol): base64.b64encode(pickle.dumps(model, protocol)).decode() for protocol in (0, 4)}


def written() -> str:
    """Return all facts as JSON, a sample a line."""
    made_by = f"released_models.py with azure-ai-inference {azure.ai.inference.__version__}"
    made = {name: {**facts(make()), "pickles": pickled(make())} for name, make in SAMPLES.items()}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in made.items())
    return f'{{\n "made_by": {json.dumps(made_by)},\n "samples": {{\n{lines}\n }}\n}}\n'


if __name__ == "__main__":
    RELEASED.write_text(written(), encoding="utf-8")
