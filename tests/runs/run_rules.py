"""Applies the rules of runs without a network: a service is a function of a request."""

from __future__ import annotations

import base64
import struct
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from azure.core.exceptions import HttpResponseError

from azure.ai.inference.models import ChatCompletions, EmbeddingsResult
from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._refusals import Rules

Service = Callable[[Any, Dict[str, Any]], Any]


class Sent(NamedTuple):
    """A request that the rules made."""

    argument: Any
    settings: Dict[str, Any]


def refusal(status: int = 400, code: str = "bad_input") -> HttpResponseError:
    """Return an error of a service, as a client raises it."""
    error = HttpResponseError(f"refused with {status}")
    error.status_code = status
    error.error = type("Details", (), {"code": code})()
    return error


def vector_of(text: Any) -> List[float]:
    """Return the vector of an input, which identifies the input."""
    return [float(len(str(text))), float(sum(str(text).encode("utf-8", "surrogatepass")) % 997), 0.5]


def embedded(inputs: Any, settings: Optional[Dict[str, Any]] = None) -> EmbeddingsResult:
    """Return the response to inputs, as base64 if that is requested."""
    rows: List[Any] = [vector_of(given) for given in inputs]
    if (settings or {}).get("encoding_format") == "base64":
        rows = [base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() for row in rows]
    data = [{"index": index, "embedding": row} for index, row in enumerate(rows)]
    return EmbeddingsResult({"data": data, "usage": {"prompt_tokens": len(rows), "total_tokens": len(rows)}})


def completed(text: str = "Yes.") -> ChatCompletions:
    """Return the response to a prompt."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3, "details": {"cached": 1}}
    return ChatCompletions({"choices": [choice], "usage": usage})


def drive(rules: Rules, inputs: List[Any], service: Service, start: int = 0) -> Tuple[Job, List[Sent]]:
    """Do a job; return it with the requests that were sent."""
    job = Job(start, inputs)
    rules.begin(job)
    sent: List[Sent] = []
    request = job.step()
    while request is not None:
        sent.append(Sent(request.argument, request.settings))
        try:
            reply = service(request.argument, request.settings)
        except BaseException as error:
            reply = error
        request = job.step(reply)
    return job, sent
