# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model
from .run_error_category import RunErrorCategory


@define(frozen=True, kw_only=True, eq=False, repr=False)
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

    message: str
    """What went wrong, in words."""
    code: str | None = None
    """What went wrong, as a word, such as `SITE_BLOCKED`, `MAX_STEPS_EXCEEDED` or `service_busy`. The set is
    open, in upper and lower case.
    """
    category: RunErrorCategory | None = None
    """Whose failure it is, and so whether trying again can help."""
    retry_after: float | None = None
    """After how many seconds another try may succeed."""
    help_url: str | None = None
    """A page that helps with this error."""
    help_message: str | None = None
    """What to do about it, in words."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            message=get("message"),
            code=get("code"),
            category=None if (v := get("category")) is None else RunErrorCategory.decode(v),
            retry_after=get("retry_after"),
            help_url=get("help_url"),
            help_message=get("help_message"),
            extra_fields=extra_fields,
        )

    def __str__(self) -> str:
        return str(self.message or repr(self))
