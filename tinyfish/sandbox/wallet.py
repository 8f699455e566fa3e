"""The account's wallet: the opening balance minus the costs of what was used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject

CURRENCY = "USD"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One kind of use that is billed.

    Attributes:
        label: The display name of the use.
        unit_amount: The price of one unit.
        per: The unit.
        used: Returns how many units were used.
    """

    label: str
    unit_amount: Decimal
    per: str
    used: Callable[[], int]


class Wallet:
    """The wallet of the sandbox's account. Use is counted when the wallet is read.

    Args:
        opening_balance: The balance before anything was used; None for an account on a plan without a wallet.
        meters: The kinds of use that are billed.
    """

    def __init__(self, opening_balance: Decimal | None, meters: Sequence[Meter]) -> None:
        self._opening_balance = opening_balance
        self._meters = meters

    def document(self) -> JsonObject:
        """The wallet in the API's form.

        Raises:
            ApiError: The account has no wallet.
        """
        if self._opening_balance is None:
            raise ApiError(404, "This account has no wallet", code="FEATURE_NOT_AVAILABLE")
        spent = sum((meter.unit_amount * meter.used() for meter in self._meters), Decimal())
        now = clock.now()
        return {
            "available_balance": str((self._opening_balance - spent).quantize(_CENT)),
            "currency": CURRENCY,
            "as_of": now,
            "auto_reload": {"state": "unconfigured"},
            "pending_top_up": None,
            "rates": {
                "meters": [
                    {
                        "label": meter.label,
                        "unit_amount": f"{meter.unit_amount:.6f}",
                        "currency": CURRENCY,
                        "per": meter.per,
                    }
                    for meter in self._meters
                ],
                "as_of": now,
            },
        }
