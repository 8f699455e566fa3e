# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .error_info import ErrorInfo


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ErrorResponse(Model):
    """Why a request was refused or failed."""

    _names = {
        "error": "error",
        "request_id": "request_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"error"})
    _parts = {"error": ErrorInfo}
    _decoders = {
        "error": ErrorInfo.decode,
    }

    error: ErrorInfo
    """What went wrong."""
    request_id: str | None = None
    """The request's id in the server's records, to name when asking for support. Not sent by every
    operation.
    """
