# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Any

from attrs import define

from ..types import Model
from .error_code import ErrorCode


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ErrorInfo(Model):
    """What went wrong with a request."""

    _names = {
        "code": "code",
        "message": "message",
        "details": "details",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"code", "message"})
    _decoders = {
        "code": ErrorCode.decode,
    }

    code: ErrorCode
    """What went wrong, as a word, such as INVALID_INPUT, INVALID_API_KEY, INSUFFICIENT_CREDITS, NOT_FOUND,
    RATE_LIMIT_EXCEEDED, SERVICE_BUSY or INTERNAL_ERROR. New ones come without notice.
    """
    message: str
    """What went wrong, in words."""
    details: Any = None
    """More about it, in a shape of its own for each code: for INVALID_INPUT a list of what is wrong, each
    entry with `code`, `path` and `message`; for INSUFFICIENT_CREDITS an object that may have a
    `wallet_url`.
    """
