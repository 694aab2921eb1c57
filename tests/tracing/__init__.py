"""Tests of telemetry. Each names the requirement that it holds, by the number it has in the project's specification."""
