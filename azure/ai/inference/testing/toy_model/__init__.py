"""The toy model of the local service, which makes up completions from the words of a request."""
