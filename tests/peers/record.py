"""Record the requests of the openai package, or compare them with those that are recorded.

As a script, `python -m peers.record` in `tests/` with the openai package installed: it fails if that package sends
anything else than `openai.json` has, which `test_openai.py` compares this package with. `--write` writes the file.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from functools import reduce
from pathlib import Path
from typing import Any, Dict

from azure.ai.inference.testing import LocalService, RecordedRequest

from .calls import CALLS

RECORDED = Path(__file__).with_name("openai.json")
_HEADERS = ("accept", "authorization", "content-type")


def shown(request: RecordedRequest) -> Dict[str, Any]:
    """Return what both packages must send alike."""
    return {
        "line": f"{request.method} {request.path}",
        "query": request.query,
        "headers": {name: request.headers[name] for name in _HEADERS if name in request.headers},
        "body": request.json() if request.body else None,
    }


def main() -> None:
    """Record all calls, and write or compare them."""
    import openai

    requests: Dict[str, Any] = {}
    for name, call in CALLS.items():
        with LocalService() as service:
            options: Dict[str, Any] = {"base_url": f"{service.endpoint}/openai/v1", "api_key": service.key}
            with openai.OpenAI(**options) as client:
                response = reduce(getattr, call.theirs.split("."), client)(**call.given)
                if call.given.get("stream"):
                    list(response)
            asyncio.run(_call(openai.AsyncOpenAI(**options), call.theirs, call.given))
            sync, asynchronous = map(shown, service.requests)
        if sync != asynchronous:
            raise SystemExit(f"{name}: the openai package sends another request from its asynchronous client")
        requests[name] = sync
    if "--write" in sys.argv:
        recorded = {"package": f"openai {openai.__version__}", "requests": requests}
        RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", "utf-8")
    elif json.loads(RECORDED.read_text("utf-8"))["requests"] != requests:
        raise SystemExit(f"openai {openai.__version__} sends other requests than those recorded: compare with --write")
    print(f"{len(requests)} requests of openai {openai.__version__}")


async def _call(client: Any, method: str, given: Dict[str, Any]) -> None:
    async with client:
        response = reduce(getattr, method.split("."), client)(**given)
        response = await response if inspect.isawaitable(response) else response
        if given.get("stream"):
            async for _ in response:
                pass


if __name__ == "__main__":
    main()
