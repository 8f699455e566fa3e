# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.profile_setup_request import ProfileSetupRequest
    from ...models.profile_setup_session import ProfileSetupSession


def start_profile_setup(
    profile_id: str,
    *,
    body: ProfileSetupRequest,
) -> Request[ProfileSetupSession]:
    """Open a browser to set a profile up.

    Sending this again may open, and bill, another browser session. Opens a browser with the profile: sign
    in to sites with it over the Chrome DevTools Protocol, or let a person do it, then save it with
    `saveProfileSetup`, or drop what was done with `cancelProfileSetup`. It ends by itself at its time
    limit, and nothing is saved.

    Args:
        profile_id: The profile's id.
    """
    return Request(
        operation_id="startProfileSetup",
        tag="profiles",
        safe_to_repeat=False,
        method="POST",
        path=f"/v1/profiles/{encode_segment(profile_id)}/setup-session",
        body=body.to_dict(),
        decode=models.ProfileSetupSession.decode_document,
    )
