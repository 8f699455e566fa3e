# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `wallet`."""

from .get_wallet import get_wallet

__all__ = [
    "get_wallet",
]
