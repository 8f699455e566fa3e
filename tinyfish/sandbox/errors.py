"""The errors of calls and of runs.

They are separate, like in the API: an `ApiError` is an HTTP error with the API's envelope, a `RunFailedError` is the
outcome of an accepted run.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Self

from tinyfish.sandbox.json_types import JsonObject

# The default error code of each status, as used by the API.
_CODES = {
    400: "INVALID_INPUT",
    401: "UNAUTHORIZED",
    402: "INSUFFICIENT_CREDITS",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    408: "TIMEOUT",
    429: "RATE_LIMIT_EXCEEDED",
    503: "SERVICE_BUSY",
}


def code_for(status: int) -> str:
    """The API's error code for an HTTP status that comes without one."""
    return _CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "INVALID_INPUT")


def envelope(code: str, message: str, details: Any = None) -> JsonObject:
    """The body of every HTTP error of the API."""
    error: JsonObject = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return {"error": error}


class ApiError(Exception):
    """A call that gets an HTTP error with the API's envelope."""

    def __init__(self, status: int, message: str, *, code: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or code_for(status)
        self.details = details

    def body(self) -> JsonObject:
        """The error's envelope."""
        return envelope(self.code, self.message or HTTPStatus(self.status).phrase, self.details)


class InvalidInputError(ApiError):
    """400 INVALID_INPUT, with one issue per field in `details`."""

    def __init__(self, issues: Sequence[JsonObject]) -> None:
        first = issues[0]
        where = ".".join(str(part) for part in first["path"])
        super().__init__(
            400, f"{where}: {first['message']}" if where else first["message"], details=list(issues)
        )


def issue(code: str, path: Sequence[str | int], message: str, **more: Any) -> JsonObject:
    """One entry of `details`: what is wrong with which field."""
    return {"code": code, "path": list(path), "message": message, **more}


class RunFailedError(Exception):
    """A run that ends FAILED.

    Args:
        message: What went wrong, human-readable.
        code: The RunError's code.
        category: The API's category of the cause.
        retry_after: Seconds to wait before trying again.
        help_message: What to do about it.

    Attributes:
        error: The RunError of the run.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "TASK_FAILED",
        category: str = "AGENT_FAILURE",
        retry_after: float | None = None,
        help_message: str | None = None,
    ) -> None:
        super().__init__(message)
        self.error: JsonObject = {"code": code, "message": message, "category": category}
        if retry_after is not None:
            self.error["retry_after"] = retry_after
        if help_message is not None:
            self.error["help_message"] = help_message

    @classmethod
    def scripted(cls, error: JsonObject) -> Self:
        """A failure with the given RunError."""
        failure = cls(error["message"])
        failure.error = error
        return failure
