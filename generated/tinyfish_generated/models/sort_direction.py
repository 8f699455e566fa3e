# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class SortDirection(OpenEnum):
    """Order by the moment of creation: `asc` is oldest first, `desc` newest first."""

    ASC = "asc"
    DESC = "desc"
