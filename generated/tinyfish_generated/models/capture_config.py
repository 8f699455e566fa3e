# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class CaptureConfig(Model):
    """What is recorded while the agent works. Some of it has to be enabled for the account."""

    _names = {
        "elements": "elements",
        "snapshots": "snapshots",
        "screenshots": "screenshots",
        "recording": "recording",
        "html": "html",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    elements: bool | None = None
    """Record the page elements that the agent saw. Has to be enabled for the account."""
    snapshots: bool | None = None
    """Record a snapshot of the page at each step."""
    screenshots: bool | None = None
    """Take a picture of the page at each step."""
    recording: bool | None = None
    """Record a video of the run. Has to be enabled for the account."""
    html: bool | None = None
    """Keep the HTML of the pages that the agent saw."""
