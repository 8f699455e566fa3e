# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class BrowserSessionMode(OpenEnum):
    """Which kind of browser a session has; a session of this API has `tf-browser`."""

    LIGHT = "light"
    STEALTH = "stealth"
    TF_BROWSER = "tf-browser"
