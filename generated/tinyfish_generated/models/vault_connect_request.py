# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define
from attrs import field as attrs_field

from ..types import Model
from .vault_request_provider import VaultRequestProvider


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultConnectRequest(Model):
    """Which password vault to connect, and how to open it."""

    _names = {
        "provider": "provider",
        "token": "token",
        "client_id": "clientId",
        "client_secret": "clientSecret",
        "master_password": "masterPassword",
        "server_url": "serverUrl",
    }
    _other_names = {
        "clientId": "client_id",
        "clientSecret": "client_secret",
        "masterPassword": "master_password",
        "serverUrl": "server_url",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"provider"})
    _decoders = {
        "provider": VaultRequestProvider.decode,
    }

    provider: VaultRequestProvider
    """Whose vault it is, `1password` or `bitwarden`."""
    token: str | None = attrs_field(default=None, repr=False)
    """The token of a service account of 1Password."""
    client_id: str | None = attrs_field(default=None, repr=False)
    """The client id of a Bitwarden API key."""
    client_secret: str | None = attrs_field(default=None, repr=False)
    """The client secret of a Bitwarden API key."""
    master_password: str | None = attrs_field(default=None, repr=False)
    """The master password of the Bitwarden vault."""
    server_url: str | None = None
    """The address of your own Bitwarden server, with `https`."""
