# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.profile import Profile
    from ...models.profile_create_request import ProfileCreateRequest


def create_profile(
    *,
    body: ProfileCreateRequest,
) -> Request[Profile]:
    """Create a browser profile.

    Sending this again creates another profile, whose setup may be billed again. Creates an empty profile:
    set it up with `startProfileSetup`, then runs can start from it with `use_profile` and `profile_id`.
    """
    return Request(
        operation_id="createProfile",
        tag="profiles",
        safe_to_repeat=False,
        method="POST",
        path="/v1/profiles",
        body=body.to_dict(),
        decode=models.Profile.decode_document,
    )
