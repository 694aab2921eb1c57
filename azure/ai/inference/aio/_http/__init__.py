"""The asynchronous transport."""
