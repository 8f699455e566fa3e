# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .monitor import Monitor


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MonitorListResponse(ListModel):
    """All monitors of the account."""

    _names = {
        "monitors": "monitors",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"monitors"})
    _entries = {"monitors": Monitor}
    _decoders = {
        "monitors": partial(decode_each, Monitor.decode),
    }

    monitors: list[Monitor]
    """The monitors."""
