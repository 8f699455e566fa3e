# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.vault_disconnect_response import VaultDisconnectResponse


def disconnect_vault(
    connection_id: str,
) -> Request[VaultDisconnectResponse]:
    """Disconnect a vault.

    Forgets a vault, and all that was needed to open it.

    Args:
        connection_id: The connection's id.
    """
    return Request(
        operation_id="disconnectVault",
        tag="vault",
        safe_to_repeat=True,
        method="DELETE",
        path=f"/v1/vault/connections/{encode_segment(connection_id)}",
        decode=models.VaultDisconnectResponse.decode_document,
    )
