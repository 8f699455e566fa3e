# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunIdsRequest(Model):
    """The runs that an operation is about."""

    _names = {
        "run_ids": "run_ids",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_ids"})
    _id_lists = frozenset({"run_ids"})

    run_ids: list[str]
    """From 1 to 100 ids of runs."""
