# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class WalletAutoReloadState(OpenEnum):
    """Whether the wallet tops itself up: `unconfigured` (never set up), `on`, `off`, `paused_payment_failed`
    (a payment was refused) or `needs_payment_method`.
    """

    UNCONFIGURED = "unconfigured"
    ON = "on"
    OFF = "off"
    PAUSED_PAYMENT_FAILED = "paused_payment_failed"
    NEEDS_PAYMENT_METHOD = "needs_payment_method"
