# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.vault_connect_request import VaultConnectRequest
    from ...models.vault_connect_response import VaultConnectResponse


def connect_vault(
    *,
    body: VaultConnectRequest,
) -> Request[VaultConnectResponse]:
    """Connect a password vault.

    Sending this again may connect the vault twice, and runs that are billed may then sign in with either.
    Connects a vault of 1Password, which needs `token`, or of Bitwarden, which needs `clientId`,
    `clientSecret` and `masterPassword`.
    """
    return Request(
        operation_id="connectVault",
        tag="vault",
        safe_to_repeat=False,
        method="POST",
        path="/v1/vault/connections",
        body=body.to_dict(),
        decode=models.VaultConnectResponse.decode_document,
    )
