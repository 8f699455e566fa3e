# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model, decode_each
from .schema_validation_error import SchemaValidationError


@define(frozen=True, kw_only=True, eq=False, repr=False)
class SchemaValidation(Model):
    """Whether a result has the shape that was asked for."""

    _names = {
        "valid": "valid",
        "re_prompt_attempts": "re_prompt_attempts",
        "errors": "errors",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"valid"})

    valid: bool
    """True if the result fits `output_schema`."""
    re_prompt_attempts: int | None = None
    """How many times the agent was asked to mend its answer, from 0 to 2."""
    errors: list[SchemaValidationError] | None = None
    """Where the result does not fit; empty if it does."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            valid=get("valid"),
            re_prompt_attempts=get("re_prompt_attempts"),
            errors=None if (v := get("errors")) is None else decode_each(SchemaValidationError.decode, v),
            extra_fields=extra_fields,
        )
