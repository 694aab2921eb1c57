"""The endpoints of the synchronous samples, one folder up."""

from pathlib import Path
from runpy import run_path
from typing import Any, Dict, Tuple

from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.transport import AioHttpTransport

_SYNC = run_path(str(Path(__file__).parent.parent / "endpoints.py"))
prepare_environment = _SYNC["prepare_environment"]
find_endpoint = _SYNC["find_endpoint"]


def find_credential(prefix: str) -> Tuple[AzureKeyCredential, Dict[str, Any]]:
    """Return the same as for synchronous clients, with an asynchronous transport."""
    credential, options = _SYNC["find_credential"](prefix)
    return credential, {"transport": _LocalTransport()} if options else {}


class _LocalTransport(AioHttpTransport):
    """A transport that sends requests for any host to the local service."""

    async def send(self, request: Any, **options: Any) -> Any:
        request.url = _SYNC["at_server"](_SYNC["local_service"]().endpoint, request.url)
        return await super().send(request, **options)
