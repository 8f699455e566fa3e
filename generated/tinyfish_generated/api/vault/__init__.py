# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `vault`."""

from .connect_vault import connect_vault
from .disconnect_vault import disconnect_vault
from .list_vault_connections import list_vault_connections
from .list_vault_items import list_vault_items
from .sync_vault_items import sync_vault_items

__all__ = [
    "connect_vault",
    "disconnect_vault",
    "list_vault_connections",
    "list_vault_items",
    "sync_vault_items",
]
