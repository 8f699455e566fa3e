# Derived from async_wallet.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.wallet`: the account's balance and prices."""

from __future__ import annotations

from tinyfish_generated.api import wallet as operations
from tinyfish_generated.models import WalletResponse

from tinyfish._core.calls.executor import Executor
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.signatures import explicit


class Wallet(Live):
    """The account's balance and prices; available as `client.wallet`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def get(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> WalletResponse:
        """Get the wallet: the balance, the automatic top-up and the prices. Amounts are `Decimal`s.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The account's plan has no wallet; `code` is `"FEATURE_NOT_AVAILABLE"`.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     wallet = client.wallet.get()
            ...     print(wallet.available_balance, wallet.currency)
        """
        return self._executor.send(operations.get_wallet(), self._executor.options(timeout, max_retries))
