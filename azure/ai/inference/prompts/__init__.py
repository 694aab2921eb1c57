"""Prompt templates: Mustache strings and Prompty files that render to lists of chat messages."""

from ._prompt_template import PromptTemplate

__all__ = ["PromptTemplate"]
