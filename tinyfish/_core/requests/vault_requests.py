"""The checked requests for password vaults. Their secrets are never local variables of frames that can raise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tinyfish_generated import rules
from tinyfish_generated.api import vault as operations
from tinyfish_generated.models import (
    VaultConnection,
    VaultConnectRequest,
    VaultConnectResponse,
    VaultListConnectionsResponse,
)
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.contract_checks import text_of
from tinyfish._core.recovery.listing import Listing, ProductStart
from tinyfish._core.secret import Secret
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

_SERVER_URL: Final = text_of(rules.VAULT_CONNECT_REQUEST["serverUrl"], read=checks.https_url)


def connect_request(
    provider: str, secrets: Mapping[str, Secret | None], server_url: str | None = None
) -> Request[VaultConnectResponse]:
    """The request that connects a vault.

    Args:
        provider: Whose vault it is.
        secrets: How to open it, by the names of the wire.
        server_url: The vault's own server.

    Raises:
        TypeError: An argument is missing, or has the wrong type. Its text doesn't show a secret.
        ValueError: An argument has an invalid value.
    """
    for name, secret in secrets.items():
        if secret is None or not secret.is_text:
            raise InvalidArgumentTypeError(f"{_python_name(name)} must be a string.")
        if secret.is_empty:
            raise InvalidArgumentError(f"{_python_name(name)} must be a non-empty string.")
        if not secret.is_unicode:
            raise InvalidArgumentError(
                f"{_python_name(name)} contains a lone surrogate, which is not valid Unicode text."
            )
    own = {} if server_url is None else {"serverUrl": _SERVER_URL("server_url", server_url)}
    return operations.connect_vault(body=_body(provider, secrets, own))


def _body(
    provider: str, secrets: Mapping[str, Secret | None], own: Mapping[str, object]
) -> VaultConnectRequest:
    revealed = {name: secret.reveal() for name, secret in secrets.items() if secret is not None}
    return VaultConnectRequest.from_dict({"provider": provider, **revealed, **own})


def connecting(provider: str) -> ProductStart[VaultConnectResponse]:
    """How to find the connection that an unanswered call has made: by its provider, and when it was found to open.

    That isn't surely the own one: the list doesn't tell with which token it was made, and another that was made earlier
    may have been found to open at that time.
    """
    key = f"vault {provider}"
    return ProductStart(
        key=key,
        listing=Listing[VaultListConnectionsResponse, VaultConnection](
            noun="vault connection",
            content="provider",
            call="client.vault.connections.list()",
            request=lambda _: operations.list_vault_connections(),
            entries=lambda page: page.connections,
            id_of=lambda connection: connection.id,
            key_of=lambda connection: key if connection.provider == provider else None,
            created=lambda connection: connection.last_validated_at,
            exact=False,
        ),
        found=_found,
        ids_in=lambda response: (response.connection_id,),
    )


def _found(connection: VaultConnection) -> VaultConnectResponse:
    """A connection that was found, as the response to the call that made it. Its items are not known."""
    return VaultConnectResponse(connection_id=connection.id, connected=True, provider=connection.provider)


def _python_name(name: str) -> str:
    """What an argument is called that has another name on the wire."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
