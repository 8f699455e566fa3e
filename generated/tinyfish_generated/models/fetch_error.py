# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .fetch_error_code import FetchErrorCode


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchError(Model):
    """A web page that could not be read."""

    _names = {
        "url": "url",
        "error": "error",
        "status": "status",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url", "error"})
    _decoders = {
        "error": FetchErrorCode.decode,
    }

    url: str
    """The address that was asked for."""
    error: FetchErrorCode
    """Why, as a word, such as `target_http_error`, `target_unreachable`, `timeout`, `bot_blocked` or
    `invalid_url`. New ones come without notice.
    """
    status: int | None = None
    """The status that the page was answered with, for `target_http_error`."""
