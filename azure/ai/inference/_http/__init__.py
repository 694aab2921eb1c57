"""Bodies, transports and the environment: whatever touches an HTTP library."""
