# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each
from .field_metadata import FieldMetadata


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultItem(Model):
    """A login that runs may use, without what is secret in it."""

    _names = {
        "item_id": "itemId",
        "connection_id": "connectionId",
        "label": "label",
        "vault_name": "vaultName",
        "domains": "domains",
        "field_metadata": "fieldMetadata",
        "has_totp": "hasTotp",
    }
    _other_names = {
        "itemId": "item_id",
        "connectionId": "connection_id",
        "vaultName": "vault_name",
        "fieldMetadata": "field_metadata",
        "hasTotp": "has_totp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"itemId"})
    _decoders = {
        "field_metadata": partial(decode_each, FieldMetadata.decode),
    }

    _absent = {
        "domains": list,
        "field_metadata": list,
        "has_totp": bool,
    }

    item_id: str
    """The item's id, for `credential_item_ids`."""
    connection_id: str | None = None
    """The connection that it comes from."""
    label: str | None = None
    """What it is called."""
    vault_name: str | None = None
    """The vault that it is in."""
    domains: list[str] = attrs_field(factory=list[str])
    """The sites that it is for."""
    field_metadata: list[FieldMetadata] = attrs_field(factory=list[FieldMetadata])
    """Which fields it has."""
    has_totp: bool = attrs_field(factory=bool)
    """Whether it has one-time passwords."""
