"""What calls over many inputs share: a limiter that adapts to the service."""

from azure.ai.inference._pipeline.limiter import AdaptiveLimiter

__all__ = ["AdaptiveLimiter"]
