"""The toy model of the local service: it makes up answers from the words of the request."""
