# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ProfileRejectionReason(OpenEnum):
    """Why a site is not taken for signed in to."""

    INVALID_SITE = "invalid_site"
    NOT_SAVED = "not_saved"
    NO_SIGN_IN_COOKIE = "no_sign_in_cookie"
    RECORD_FAILED = "record_failed"
