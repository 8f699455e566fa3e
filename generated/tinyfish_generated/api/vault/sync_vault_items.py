# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.vault_sync_items_response import VaultSyncItemsResponse


def sync_vault_items() -> Request[VaultSyncItemsResponse]:
    """Read the vault's items anew.

    Reads the items from the vaults, and lists them. If a vault no longer opens, it is refused with 401
    (`VAULT_RECONNECT_REQUIRED`): connect it again.
    """
    return Request(
        operation_id="syncVaultItems",
        tag="vault",
        safe_to_repeat=True,
        method="POST",
        path="/v1/vault/items/sync",
        decode=models.VaultSyncItemsResponse.decode_document,
    )
