# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .dataset_run import DatasetRun
from .dataset_spec import DatasetSpec
from .dataset_status import DatasetStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Dataset(Model):
    """A table that agents fill from the web."""

    _names = {
        "id": "id",
        "status": "status",
        "name": "name",
        "spec": "spec",
        "target_rows": "target_rows",
        "row_count": "row_count",
        "run": "run",
        "created_at": "created_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "status"})
    _decoders = {
        "status": DatasetStatus.decode,
        "spec": DatasetSpec.decode,
        "run": DatasetRun.decode,
        "created_at": decode_timestamp,
    }

    id: str
    """The table's id."""
    status: DatasetStatus
    """Where it stands: `empty`, `populating`, `ready`, `failed` or `cancelled`."""
    name: str | None = None
    """What it is called."""
    spec: DatasetSpec | None = None
    """What it holds."""
    target_rows: int | None = None
    """How many rows to find."""
    row_count: int | None = None
    """How many rows it has."""
    run: DatasetRun | None = None
    """What fills it, or filled it last; null if nothing has."""
    created_at: datetime | None = None
    """When it was created."""
