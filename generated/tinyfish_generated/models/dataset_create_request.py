# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .dataset_spec import DatasetSpec


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetCreateRequest(Model):
    """What a table is to hold, and how much of it. It has either `prompt` or `spec`."""

    _names = {
        "prompt": "prompt",
        "spec": "spec",
        "target_rows": "target_rows",
        "populate": "populate",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})
    _decoders = {
        "spec": DatasetSpec.decode,
    }

    prompt: str | None = None
    """What the table is to hold, in plain words."""
    spec: DatasetSpec | None = None
    """The table's columns, as `planDataset` returns them."""
    target_rows: int | None = None
    """How many rows to find, from 1 to 250; 100 if left out."""
    populate: bool | None = None
    """Whether to fill it at once. Yes if left out."""
