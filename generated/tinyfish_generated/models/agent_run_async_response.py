# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model
from .run_error import RunError


@define(frozen=True, kw_only=True, eq=False, repr=False)
class AgentRunAsyncResponse(Model):
    """Whether a run was queued."""

    _names = {
        "run_id": "run_id",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id"})

    run_id: str | None = None
    """The run's id, to follow it with; null if it was not queued."""
    error: RunError | None = None
    """Why the run was not queued; null if it was."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            run_id=get("run_id"),
            error=None if (v := get("error")) is None else RunError.decode(v),
            extra_fields=extra_fields,
        )
