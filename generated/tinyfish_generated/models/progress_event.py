# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Self

from attrs import define

from ..types import Model, decode_timestamp
from .tinyfish_api import TinyfishApi


@define(frozen=True, kw_only=True, eq=False, repr=False)
class ProgressEvent(Model):
    """The agent takes a step."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "purpose": "purpose",
        "tinyfish_api": "tinyfish_api",
        "timestamp": "timestamp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id", "purpose"})

    type: Literal["PROGRESS"] = "PROGRESS"
    """Always `PROGRESS`."""
    run_id: str
    """The run's id. Older servers call it `runId`."""
    purpose: str
    """What the step is for, in words."""
    tinyfish_api: TinyfishApi | None = None
    """The API that the agent asks in this step, if any."""
    timestamp: datetime | None = None
    """When it happened."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            type=get("type"),
            run_id=get("run_id"),
            purpose=get("purpose"),
            tinyfish_api=None if (v := get("tinyfish_api")) is None else TinyfishApi.decode(v),
            timestamp=None if (v := get("timestamp")) is None else decode_timestamp(v),
            extra_fields=extra_fields,
        )
