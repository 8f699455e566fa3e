# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class BrowserProfile(OpenEnum):
    """The browser that an agent uses: `lite` is fast and fits most sites, `stealth` is hard to tell from a
    person.
    """

    LITE = "lite"
    STEALTH = "stealth"
