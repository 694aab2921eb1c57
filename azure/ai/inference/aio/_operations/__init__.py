"""The asynchronous operations of the REST API."""
