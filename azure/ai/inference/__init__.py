"""Clients for AI models behind the Azure AI Model Inference REST API."""

from azure.ai.inference._version import VERSION as __version__

__all__ = ["__version__"]
