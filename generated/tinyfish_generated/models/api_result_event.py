# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import define

from ..types import Model, decode_timestamp
from .tinyfish_api import TinyfishApi


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ApiResultEvent(Model):
    """The agent has asked another TinyFish API, and this is the answer."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "tinyfish_api": "tinyfish_api",
        "result": "result",
        "timestamp": "timestamp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "tinyfish_api": TinyfishApi.decode,
        "timestamp": decode_timestamp,
    }

    type: Literal["TF_API_RESULT"] = "TF_API_RESULT"
    """Always `TF_API_RESULT`."""
    run_id: str
    """The run's id."""
    tinyfish_api: TinyfishApi | None = None
    """The API that was asked, `search` or `fetch`."""
    result: list[Any] | None = None
    """What it answered."""
    timestamp: datetime | None = None
    """When it happened."""
