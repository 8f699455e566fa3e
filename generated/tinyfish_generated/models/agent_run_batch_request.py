# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import define

from ..types import ListModel, decode_each, decode_json_object
from .batch_run_item import BatchRunItem


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunBatchRequest(ListModel):
    """Runs to start together."""

    _names = {
        "runs": "runs",
        "output_schema": "output_schema",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"runs"})
    _entries = {"runs": BatchRunItem}
    _decoders = {
        "runs": partial(decode_each, BatchRunItem.decode),
        "output_schema": decode_json_object,
    }

    runs: list[BatchRunItem]
    """From 1 to 100 runs. All are started, or none."""
    output_schema: dict[str, Any] | None = None
    """The shape that the `result` of every run is to have; as in AgentRunRequest."""
