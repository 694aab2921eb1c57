"""Error responses of the local service."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple


class Problem(Exception):
    """A problem with a request. Its JSON body is an error object in the form of either API."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Sequence[Tuple[str, str]] = (),
        details: Sequence[Dict[str, Any]] = (),
        parameter: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.details: List[Dict[str, Any]] = list(details)
        self.parameter = parameter

    @classmethod
    def unprocessable(cls, parameter: str, message: str) -> Problem:
        """Return a problem with status 422, for a parameter that is missing, unknown or has an unsupported value."""
        detail = {"code": "invalid_parameter", "target": parameter, "message": message}
        return cls(422, "unprocessable_entity", message, details=[detail], parameter=parameter)

    @classmethod
    def unsupported(cls, code: str, parameter: str, message: str) -> Problem:
        """Return a problem with status 400, for a parameter or value that the model does not support."""
        return cls(400, code, message, parameter=parameter)

    def as_body(self) -> Dict[str, Any]:
        """Return the JSON body of the error response, in the form of the Model Inference API."""
        error: Dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        elif self.parameter is not None:
            error["param"] = self.parameter
        return {"error": error}

    def as_openai_body(self) -> Dict[str, Any]:
        """Return the JSON body of the error response, in the form of OpenAI's API."""
        code = "invalid_value" if self.status == 422 else self.code
        error = {
            "message": self.message,
            "type": "invalid_request_error",
            "param": self.parameter,
            "code": code or None,
        }
        return {"error": error}


class GatewayProblem(Problem):
    """A problem that Azure's gateway reports before a model sees the request: it has one form for both APIs."""

    def as_openai_body(self) -> Dict[str, Any]:
        """Return the same body as for the Model Inference API."""
        return self.as_body()
