# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.profile_save_request import ProfileSaveRequest
    from ...models.profile_save_result import ProfileSaveResult


def save_profile_setup(
    profile_id: str,
    *,
    body: ProfileSaveRequest,
) -> Request[ProfileSaveResult]:
    """Save what was done in a setup session.

    Stores the session's cookies and its storage in the profile, and ends the session. After the session
    has ended this is refused with 409.

    Args:
        profile_id: The profile's id.
    """
    return Request(
        operation_id="saveProfileSetup",
        tag="profiles",
        safe_to_repeat=True,
        method="POST",
        path=f"/v1/profiles/{encode_segment(profile_id)}/save",
        body=body.to_dict(),
        decode=models.ProfileSaveResult.decode_document,
    )
