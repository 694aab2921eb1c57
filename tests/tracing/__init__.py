"""Tests of telemetry. Each names the requirement that it holds, by the number that it has in REQUIREMENTS.md."""
