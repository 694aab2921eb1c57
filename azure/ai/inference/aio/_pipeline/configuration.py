"""The configuration of an asynchronous client."""

from __future__ import annotations

from typing import Any, List

from azure.core.pipeline.policies import SansIOHTTPPolicy

from azure.ai.inference._pipeline.configuration import Configuration
from azure.ai.inference.aio._pipeline.policies import (
    AsyncInferenceRedirectPolicy,
    AsyncStep,
    AsyncTokenCredentialPolicy,
)
from azure.ai.inference.aio._pipeline.retry import AsyncInferenceRetryPolicy


class AsyncConfiguration(Configuration):
    """The configuration of an asynchronous client."""

    _redirect_policy = AsyncInferenceRedirectPolicy
    _retry_policy = AsyncInferenceRetryPolicy
    _token_policy = AsyncTokenCredentialPolicy

    def policies(self, **kwargs: Any) -> List[Any]:
        return [
            AsyncStep(policy) if isinstance(policy, SansIOHTTPPolicy) else policy
            for policy in super().policies(**kwargs)
        ]
