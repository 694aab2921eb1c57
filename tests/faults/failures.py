"""Every kind of failure in the tables of these tests, for tests that examine all of them."""

from __future__ import annotations

import json
import math
from typing import Any, Dict, Mapping, NamedTuple, Optional

from .calls import ANSWER, KEY
from .raw_server import Answer, Gate, head, whole
from .shown import LOGIN
from .test_answers import BROKEN, NO_ANSWER, NOT_JSON, READABLE
from .test_cleaning import BROKEN as PROXY_BROKEN
from .test_cleaning import MALFORMED
from .test_deadlines import STALLS
from .test_headers import NAMES, REFUSED
from .test_origins import AMBIGUOUS
from .test_reported import REPORTED
from .test_secrets import FAULTS, REDIRECTS, redirect
from .test_statuses import BODIES, CLASSES, KINDS
from .test_streams import CASES


class Failure(NamedTuple):
    """A server, and a call that fails, or that succeeds but prints something."""

    answer: Answer
    """The responses of the server, which may be the proxy."""
    call: Mapping[str, Any] = {}
    """Options of the call. In the values of `proxies` and in the endpoint, `{port}` stands for the server's port."""
    client: Mapping[str, Any] = {}
    """Options of the client."""
    endpoint: Optional[str] = None
    """The endpoint, if it is not the server."""
    fails: bool = True
    """Whether a plain and a streamed call both fail."""


def _open_gate() -> Gate:
    gate = Gate()
    gate.open()
    return gate


def _statuses() -> Dict[str, Failure]:
    found = {f"status {status}": Failure(BODIES["JSON"].answer(status)) for status in CLASSES if status != 304}
    found["status 304"] = Failure([head(304, None)])
    found.update({f"400 with {name}": Failure(body.answer(400)) for name, body in BODIES.items()})
    for name, kind in KINDS.items():
        found[f"kind {name}"] = Failure(
            whole(json.dumps({"error": kind.details}).encode(), kind.status, **kind.headers)
        )
    found.update(
        {f"reported {name}": Failure(whole(json.dumps(case.payload).encode())) for name, case in REPORTED.items()}
    )
    return found


def _responses() -> Dict[str, Failure]:
    found = {f"answer {case.says}": Failure(case.answer, fails=False) for case in [*NOT_JSON, *BROKEN, *NO_ANSWER]}
    found.update({f"readable {name}": Failure(answer, fails=False) for name, answer in READABLE.items()})
    found.update({f"stream {case.says}": Failure(case.answer(_open_gate()), fails=False) for case in CASES})
    found.update({f"fault {name}": Failure(answer, fails=False) for name, answer in FAULTS.items()})
    found.update({f"stalled {name}": Failure(answer, {"read_timeout": 0.05}) for name, answer in STALLS.items()})
    found.update({f"late {name}": Failure(answer, {"timeout": 0.05}) for name, answer in STALLS.items()})
    return found


def _requests() -> Dict[str, Failure]:
    found = {f"header {name}": Failure([], {"headers": {"X-A": value}}) for name, (value, *_) in REFUSED.items()}
    found.update(
        {f"name of header {name}": Failure([], {"headers": {value: KEY}}) for name, (value, _) in NAMES.items()}
    )
    key_in_header = {"headers": {"api-key": KEY, "Authorization": f"Bearer {KEY}"}}
    for name, options in {
        "an unknown keyword": {"temprature": 1},
        "an unknown keyword with a key": {"api_key": KEY},
        "no JSON": {"model_extras": {"x": object()}},
        "NaN": {"temperature": math.nan},
        "an unknown format": {"response_format": "xml"},
        "a hook that fails": {"raw_request_hook": lambda request: 1 / 0},
        "a timeout of a wrong type": {"timeout": "1"},
    }.items():
        found[f"call with {name}"] = Failure(whole(ANSWER), {**options, **key_in_header, "proxies": {"ftp": LOGIN}})
    for says in REDIRECTS:
        found[f"redirect {says}"] = Failure(redirect("/x", says), {"redirect_max": 2})
    for name, url in AMBIGUOUS.items():
        location = url.format(evil="127.0.0.1:1", good="127.0.0.1:1")
        found[f"redirect with {name}"] = Failure(redirect(location), key_in_header)
    return found


def _connections() -> Dict[str, Failure]:
    login = dict.fromkeys(("http", "https"), f"http://{LOGIN}@127.0.0.1:{{port}}")
    answers = {**PROXY_BROKEN, "407": whole(b"", 407), "502": whole(b"", 502)}
    found: Dict[str, Failure] = {}
    for scheme in ("http", "https"):
        endpoint = f"{scheme}://service.invalid"
        for name, answer in answers.items():
            found[f"{scheme} proxy {name}"] = Failure(answer, {"proxies": login, "timeout": 0.1}, endpoint=endpoint)
        for name, url in MALFORMED.items():
            given = {"proxies": {scheme: url}}
            found[f"{scheme} proxy {name}"] = Failure(whole(ANSWER), given, endpoint=endpoint)
            found[f"{scheme} proxy of the client {name}"] = Failure(whole(ANSWER), {}, given, endpoint)
    found["refused"] = Failure([], endpoint="http://127.0.0.1:1")
    found["no TLS"] = Failure(whole(ANSWER), endpoint="https://127.0.0.1:{port}")
    found["no certificates"] = Failure([], {"connection_verify": "missing.pem"}, endpoint="https://127.0.0.1:{port}")
    found["a password in the endpoint"] = Failure([], endpoint=f"http://{LOGIN}@127.0.0.1:{{port}}")
    found["a password in an endpoint that is none"] = Failure([], endpoint=f"{LOGIN}@host")
    return found


#: Failures whose errors the HTTP libraries make.
UNCONNECTED: Dict[str, Failure] = _connections()
FAILURES: Dict[str, Failure] = {**_statuses(), **_responses(), **_requests(), **UNCONNECTED}
