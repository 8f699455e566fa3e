# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model, shown
from .run_error_category import RunErrorCategory


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunError(Model):
    """Why a run failed, or could not be started."""

    _names = {
        "message": "message",
        "code": "code",
        "category": "category",
        "retry_after": "retry_after",
        "help_url": "help_url",
        "help_message": "help_message",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"message"})
    _decoders = {
        "category": RunErrorCategory.decode,
    }

    message: str
    """What went wrong, in words."""
    code: str | None = None
    """What went wrong, as a word, such as `SITE_BLOCKED`, `MAX_STEPS_EXCEEDED` or `service_busy`. The set is
    open, in upper and lower case.
    """
    category: RunErrorCategory | None = None
    """Whose failure it is, and so whether trying again can help: SYSTEM_FAILURE (the service's: try again),
    AGENT_FAILURE (the goal or the site: change the request), BILLING_FAILURE (add credits) or UNKNOWN.
    """
    retry_after: float | None = None
    """After how many seconds another try may succeed."""
    help_url: str | None = None
    """A page that helps with this error."""
    help_message: str | None = None
    """What to do about it, in words."""

    def __str__(self) -> str:
        return shown(self.message, None) if self.message else repr(self)
