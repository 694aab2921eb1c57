"""The same calls by this package and by the openai package: on `/openai/v1` both send the same JSON."""
