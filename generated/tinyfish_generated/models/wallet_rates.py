# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from functools import partial

from attrs import define

from ..types import ListModel, decode_each, decode_timestamp
from .wallet_meter import WalletMeter


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletRates(ListModel):
    """What things cost."""

    _names = {
        "meters": "meters",
        "as_of": "as_of",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"meters"})
    _entries = {"meters": WalletMeter}
    _decoders = {
        "meters": partial(decode_each, WalletMeter.decode),
        "as_of": decode_timestamp,
    }

    meters: list[WalletMeter]
    """The price of each kind of use."""
    as_of: datetime | None = None
    """When the prices were read."""
