"""Bodies, transports and the environment: all that touches an HTTP library."""
