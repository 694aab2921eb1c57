"""JSON texts of any value, for telemetry."""

from __future__ import annotations

from typing import Any

from azure.ai.inference._model_base import SdkJSONEncoder


class _Encoder(SdkJSONEncoder):
    """Encodes as a request would, with a description in place of a value without a JSON form."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except (TypeError, ValueError):
            return str(o)


_ENCODER = _Encoder()


def dumps(value: Any) -> str:
    """Return the JSON text of a value, as ``json.dumps`` writes it."""
    return _ENCODER.encode(value)
