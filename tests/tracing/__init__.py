"""Tests of telemetry. Each names its requirement by the number in REQUIREMENTS.md."""
