# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class DatasetStatus(OpenEnum):
    """Where a table stands: `empty`, `populating`, `ready`, `failed` or `cancelled`."""

    EMPTY = "empty"
    POPULATING = "populating"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
