# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.vault_list_connections_response import VaultListConnectionsResponse


def list_vault_connections() -> Request[VaultListConnectionsResponse]:
    """List the connected vaults.

    Lists the vaults that the account has connected.
    """
    return Request(
        operation_id="listVaultConnections",
        tag="vault",
        safe_to_repeat=True,
        method="GET",
        path="/v1/vault/connections",
        decode=models.VaultListConnectionsResponse.decode_document,
    )
