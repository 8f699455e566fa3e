# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from decimal import Decimal

from attrs import define

from ..types import Model, decode_decimal
from .wallet_auto_reload_state import WalletAutoReloadState


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletAutoReloadConfigured(Model):
    """The wallet tops itself up, or did until something came in between."""

    _names = {
        "state": "state",
        "threshold": "threshold",
        "recharge_to": "recharge_to",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"state", "threshold", "recharge_to"})
    _decoders = {
        "state": WalletAutoReloadState.decode,
        "threshold": decode_decimal,
        "recharge_to": decode_decimal,
    }

    state: WalletAutoReloadState
    """Whether it tops itself up: `on`, `off`, `paused_payment_failed` (a payment was refused) or
    `needs_payment_method`.
    """
    threshold: Decimal
    """Below which balance it is topped up, a decimal number as text."""
    recharge_to: Decimal
    """Up to which balance it is topped up, a decimal number as text."""
