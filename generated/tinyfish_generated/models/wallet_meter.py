# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from decimal import Decimal

from attrs import define

from ..types import Model, decode_decimal


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletMeter(Model):
    """The price of one kind of use."""

    _names = {
        "label": "label",
        "unit_amount": "unit_amount",
        "currency": "currency",
        "per": "per",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"label", "unit_amount"})
    _decoders = {
        "unit_amount": decode_decimal,
    }

    label: str
    """What is paid for, in words, such as `Agent steps`."""
    unit_amount: Decimal
    """The price of one unit, a decimal number as text."""
    currency: str | None = None
    """The currency, as a three-letter ISO 4217 code such as USD."""
    per: str | None = None
    """What one unit is, such as `step`."""
