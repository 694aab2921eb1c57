"""The policies that every request passes."""
