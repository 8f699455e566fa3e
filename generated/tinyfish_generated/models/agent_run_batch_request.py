# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model, decode_each, decode_json_object
from .batch_run_item import BatchRunItem


@define(frozen=True, kw_only=True, eq=False, repr=False)
class AgentRunBatchRequest(Model):
    """Runs to start together."""

    _names = {
        "runs": "runs",
        "output_schema": "output_schema",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"runs"})

    runs: list[BatchRunItem]
    """From 1 to 100 runs. All are started, or none."""
    output_schema: dict[str, Any] | None = None
    """The shape that the `result` of every run is to have; as in AgentRunRequest."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            runs=decode_each(BatchRunItem.decode, get("runs")),
            output_schema=None if (v := get("output_schema")) is None else decode_json_object(v),
            extra_fields=extra_fields,
        )
