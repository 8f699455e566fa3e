"""`client.profiles`: a setup is saved at the end of its block, and cancelled if the block fails."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from plain_server import PlainServer

from tinyfish import (
    Adopt,
    ConflictError,
    NotFoundError,
    ProfileRejectionReason,
    ProfileSignInStatus,
    SDKError,
    UncertainStartError,
)
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

SESSION = {
    "session_id": "br-1",
    "cdp_url": "wss://s.example/cdp",
    "base_url": "https://s.example",
    "timeout_seconds": 900,
    "expires_at": "2026-11-01T09:15:00Z",
}
SAVED = {"domains_updated": ["shop.example"], "cookie_count": 2}


@pytest.fixture
def setups(plain_server: PlainServer) -> PlainServer:
    """A server on which the profile p is set up."""
    base = "/v1/profiles/p"
    plain_server.expect_request(f"{base}/setup-session", method="POST").respond_with_json(SESSION, status=201)
    plain_server.expect_request(f"{base}/save", method="POST").respond_with_json(SAVED)
    plain_server.expect_request(f"{base}/setup-session/cancel").respond_with_json({"cancelled": True})
    return plain_server


def paths(server: PlainServer) -> list[str]:
    return [request.target.removeprefix("/v1/profiles/p/") for request in server.requests]


async def test_the_end_of_the_block_saves(answered: Any, setups: PlainServer) -> None:
    async with await answered.profiles.setup.start("p", url="shop.example", timeout_seconds=900) as session:
        assert (session.session_id, session.profile_id) == ("br-1", "p")
        assert session.expires_at == datetime(2026, 11, 1, 9, 15, tzinfo=UTC)
        assert (session.saved, session.is_over) == (None, False)
    assert session.saved.domains_updated == ["shop.example"]
    assert (session.saved.domains_failed, session.saved.sign_in, session.is_over) == ([], None, True)
    assert paths(setups) == ["setup-session", "save"]
    assert setups.requests[0].json == {"url": "shop.example", "timeout_seconds": 900}
    assert setups.requests[1].json == {"session_id": "br-1"}


async def test_an_error_in_the_block_cancels(answered: Any, setups: PlainServer) -> None:
    with pytest.raises(ZeroDivisionError):
        async with await answered.profiles.setup.start("p"):
            raise ZeroDivisionError
    assert paths(setups) == ["setup-session", "setup-session/cancel"]


async def test_the_blocks_error_counts_even_if_cancelling_fails(
    answered: Any, plain_server: PlainServer
) -> None:
    plain_server.expect_request("/v1/profiles/p/setup-session").respond_with_json(SESSION, status=201)
    plain_server.expect_request("/v1/profiles/p/setup-session/cancel").respond_with_data("", status=500)
    with pytest.raises(ZeroDivisionError):
        async with await answered.profiles.setup.start("p"):
            raise ZeroDivisionError


@pytest.mark.parametrize("how", ["save", "cancel"])
async def test_what_was_done_in_the_block_is_not_done_again(
    answered: Any, setups: PlainServer, how: str
) -> None:
    async with await answered.profiles.setup.start("p") as session:
        await (session.save(signed_in_sites=["shop.example"]) if how == "save" else session.cancel())
    assert paths(setups)[1:] == (["save"] if how == "save" else ["setup-session/cancel"])


async def test_by_ids(answered: Any, setups: PlainServer) -> None:
    result = await answered.profiles.setup.save("p", session_id="br-1", signed_in_sites=["a.example"])
    assert result.cookie_count == 2
    assert setups.requests[0].json == {"session_id": "br-1", "signed_in_sites": ["a.example"]}
    assert (await answered.profiles.setup.cancel("p", session_id="br-1")).cancelled


async def test_all_that_a_save_tells(answered: Any, plain_server: PlainServer) -> None:
    told = {
        **SAVED,
        "domains_skipped": {"cookies_skipped": ["a.example"]},
        "sign_in": {"site": None, "status": "guessed"},
        "user_confirmed_sites": {"rejected": [{"site": "b.example", "reason": "not_saved"}]},
    }
    plain_server.expect_request("/v1/profiles/p/save").respond_with_json(told)
    result = await answered.profiles.setup.save("p", session_id="s")
    assert result.domains_skipped.cookies_skipped == ["a.example"]
    assert result.domains_skipped.blob_too_large == []
    assert result.sign_in.status == "guessed" not in list(ProfileSignInStatus)
    assert result.user_confirmed_sites.recorded == []
    assert result.user_confirmed_sites.rejected[0].reason is ProfileRejectionReason.NOT_SAVED


async def test_a_session_that_has_ended(answered: Any, plain_server: PlainServer) -> None:
    body = {"error": {"code": "CONFLICT", "message": "It has ended"}}
    plain_server.expect_request("/v1/profiles/p/setup-session").respond_with_json(SESSION, status=201)
    plain_server.expect_request("/v1/profiles/p/save").respond_with_json(body, status=409)
    with pytest.raises(ConflictError):
        async with await answered.profiles.setup.start("p"):
            pass


@pytest.mark.parametrize("form", ["profiles", "data", "items", None])
async def test_the_list_is_read_in_any_form(
    answered: Any, plain_server: PlainServer, form: str | None
) -> None:
    entries = [{"id": "p", "name": "Shop", "created_at": "2026-11-01T09:00:00.000Z", "new": 1}]
    document = entries if form is None else {form: entries, "more": 2}
    plain_server.expect_request("/v1/profiles").respond_with_json(document)
    (profile,) = (await answered.profiles.list()).profiles
    assert (profile.id, profile.name, profile.extra_fields) == ("p", "Shop", {"new": 1})


async def test_create_and_list(client: Any) -> None:
    assert (await client.profiles.list()).profiles == []
    profile = await client.profiles.create("Shop", set_as_default=True, proxy_country_code="DE")
    assert (profile.name, profile.proxy_country_code) == ("Shop", "DE")
    assert (await client.profiles.list()).profiles == [profile]
    for call in (client.profiles.setup.save, client.profiles.setup.cancel):
        with pytest.raises(NotFoundError):
            await call("unknown", session_id="s")
    with pytest.raises(ConflictError):
        await client.profiles.setup.save(profile.id, session_id="s")


async def test_a_real_setup(browser: None, new_client: Callable[..., Any], plain_server: PlainServer) -> None:
    plain_server.expect_request("/login").respond_with_data(
        "<title>In</title>", headers={"Set-Cookie": "id=1; Max-Age=999"}, content_type="text/html"
    )
    with Sandbox() as sandbox:
        client = new_client(api_key=sandbox.api_key, base_url=sandbox.url, clock=SYSTEM_CLOCK)
        profile = await client.profiles.create("Shop")
        async with await client.profiles.setup.start(profile.id, url=f"{plain_server.url}/login") as session:
            while not plain_server.requests:
                assert (await client.profiles.list()).profiles
        assert session.saved.cookie_count in (0, 1)
        assert [record.status for record in sandbox.sessions] == ["ended"]
        with pytest.raises(ConflictError):
            await client.profiles.setup.save(profile.id, session_id=session.session_id)
        assert not (await client.profiles.setup.cancel(profile.id, session_id=session.session_id)).cancelled


@pytest.mark.parametrize(("status", "body"), [(502, "<html>"), (201, "{")])
async def test_nothing_is_started_twice(
    starting: Any, plain_server: PlainServer, status: int, body: str
) -> None:
    plain_server.expect_request("/v1/profiles", method="GET").respond_with_json({"profiles": []})
    plain_server.expect_request("/v1/profiles", method="POST").respond_with_data(body, status=status)
    plain_server.expect_request("/v1/profiles/p/setup-session").respond_with_data(body, status=status)
    with pytest.raises(UncertainStartError, match=r"client\.profiles\.list\(\)"):
        await starting.profiles.create("Shop")
    with pytest.raises(UncertainStartError, match="ends by itself"):
        await starting.profiles.setup.start("p")
    assert [request.method for request in plain_server.requests].count("POST") == 2


async def test_a_profile_that_was_created_is_found(starting: Any, plain_server: PlainServer) -> None:
    name, now = f"Shop {uuid.uuid4()}", datetime.now(UTC).isoformat()
    listed = [
        {"id": f"p-{name}", "name": name, "proxy_country_code": None, "created_at": now},
        {"id": "de", "name": name, "proxy_country_code": "DE", "created_at": now},
        {"id": "other", "name": "Other", "created_at": now},
        {"id": "old", "name": name, "created_at": "2026-01-01T00:00:00Z"},
    ]
    plain_server.expect_request("/v1/profiles", method="GET").respond_with_json(listed)
    plain_server.expect_request("/v1/profiles", method="POST").respond_with_data("<html>", status=502)
    profile = await starting.profiles.create(name, adopt=Adopt.WHEN_SINGLE)
    assert profile.id == f"p-{name}"


def test_a_session_of_no_client_says_so() -> None:
    from tinyfish import ProfileSetupSession

    session = ProfileSetupSession.from_dict(SESSION)
    assert json.loads(session.to_json()) == SESSION
    with pytest.raises(SDKError, match="belongs to no client"):
        session.save()
