# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class MonitorRequestType(OpenEnum):
    """What a monitor does at each check."""

    SEARCH = "search"
    FETCH = "fetch"
