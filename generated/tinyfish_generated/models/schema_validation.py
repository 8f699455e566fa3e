# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model, decode_each
from .schema_validation_error import SchemaValidationError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SchemaValidation(Model):
    """Whether a result has the shape that was asked for."""

    _names = {
        "valid": "valid",
        "re_prompt_attempts": "re_prompt_attempts",
        "errors": "errors",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"valid"})
    _decoders = {
        "errors": partial(decode_each, SchemaValidationError.decode),
    }

    valid: bool
    """True if the result fits `output_schema`."""
    re_prompt_attempts: int | None = None
    """How many times the agent was asked to mend its answer, from 0 to 2."""
    errors: list[SchemaValidationError] | None = None
    """Where the result does not fit; empty if it does."""
