"""What the body of an error response says: the API's envelope, `{"error": {"code": ..., "message": ...}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from attrs import frozen

from tinyfish._core import json_text

NOT_JSON: Final = object()


@frozen(kw_only=True)
class ErrorBody:
    """The parts of an error response's body.

    Attributes:
        is_envelope: Whether it has the form of the API's errors, with or without a code.
        message: The reason; None if the body doesn't have it.
        code: The API's code; None if the body doesn't have it.
        details: The API's details.
        request_id: The server's id of the call; None if the body doesn't have it.
    """

    is_envelope: bool = False
    message: str | None = None
    code: str | None = None
    details: Any = None
    request_id: str | None = None

    @classmethod
    def of(cls, document: object) -> ErrorBody:
        """Read a body, parsed as JSON."""
        if not isinstance(document, dict):
            return cls()
        outside = cast("dict[str, object]", document)
        request_id = _text(outside.get("request_id"))
        if not isinstance(outside.get("error"), dict):
            return cls(request_id=request_id)
        inside = cast("Mapping[str, object]", outside["error"])
        code, message = _text(inside.get("code")), inside.get("message")
        return cls(
            is_envelope=code is not None or isinstance(message, str),
            message=str(message) if message else None,
            code=code,
            details=inside.get("details"),
            request_id=request_id,
        )


def parsed(content: bytes) -> object:
    """A body as JSON, or `NOT_JSON`."""
    try:
        return json_text.loads(content)
    except ValueError:  # not JSON, or not UTF-8
        return NOT_JSON


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
