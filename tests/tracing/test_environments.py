"""The environments in which programs run: without OpenTelemetry, with its API only, with its SDK, with the plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from azure.ai.inference.tracing import AIInferenceInstrumentor

OPENTELEMETRY = ["opentelemetry"]
SDK = ["opentelemetry.sdk"]
NATIVE = ["azure.core.instrumentation"]
PLUGIN = ["azure.core.tracing.ext.opentelemetry_span"]
NOT_INSTALLED = (
    "Azure Core Tracing Opentelemetry is not installed. "
    "Please install it using 'pip install azure-core-tracing-opentelemetry'"
)
SPANS = ["chat m", "chat m"]


def run(missing: List[str], opt_in: str) -> Dict[str, Any]:
    """What came of traced calls where some packages are missing."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AZURE_", "OTEL_"))}
    script = str(Path(__file__).with_name("environment.py"))
    done = subprocess.run(
        [sys.executable, script, *missing],
        check=True,
        capture_output=True,
        text=True,
        env={**environment, "OTEL_SEMCONV_STABILITY_OPT_IN": opt_in},
    )
    told: Dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("opt_in", ["", "gen_ai_latest_experimental"], ids=["default", "latest"])
@pytest.mark.parametrize(
    ("missing", "needed", "expected"),
    [
        (OPENTELEMETRY + PLUGIN, [], {"error": NOT_INSTALLED, "spans": [], "traced": False}),
        (SDK + PLUGIN, ["opentelemetry.trace"], {"spans": [], "traced": False}),
        (PLUGIN, SDK + NATIVE, {"spans": SPANS, "traced": True}),
        ([*PLUGIN, "opentelemetry._logs"], SDK + NATIVE, {"spans": SPANS, "traced": True}),
        ([], SDK + PLUGIN, {"spans": SPANS, "traced": True}),
    ],
    ids=["nothing", "api", "sdk", "no-logs", "plugin"],
)
def test_r2_r7_r42_r51_environments(
    missing: List[str], needed: List[str], expected: Dict[str, Any], opt_in: str
) -> None:
    """Requirements 2, 7, 38, 42 and 51: if this fails, telemetry breaks calls, or is lost, for some set of packages."""
    for name in needed:
        pytest.importorskip(name)
    told = run(missing, opt_in)

    updates = told.pop("updates")
    assert updates > 1
    assert told == {"answer": "m", **expected}


def test_r2_constructor_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 2: if this fails, who has not installed OpenTelemetry is told something else than before."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        AIInferenceInstrumentor()
    monkeypatch.undo()

    assert str(caught.value) == NOT_INSTALLED
