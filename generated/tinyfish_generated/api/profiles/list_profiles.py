# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.profile_list_response import ProfileListResponse


def list_profiles() -> Request[ProfileListResponse]:
    """List the browser profiles.

    Lists the account's profiles. TinyFish mentions the list, and does not document its form: expect it
    under another name, such as `data`, or as a plain array.
    """
    return Request(
        operation_id="listProfiles",
        tag="profiles",
        safe_to_repeat=True,
        method="GET",
        path="/v1/profiles",
        decode=models.ProfileListResponse.decode_document,
    )
