# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial

from attrs import define

from ..types import Model, decode_decimal, decode_timestamp
from .wallet_auto_reload_configured import WalletAutoReloadConfigured
from .wallet_auto_reload_unconfigured import WalletAutoReloadUnconfigured
from .wallet_pending_top_up import WalletPendingTopUp
from .wallet_rates import WalletRates


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletResponse(Model):
    """What the account can spend."""

    _names = {
        "available_balance": "available_balance",
        "currency": "currency",
        "as_of": "as_of",
        "auto_reload": "auto_reload",
        "pending_top_up": "pending_top_up",
        "rates": "rates",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"available_balance", "currency"})
    _decoders = {
        "available_balance": decode_decimal,
        "as_of": decode_timestamp,
        "auto_reload": partial(
            Model.decode_choice,
            (WalletAutoReloadUnconfigured, WalletAutoReloadConfigured),
            "state",
            {
                "needs_payment_method": WalletAutoReloadConfigured,
                "off": WalletAutoReloadConfigured,
                "on": WalletAutoReloadConfigured,
                "paused_payment_failed": WalletAutoReloadConfigured,
                "unconfigured": WalletAutoReloadUnconfigured,
            },
        ),
        "pending_top_up": WalletPendingTopUp.decode,
        "rates": WalletRates.decode,
    }

    available_balance: Decimal
    """What is left to spend, a decimal number as text. Below zero if the account is overdrawn."""
    currency: str
    """The currency, as a three-letter ISO 4217 code such as USD."""
    as_of: datetime | None = None
    """When the balance was read."""
    auto_reload: WalletAutoReloadUnconfigured | WalletAutoReloadConfigured | None = None
    """How the wallet tops itself up; null if that could not be read."""
    pending_top_up: WalletPendingTopUp | None = None
    """Money that is on its way; null if there is none, or that could not be read."""
    rates: WalletRates | None = None
    """What things cost; null if that could not be read."""
