# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import define

from ..types import Model, decode_decimal, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletPendingTopUp(Model):
    """Money that is on its way to the wallet."""

    _names = {
        "amount": "amount",
        "started_at": "started_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"amount"})
    _decoders = {
        "amount": decode_decimal,
        "started_at": decode_timestamp,
    }

    amount: Decimal
    """How much, a decimal number as text."""
    started_at: datetime | None = None
    """When the payment was begun."""
