"""The checked requests for browser profiles and their setup. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import tinyfish_generated.models as generated
from tinyfish_generated import rules
from tinyfish_generated.api import profiles as operations
from tinyfish_generated.models import (
    Profile,
    ProfileCreateRequest,
    ProfileSaveRequest,
    ProfileSaveResult,
    ProfileSetupCancelled,
    ProfileSetupCancelRequest,
    ProfileSetupRequest,
)
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.contract_checks import checked, checks_of, text_of
from tinyfish._core.recovery.listing import Listing, ProductStart, Unlisted
from tinyfish.models.profiles import ProfileListResponse

_CREATE_CHECKS: Final = checks_of(
    rules.PROFILE_CREATE_REQUEST,
    proxy_country_code=text_of(
        rules.PROFILE_CREATE_REQUEST["proxy_country_code"],
        expected="a country code of two capital letters, such as 'US'",
    ),
)
_SETUP_CHECKS: Final = checks_of(rules.PROFILE_SETUP_REQUEST, url=checks.page_address)
_SAVE_CHECKS: Final = checks_of(rules.PROFILE_SAVE_REQUEST, session_id=checks.run_id)


def create_request(
    name: str, set_as_default: bool | None, proxy_country_code: str | None
) -> Request[Profile]:
    """The request that creates a profile."""
    given = {"set_as_default": set_as_default, "proxy_country_code": proxy_country_code}
    body = {"name": _CREATE_CHECKS["name"]("name", name), **checked(_CREATE_CHECKS, given)}
    return operations.create_profile(body=ProfileCreateRequest.from_dict(body))


def list_request() -> Request[ProfileListResponse]:
    """The request for all profiles."""
    return operations.list_profiles().into(ProfileListResponse)


def setup_request(
    profile_id: str, url: str | None, timeout_seconds: int | None
) -> Request[generated.ProfileSetupSession]:
    """The request that opens a setup session."""
    body = checked(_SETUP_CHECKS, {"url": url, "timeout_seconds": timeout_seconds})
    return operations.start_profile_setup(_id(profile_id), body=ProfileSetupRequest.from_dict(body))


def save_request(
    profile_id: str, session_id: str, signed_in_sites: Iterable[str] | None
) -> Request[ProfileSaveResult]:
    """The request that saves a setup session."""
    body: dict[str, Any] = {"session_id": _SAVE_CHECKS["session_id"]("session_id", session_id)}
    body |= checked(_SAVE_CHECKS, {"signed_in_sites": signed_in_sites})
    return operations.save_profile_setup(_id(profile_id), body=ProfileSaveRequest.from_dict(body))


def cancel_request(profile_id: str, session_id: str) -> Request[ProfileSetupCancelled]:
    """The request that drops a setup session."""
    body = {"session_id": _SAVE_CHECKS["session_id"]("session_id", session_id)}
    return operations.cancel_profile_setup(_id(profile_id), body=ProfileSetupCancelRequest.from_dict(body))


def creation(request: Request[Profile]) -> ProductStart[Profile]:
    """How to find the profile that an unanswered creation has made."""
    body = request.body or {}
    key = f"profile {json.dumps(body, sort_keys=True)}"

    def fits(profile: Profile) -> bool:
        return profile.name == body["name"] and profile.proxy_country_code == body.get("proxy_country_code")

    return ProductStart(
        key=key,
        listing=Listing[ProfileListResponse, Profile](
            noun="profile",
            content="name and country",
            call="client.profiles.list()",
            request=lambda _: list_request(),
            entries=lambda page: page.profiles,
            id_of=lambda profile: profile.id,
            key_of=lambda profile: key if fits(profile) else None,
            created=lambda profile: profile.created_at,
        ),
        ids_in=lambda profile: (profile.id,),
    )


def opening(profile_id: str) -> ProductStart[generated.ProfileSetupSession]:
    """How to treat an unanswered opening of a setup session: they aren't listed."""
    return ProductStart(
        key=f"setup {profile_id}",
        listing=Unlisted(
            noun="setup session",
            advice="the API doesn't list setup sessions. One that nobody uses ends by itself at its time limit.",
        ),
    )


def _id(profile_id: object) -> str:
    return checks.run_id("profile_id", profile_id)
