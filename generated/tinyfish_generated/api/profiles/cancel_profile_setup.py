# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.profile_setup_cancel_request import ProfileSetupCancelRequest
    from ...models.profile_setup_cancelled import ProfileSetupCancelled


def cancel_profile_setup(
    profile_id: str,
    *,
    body: ProfileSetupCancelRequest,
) -> Request[ProfileSetupCancelled]:
    """Drop what was done in a setup session.

    Ends the session, and saves nothing.

    Args:
        profile_id: The profile's id.
    """
    return Request(
        operation_id="cancelProfileSetup",
        tag="profiles",
        safe_to_repeat=True,
        method="POST",
        path=f"/v1/profiles/{encode_segment(profile_id)}/setup-session/cancel",
        body=body.to_dict(),
        decode=models.ProfileSetupCancelled.decode_document,
    )
