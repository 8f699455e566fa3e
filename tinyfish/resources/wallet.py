# Derived from async_wallet.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.wallet`: what the account can spend."""

from __future__ import annotations

from tinyfish_generated.api import wallet as operations
from tinyfish_generated.models import WalletResponse

from tinyfish._core.calls.executor import Executor
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.signatures import explicit


class Wallet(Live):
    """`client.wallet`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def get(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> WalletResponse:
        """Get the wallet: the balance, how it is topped up, and what things cost. Amounts are `Decimal`s.

        Args:
            timeout: Seconds for the whole call; None for no limit. Default: the client's.
            max_retries: How often the call may be repeated. Default: the client's.

        Raises:
            NotFoundError: The account's plan has no wallet; `code` is `"FEATURE_NOT_AVAILABLE"`.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     wallet = client.wallet.get()
            ...     print(wallet.available_balance, wallet.currency)
        """
        return self._executor.send(operations.get_wallet(), self._executor.options(timeout, max_retries))
