# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ScreenshotsMode(OpenEnum):
    """Whether a run's steps come with pictures: `base64` puts them in as data URIs, `none` leaves them out."""

    BASE64 = "base64"
    NONE = "none"
