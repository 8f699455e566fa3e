# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model, shown


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchError(Model):
    """Why a research run failed."""

    _names = {
        "message": "message",
        "code": "code",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"message"})

    message: str
    """What went wrong, in words."""
    code: str | None = None
    """What went wrong, as a word, such as TIMEOUT. New ones come without notice."""

    def __str__(self) -> str:
        return shown(self.message, None) if self.message else repr(self)
