"""What the tests of `check` share."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Any, Dict, List, Tuple

import trustme
from command_world import Result

INFO = json.dumps({"model_name": "n", "model_type": "chat_completion", "model_provider_name": "p"}).encode()


COMPLETION = json.dumps({"model": "n-1", "choices": [{"index": 0, "message": {"content": "ok"}}]}).encode()


Line = Tuple[str, str, str]


def lines_of(done: Result) -> List[Line]:
    """Return the results, names and texts that a check has printed."""
    assert done.err == ""
    lines = [re.fullmatch(r"(ok  |note|FAIL)  (.{10})  (.+)", line) for line in done.out.splitlines()]
    return [(line[1].strip(), line[2].strip(), line[3]) for line in lines if line is not None]


def results_of(done: Result) -> Dict[str, str]:
    return {name: result for result, name, _ in lines_of(done)}


def failure_of(done: Result) -> Tuple[str, str]:
    """Return the name and the text of the only step that failed."""
    ((_, name, text),) = (line for line in lines_of(done) if line[0] == "FAIL")
    assert done.status == 1
    return name, text


class Authority:
    """A new authority, and a server that it vouches for under some names."""

    def __init__(self, folder: Path, *names: str, **options: Any) -> None:
        authority = trustme.CA()
        self.bundle = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(self.bundle)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, **options).configure_cert(self.server)
