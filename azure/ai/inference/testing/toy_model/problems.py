"""Error responses of the local service."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple


class Problem(Exception):
    """A problem with a request, in the form of the REST API's error object."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Sequence[Tuple[str, str]] = (),
        details: Sequence[Dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.details = list(details)

    @classmethod
    def unprocessable(cls, parameter: str, message: str) -> Problem:
        """Return a problem with status 422, for a parameter that is missing, unknown or has an unsupported value."""
        detail = {"code": "invalid_parameter", "target": parameter, "message": message}
        return cls(422, "unprocessable_entity", message, details=[detail])

    def as_body(self) -> Dict[str, Any]:
        """Return the JSON body of the error response."""
        error: Dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        return {"error": error}
