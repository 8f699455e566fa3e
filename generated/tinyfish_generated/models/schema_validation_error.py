# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SchemaValidationError(Model):
    """One place where a result does not have the shape that was asked for."""

    _names = {
        "message": "message",
        "path": "path",
        "expected": "expected",
        "received": "received",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"message"})

    message: str
    """What is wrong, in words."""
    path: str | None = None
    """Where in the result."""
    expected: str | None = None
    """What should be there."""
    received: str | None = None
    """What is there."""
