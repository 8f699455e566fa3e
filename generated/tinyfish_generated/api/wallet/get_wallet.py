# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.wallet_response import WalletResponse


def get_wallet() -> Request[WalletResponse]:
    """Get the wallet.

    Tells the account's balance, what it pays for what, and how the balance is topped up. What could not
    be read at the moment is null; the balance itself is always there. An account on a plan without a
    wallet gets a 404.
    """
    return Request(
        operation_id="getWallet",
        tag="wallet",
        safe_to_repeat=True,
        method="GET",
        path="/v1/wallet",
        decode=models.WalletResponse.decode_document,
    )
