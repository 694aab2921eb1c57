"""Runs over many inputs, which ``embed_many`` and ``complete_many`` of the clients return, and a limiter for all calls.

The asynchronous runs are in :mod:`azure.ai.inference.aio`.
"""

from azure.ai.inference._pipeline.limiter import AdaptiveLimiter
from azure.ai.inference.runs._plan import OnError as OnError
from azure.ai.inference.runs._plan import Progress as Progress
from azure.ai.inference.runs._results import ChatOutcome, EmbeddingsBatch
from azure.ai.inference.runs._shell import ChatRun, EmbeddingsRun
from azure.ai.inference.runs._window import RunProgress

__all__ = [
    "AdaptiveLimiter",
    "ChatOutcome",
    "ChatRun",
    "EmbeddingsBatch",
    "EmbeddingsRun",
    "RunProgress",
]
