"""The policies that wait, asynchronously."""
