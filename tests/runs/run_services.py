"""Services that refuse, for the tests of the rules of runs."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional

from run_rules import Service, drive, embedded, refusal

from azure.ai.inference.runs._batches import Job
from azure.ai.inference.runs._refusals import EmbeddingRules


def rules_of(encoding_format: Optional[str] = "float", *, keeps: bool = True) -> EmbeddingRules:
    return EmbeddingRules(str, encoding_format, keeps=keeps)


def experienced(**options: Any) -> EmbeddingRules:
    """Return the rules of a run that has had a response."""
    rules = rules_of(**options)
    drive(rules, ["before"], embedded)
    return rules


def refusing(*bad: str, most: int = 10**6, error: Callable[[], Exception] = refusal) -> Service:
    """Return a service that refuses requests with some texts, or with too many."""

    def service(argument: Any, settings: Dict[str, Any]) -> Any:
        if len(argument) > most or set(argument) & set(bad):
            raise error()
        return embedded(argument, settings)

    return service


def vectors_of(job: Job) -> Mapping[int, List[float]]:
    """Return the vectors of a job by the indices of their inputs."""
    import numpy as np

    found: Dict[int, List[float]] = {}
    for part in job.parts:
        rows = part.content.as_array("float")
        assert rows.dtype == np.float32
        found.update(zip(part.indices, rows.tolist()))
    return found


TEXTS = [f"text {number}" for number in range(16)]
