"""The environments in which programs run: without OpenTelemetry, with its API only, with its SDK, with the plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
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
    """Return the outcome of traced calls where some packages are missing."""
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
    """Requirements 2, 7, 38, 42 and 51: with any set of packages, calls work and telemetry is recorded."""
    for name in needed:
        pytest.importorskip(name)
    told = run(missing, opt_in)

    updates = told.pop("updates")
    assert updates > 1
    assert len(told.pop("warnings")) <= bool(opt_in)  # one of an API as old as that, if these tests run with it
    assert bool(told.pop("metrics", [])) is bool(opt_in and expected["spans"])
    assert told == {"answer": "m", **expected}


METRICS = ["gen_ai.client.operation.duration", "gen_ai.client.operation.time_per_output_chunk"]
BUCKETS = "the bucket boundaries of metrics (opentelemetry-api 1.30 or later records them)"
RECORDS = "the log records of messages and errors (opentelemetry-api 1.35 or later, for Python 3.9)"


@pytest.mark.parametrize("opt_in", ["", "gen_ai_latest_experimental"], ids=["default", "latest"])
@pytest.mark.parametrize(("api", "missing"), [("1.27", f"{BUCKETS} and {RECORDS}"), ("1.33", RECORDS)])
def test_f7_old_api(api: str, missing: str, opt_in: str) -> None:
    """With an old API of OpenTelemetry, all that it supports is recorded; one warning names the rest and its remedy."""
    for name in SDK + NATIVE:
        pytest.importorskip(name)
    installed = metadata.version("opentelemetry-api").split(".")[1]
    if int(installed) < int(api.split(".")[1]):
        pytest.skip("the installed API is even older")
    told = run([f"--api={api}"], opt_in)

    assert told["spans"] == SPANS
    assert set(told["metrics"]) >= set(METRICS if opt_in else [])
    warnings = [text.partition(" are ")[2] for text in told["warnings"]]
    assert warnings == ([f"{missing}."] if opt_in else [])
    assert all(text.startswith("With opentelemetry-api 1.") for text in told["warnings"])


def test_r2_constructor_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement 2: without OpenTelemetry, the error is the same as ever."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        AIInferenceInstrumentor()
    monkeypatch.undo()

    assert str(caught.value) == NOT_INSTALLED
