# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from attrs import define

from ..types import Model, decode_timestamp
from .run_status import RunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False)
class CancelRunResponse(Model):
    """A run's state after an attempt to stop it."""

    _names = {
        "run_id": "run_id",
        "status": "status",
        "cancelled_at": "cancelled_at",
        "message": "message",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id", "status"})

    run_id: str
    """The run's id."""
    status: RunStatus
    """CANCELLED if it is stopped; COMPLETED or FAILED if it had ended before."""
    cancelled_at: datetime | None = None
    """When it was stopped; null if it had ended before."""
    message: str | None = None
    """A note in words, such as that it had ended already."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            run_id=get("run_id"),
            status=RunStatus.decode(get("status")),
            cancelled_at=None if (v := get("cancelled_at")) is None else decode_timestamp(v),
            message=get("message"),
            extra_fields=extra_fields,
        )
