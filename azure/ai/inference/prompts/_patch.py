"""The released package has the class here, and programs import it from here."""

from azure.ai.inference.prompts._prompt_template import PromptTemplate

__all__ = ["PromptTemplate"]
