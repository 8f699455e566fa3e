# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .dataset_run_status import DatasetRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetCancelRunResponse(Model):
    """Where the filling of a table stands after an attempt to stop it."""

    _names = {
        "status": "status",
        "run_id": "run_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"status"})
    _nullable_ids = frozenset({"run_id"})
    _decoders = {
        "status": DatasetRunStatus.decode,
    }

    status: DatasetRunStatus
    """`cancelled`, or how it had ended before: `done` or `failed`."""
    run_id: str | None = None
    """The run's id."""
