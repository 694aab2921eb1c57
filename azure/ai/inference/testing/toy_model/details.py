"""The fields that today's services add to chat completions: log probabilities, content filters, and usage in detail."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Mapping, Optional, Sequence

_SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
_UNDETECTED = {"filtered": False, "detected": False}
COMPLETION_FILTERS: Mapping[str, Any] = {
    **_SAFE,
    "protected_material_code": _UNDETECTED,
    "protected_material_text": _UNDETECTED,
}
PROMPT_FILTERS: List[Mapping[str, Any]] = [
    {"prompt_index": 0, "content_filter_results": {**_SAFE, "jailbreak": _UNDETECTED}}
]
_OTHER_TOKENS = "the of and to in is that it was for on are with as at be this have from or".split()


def logprobs_of(tokens: Sequence[str], alternatives: int) -> Dict[str, Any]:
    """Return the log probabilities of tokens, each with a number of tokens that the model could have written."""
    return {"content": [_describe_token(token, alternatives) for token in tokens], "refusal": None}


def _describe_token(token: str, alternatives: int) -> Dict[str, Any]:
    logprob = -int.from_bytes(hashlib.sha256(_bytes(token)).digest()[:2], "big") / 100000
    others = [other for other in _OTHER_TOKENS if other != token][: max(alternatives - 1, 0)]
    top = [_entry(token, logprob), *(_entry(other, logprob - place) for place, other in enumerate(others, 1))]
    return {**_entry(token, logprob), "top_logprobs": top[:alternatives]}


def _entry(token: str, logprob: float) -> Dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(_bytes(token))}


def _bytes(token: str) -> bytes:
    return token.encode("utf-8", "replace")


def usage_details(reasoning_tokens: int) -> Dict[str, Dict[str, int]]:
    """Return the parts of `usage` that say what tokens were used for."""
    return {
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": reasoning_tokens,
            "rejected_prediction_tokens": 0,
        },
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
    }


def service_tier_of(asked_for: Any, detailed: bool) -> Optional[str]:
    """Return the service tier of a response, or None if the response does not have one."""
    if isinstance(asked_for, str) and asked_for != "auto":
        return asked_for
    return "default" if asked_for or detailed else None
