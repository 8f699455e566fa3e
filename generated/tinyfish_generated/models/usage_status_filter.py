# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class UsageStatusFilter(OpenEnum):
    """How a search or the reading of a page ended, to filter by."""

    COMPLETED = "completed"
    FAILED = "failed"
