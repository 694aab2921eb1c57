"""`python -m azure.ai.inference.testing`, run as a program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_command_serves_until_a_signal(ending: signal.Signals) -> None:
    """The command serves requests until a signal ends it cleanly."""
    command = [sys.executable, "-W", "error", "-m", "azure.ai.inference.testing", "--key", "my-key"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(9)]
        endpoint = lines[0].rpartition(" ")[2]
        assert lines[5:7] == [f"export AZURE_AI_CHAT_ENDPOINT={endpoint}", "export AZURE_AI_CHAT_KEY=my-key"]
        request = Request(f"{endpoint}/info?api-version=x", headers={"api-key": "my-key"})
        with urlopen(request, timeout=20) as response:
            assert json.load(response)["model_name"] == "local-model"
        process.send_signal(ending)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "The local service has stopped.\n", "")
