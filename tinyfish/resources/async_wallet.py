# Source of wallet.py: see tools/derive_sync.py.
"""`client.wallet`, in an event loop: the account's balance and prices."""

from __future__ import annotations

from tinyfish_generated.api import wallet as operations
from tinyfish_generated.models import WalletResponse

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.signatures import explicit


class AsyncWallet(Live):
    """The account's balance and prices; available as `client.wallet`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    @explicit()
    async def get(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> WalletResponse:
        """Get the wallet: the balance, the automatic top-up and the prices. Amounts are `Decimal`s.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The account's plan has no wallet; `code` is `"FEATURE_NOT_AVAILABLE"`.
            APIError: The call failed for another reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         wallet = await client.wallet.get()
            ...         print(wallet.available_balance, wallet.currency)
            >>> asyncio.run(main())
        """
        return await self._executor.send(
            operations.get_wallet(), self._executor.options(timeout, max_retries)
        )
