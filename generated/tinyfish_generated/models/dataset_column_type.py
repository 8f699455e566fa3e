# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class DatasetColumnType(OpenEnum):
    """What a column holds: `string`, `number`, `boolean`, `url` or `date`."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"
    DATE = "date"
