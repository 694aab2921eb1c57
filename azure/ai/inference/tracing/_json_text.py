"""JSON texts of anything, for telemetry."""

from __future__ import annotations

from typing import Any

from azure.ai.inference._model_base import SdkJSONEncoder


class _Encoder(SdkJSONEncoder):
    """Writes what a request would send, and a description in place of what has no JSON form."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except (TypeError, ValueError):
            return str(o)


_ENCODER = _Encoder()


def dumps(value: Any) -> str:
    """The JSON text of a value, as ``json.dumps`` writes it."""
    return _ENCODER.encode(value)
