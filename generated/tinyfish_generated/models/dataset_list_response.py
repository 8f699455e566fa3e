# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .dataset import Dataset
from .dataset_pagination import DatasetPagination


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetListResponse(ListModel):
    """A page of tables."""

    _names = {
        "data": "data",
        "pagination": "pagination",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"data", "pagination"})
    _entries = {"data": Dataset}
    _parts = {"pagination": DatasetPagination}
    _decoders = {
        "data": partial(decode_each, Dataset.decode),
        "pagination": DatasetPagination.decode,
    }

    data: list[Dataset]
    """The page's tables."""
    pagination: DatasetPagination
    """How to read on."""
