# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .vault_field_type import VaultFieldType


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FieldMetadata(Model):
    """A field of a login."""

    _names = {
        "field_id": "fieldId",
        "label": "label",
        "type": "type",
    }
    _other_names = {
        "fieldId": "field_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"fieldId"})
    _decoders = {
        "type": VaultFieldType.decode,
    }

    field_id: str
    """The field's id."""
    label: str | None = None
    """What it is called."""
    type: VaultFieldType | None = None
    """What it holds: STRING, CONCEALED or OTP."""
