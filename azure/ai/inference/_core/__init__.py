"""The core: decides, and never waits."""
