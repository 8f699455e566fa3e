"""The account's wallet: the opening balance minus the costs of what was used, unless a rule says otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.rules import Rules

CURRENCY = "USD"
_CENT = Decimal("0.01")
_PAGE = "https://agent.tinyfish.ai/wallet"
# The calls that cost money, and the status that the API's documents name for an account without any.
_REFUSALS: Final = {
    **dict.fromkeys(("runAgent", "queueRun", "streamRun", "queueRuns"), 403),
    **dict.fromkeys(("createBrowserSession", "startProfileSetup"), 402),
    **dict.fromkeys(("queueResearch", "streamResearch"), 402),
    **dict.fromkeys(("createMonitor", "runMonitor"), 402),
    **dict.fromkeys(("createDataset", "populateDataset"), 402),
}


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
        rules: The rules that say what is in it.
    """

    def __init__(self, opening_balance: Decimal | None, meters: Sequence[Meter], rules: Rules) -> None:
        self._opening_balance = opening_balance
        self._meters = meters
        self._rules = rules

    async def read(self) -> JsonObject:
        """The wallet in the API's form.

        Raises:
            ApiError: The account has no wallet, or a rule refuses the call.
        """
        rule = self._rules.take("wallet")
        scripted: JsonObject = {} if rule is None else await rule.answer("wallet") or {}
        balance = self._balance()
        if balance is None and "available_balance" not in scripted:
            raise ApiError(404, "This account has no wallet", code="FEATURE_NOT_AVAILABLE")
        now = clock.now()
        return {
            "available_balance": str((balance or Decimal()).quantize(_CENT)),
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
            **scripted,
        }

    def pay(self, operation_id: str) -> None:
        """Check that there is money for a call, if it costs any.

        Raises:
            ApiError: The wallet is empty.
        """
        status = _REFUSALS.get(operation_id)
        if status is None:
            return
        rule = self._rules.find("wallet")
        scripted: JsonObject = {} if rule is None else rule.options.get("wallet", {})
        balance = (
            Decimal(scripted["available_balance"]) if "available_balance" in scripted else self._balance()
        )
        if balance is not None and balance <= 0:
            raise ApiError(
                status,
                f"The wallet is empty: its balance is {balance} {CURRENCY}. A rule or Sandbox(balance=...) can set it",
                code="INSUFFICIENT_CREDITS",
                details={"wallet_url": _PAGE},
            )

    def _balance(self) -> Decimal | None:
        """The balance by what was used; None without a wallet."""
        if self._opening_balance is None:
            return None
        spent = sum((meter.unit_amount * meter.used() for meter in self._meters), Decimal())
        return self._opening_balance - spent
