"""What runs can cost: the most steps that they may take, and the price of a step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from tinyfish_generated.types import Request

from tinyfish._core.limits.traffic import bodies_of
from tinyfish.budget import DEFAULT_MAX_STEPS
from tinyfish.errors import SDKError

if TYPE_CHECKING:
    from decimal import Decimal

    from tinyfish_generated.models import WalletResponse


def max_steps_of(request: Request[Any]) -> list[int]:
    """The most steps that each run of a start may take."""
    return [_max_steps(body) for body in bodies_of(request)]


def price_of_step(wallet: WalletResponse) -> Decimal:
    """The price of a step, in US dollars.

    Raises:
        SDKError: The wallet has no such price.
    """
    for meter in wallet.rates.meters if wallet.rates else ():
        if (meter.per or "").lower() == "step":
            if (meter.currency or wallet.currency or "USD").upper() == "USD":
                return meter.unit_amount
            raise SDKError(
                f"The price of a step is in {meter.currency}; pass it in US dollars: usd_per_step=..."
            )
    raise SDKError("The account's wallet has no price of a step; pass it: Budget(usd_per_step=...).")


def _max_steps(body: Mapping[str, Any]) -> int:
    config: object = body.get("agent_config")
    steps: object = (
        cast("Mapping[str, object]", config).get("max_steps") if isinstance(config, Mapping) else None
    )
    return steps if isinstance(steps, int) else DEFAULT_MAX_STEPS
