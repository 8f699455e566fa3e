# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .dataset_spec import DatasetSpec


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetPlanResponse(Model):
    """The plan of a table."""

    _names = {
        "spec": "spec",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"spec"})
    _parts = {"spec": DatasetSpec}
    _decoders = {
        "spec": DatasetSpec.decode,
    }

    spec: DatasetSpec
    """What it is to hold."""
