# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class BrowserProxyType(OpenEnum):
    """Whose proxy a browser session goes through: `tinyfish` is TinyFish's, `custom` your own."""

    TINYFISH = "tinyfish"
    CUSTOM = "custom"
