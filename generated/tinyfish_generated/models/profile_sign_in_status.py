# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ProfileSignInStatus(OpenEnum):
    """Whether a setup session has signed in."""

    RECORDED = "recorded"
    ALREADY_RECORDED = "already_recorded"
    NOT_DETECTED = "not_detected"
    UNVERIFIABLE = "unverifiable"
