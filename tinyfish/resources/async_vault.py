# Source of vault.py: see tools/derive_sync.py.
"""`client.vault`, in an event loop: password vaults that runs can sign in with."""

from __future__ import annotations

from collections.abc import Mapping

from tinyfish_generated.api import vault as operations
from tinyfish_generated.models import (
    VaultConnectResponse,
    VaultDisconnectResponse,
    VaultListConnectionsResponse,
    VaultListItemsResponse,
    VaultSyncItemsResponse,
)

from tinyfish._core import checks
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.async_recovery import start_product
from tinyfish._core.requests.vault_requests import connect_request, connecting
from tinyfish._core.secret import Secret, hidden
from tinyfish._core.signatures import explicit


class AsyncVaultConnections(Live):
    """`client.vault.connections`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    @explicit()
    async def connect_1password(
        self, *, token: str, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> VaultConnectResponse:
        """Connect a vault of 1Password.

        If the response is lost, the connection is searched for, and never made twice blindly. The token is in no error,
        log or traceback.

        Args:
            token: The token of a service account.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly nothing was connected. Default: the client's.

        Raises:
            ValueError: The token is empty; `TypeError` if it isn't a string.
            AuthenticationError: The vault can't be opened with it, or the API key is invalid.
            UncertainStartError: The server didn't answer, and it's not known whether the vault is connected.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         connected = await client.vault.connections.connect_1password(token="ops_...")
            ...         print(connected.connection_id, [item.label for item in connected.items])
            >>> asyncio.run(main())
        """
        given, token = hidden(token), ""
        return await self._connect("1password", {"token": given}, None, timeout, max_retries)

    @explicit()
    async def connect_bitwarden(
        self,
        *,
        client_id: str,
        client_secret: str,
        master_password: str,
        server_url: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> VaultConnectResponse:
        """Connect a vault of Bitwarden.

        If the response is lost, the connection is searched for, and never made twice blindly. The secrets are in no
        error, log or traceback.

        Args:
            client_id: The client id of an API key.
            client_secret: The client secret of the API key.
            master_password: The vault's master password.
            server_url: The https URL of your own server. Default: Bitwarden's.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly nothing was connected. Default: the client's.

        Raises:
            ValueError: An argument has an invalid value; `TypeError` if it has the wrong type.
            AuthenticationError: The vault can't be opened with these, or the API key is invalid.
            UncertainStartError: The server didn't answer, and it's not known whether the vault is connected.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         connected = await client.vault.connections.connect_bitwarden(
            ...             client_id="user.1", client_secret="...secret...", master_password="...password..."
            ...         )
            ...         print(connected.connection_id)
            >>> asyncio.run(main())
        """
        secrets = {"clientId": hidden(client_id), "clientSecret": hidden(client_secret)}
        secrets["masterPassword"] = hidden(master_password)
        client_id = client_secret = master_password = ""
        return await self._connect("bitwarden", secrets, server_url, timeout, max_retries)

    @explicit()
    async def list(
        self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> VaultListConnectionsResponse:
        """Get the connected vaults.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         for connection in (await client.vault.connections.list()).connections:
            ...             print(connection.provider, connection.connection_status)
            >>> asyncio.run(main())
        """
        return await self._executor.send(
            operations.list_vault_connections(), self._executor.options(timeout, max_retries)
        )

    @explicit()
    async def disconnect(
        self, connection_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> VaultDisconnectResponse:
        """Disconnect a vault.

        Args:
            connection_id: The connection's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: There is no such connection.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         connected = await client.vault.connections.connect_1password(token="ops_...")
            ...         await client.vault.connections.disconnect(connected.connection_id)
            >>> asyncio.run(main())
        """
        request = operations.disconnect_vault(checks.run_id("connection_id", connection_id))
        return await self._executor.send(request, self._executor.options(timeout, max_retries))

    async def _connect(
        self,
        provider: str,
        secrets: Mapping[str, Secret | None],
        server_url: str | None,
        timeout: Timeout,
        max_retries: int | None,
    ) -> VaultConnectResponse:
        request = connect_request(provider, secrets, server_url)
        options = self._executor.options(timeout, max_retries)
        return await start_product(
            self._executor, request, options, connecting(provider), self._executor.config.adopt
        )


class AsyncVaultItems(Live):
    """`client.vault.items`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    @explicit()
    async def list(
        self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> VaultListItemsResponse:
        """Get the logins that runs can use, without what is secret in them.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: No vault is connected.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         await client.vault.connections.connect_1password(token="ops_...")
            ...         for item in (await client.vault.items.list()).items:
            ...             print(item.item_id, item.label, item.domains)
            >>> asyncio.run(main())
        """
        return await self._executor.send(
            operations.list_vault_items(), self._executor.options(timeout, max_retries)
        )

    @explicit()
    async def sync(
        self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> VaultSyncItemsResponse:
        """Read the items from the vaults again.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            AuthenticationError: A vault no longer opens: connect it again. `code` is `"VAULT_RECONNECT_REQUIRED"`.
            NotFoundError: No vault is connected.
            APIError: The call failed in another way.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         await client.vault.connections.connect_1password(token="ops_...")
            ...         print((await client.vault.items.sync()).sync_summary)
            >>> asyncio.run(main())
        """
        return await self._executor.send(
            operations.sync_vault_items(), self._executor.options(timeout, max_retries)
        )


class AsyncVault(Live):
    """`client.vault`.

    Attributes:
        connections: The connected vaults.
        items: What is in them.
    """

    def __init__(self, executor: AsyncExecutor) -> None:
        self.connections = AsyncVaultConnections(executor)
        self.items = AsyncVaultItems(executor)
