# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class WalletAutoReloadUnconfigured(Model):
    """The wallet was never set up to top itself up."""

    _names = {
        "state": "state",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"state"})

    state: Literal["unconfigured"] = "unconfigured"
    """Always `unconfigured`."""
