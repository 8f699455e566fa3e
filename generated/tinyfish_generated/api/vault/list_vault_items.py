# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.vault_list_items_response import VaultListItemsResponse


def list_vault_items() -> Request[VaultListItemsResponse]:
    """List the vault's items.

    Lists the logins that runs may use, without what is secret in them. Without a connected vault it is
    refused with 404.
    """
    return Request(
        operation_id="listVaultItems",
        tag="vault",
        safe_to_repeat=True,
        method="GET",
        path="/v1/vault/items",
        decode=models.VaultListItemsResponse.decode_document,
    )
