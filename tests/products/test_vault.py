"""`client.vault`: vaults are connected once, and nobody ever sees their secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from messages import reply
from plain_server import PlainServer
from rawserver import CLOSE, RawServer

import tinyfish
from tinyfish import (
    Adopt,
    APIError,
    AuthenticationError,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    NotFoundError,
    UncertainStartError,
    VaultFieldType,
    VaultProvider,
)
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

TOKEN, CLIENT, SECRET, PASSWORD = "ops_t0ken", "user.77", "s3cret-of-it", "pass word"
BITWARDEN = {"client_id": CLIENT, "client_secret": SECRET, "master_password": PASSWORD}
SECRETS = (TOKEN, CLIENT, SECRET, PASSWORD)
OURS = Path(tinyfish.__file__).parent


async def test_connect_list_sync_disconnect(client: Any, sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        await client.vault.items.list()
    first = await client.vault.connections.connect_1password(token=TOKEN)
    assert (first.connected, first.provider) == (True, VaultProvider.ONE_PASSWORD)
    second = await client.vault.connections.connect_bitwarden(**BITWARDEN, server_url="https://v.example")
    connections = (await client.vault.connections.list()).connections
    assert [c.provider for c in connections] == ["1password", "bitwarden"]
    assert connections[0].connection_status == "connected"
    assert isinstance(connections[0].last_validated_at, datetime)
    items = (await client.vault.items.list()).items
    assert items[:2] == first.items
    assert items[0].field_metadata[1].type is VaultFieldType.CONCEALED
    assert (items[0].vault_name, items[0].has_totp, items[0].domains) == ("Sandbox", False, ["shop.example"])
    synced = await client.vault.items.sync()
    assert (synced.sync_summary.added, synced.sync_summary.removed) == (0, 0)
    gone = await client.vault.connections.disconnect(second.connection_id)
    assert (gone.disconnected, gone.connection_id) == (True, second.connection_id)
    assert len((await client.vault.connections.list()).connections) == 1
    shown = repr(sandbox.requests)
    assert not [secret for secret in SECRETS if secret in shown]


async def test_what_is_absent_is_empty(answered: Any, plain_server: PlainServer) -> None:
    body = {"connectionId": "c", "connected": True, "provider": "keepass"}
    plain_server.expect_request("/v1/vault/connections").respond_with_json(body)
    connected = await answered.vault.connections.connect_1password(token=TOKEN)
    assert (connected.items, connected.provider) == ([], "keepass")


async def test_what_is_sent(answered: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/v1/vault/connections").respond_with_json({"connectionId": "c"})
    await answered.vault.connections.connect_bitwarden(**BITWARDEN, server_url="https://v.example")
    await answered.vault.connections.connect_1password(token=TOKEN)
    assert [request.json for request in plain_server.requests] == [
        {
            "provider": "bitwarden",
            "clientId": CLIENT,
            "clientSecret": SECRET,
            "masterPassword": PASSWORD,
            "serverUrl": "https://v.example",
        },
        {"provider": "1password", "token": TOKEN},
    ]


async def test_a_vault_that_does_not_open(client: Any) -> None:
    with pytest.raises(AuthenticationError):
        await client.vault.connections.connect_1password(token="refused")


def everything_about(failure: BaseException) -> str:
    """Whatever a person, a log or an error tracker gets to see of an error, with the locals of our frames."""
    shown: list[str] = []
    seen: set[int] = set()
    queue: list[BaseException | None] = [failure]
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        shown += [str(one), repr(one), repr(vars(one))]
        for frame, line in traceback.walk_tb(one.__traceback__):
            if OURS in Path(frame.f_code.co_filename).parents:
                summary = traceback.StackSummary.extract(iter([(frame, line)]), capture_locals=True)[0]
                shown.append(f"{frame.f_code.co_qualname}: {summary.locals}")
        request, response = getattr(one, "request", None), getattr(one, "response", None)
        if request is not None:
            shown += [repr(request.content), repr(request.headers.raw)]
        if response is not None:
            shown += [repr(response.content), repr(response.request.content), repr(response.headers.raw)]
        queue += [one.__cause__, one.__context__, getattr(one, "look_error", None)]
    shown.append("".join(traceback.format_exception(failure)))
    return "\n".join(shown)


ECHO = f'{{"error": {{"code": "X", "message": "{TOKEN} {SECRET}", "details": {{"sent": "{PASSWORD} {CLIENT}"}}}}}}'


@pytest.mark.parametrize(
    "answer",
    [
        reply(401, ECHO, "application/json"),
        reply(500, ECHO, "application/json"),
        reply(502, f"<html>{TOKEN} {SECRET} {PASSWORD} {CLIENT}", "text/html"),
        reply(200, f'{{"connection": "{TOKEN}{SECRET}{PASSWORD}{CLIENT}"', "application/json"),
        [CLOSE],
    ],
    ids=["401", "500", "502", "broken", "cut"],
)
@pytest.mark.parametrize("provider", ["1password", "bitwarden"])
async def test_no_error_shows_a_secret(
    provider: str,
    answer: Any,
    new_client: Callable[..., Any],
    raw_server: RawServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    raw_server.route = lambda request: answer if request.method == "POST" else reply(200, {"connections": []})
    connections = new_client(max_retries=1).vault.connections
    given = {"token": TOKEN} if provider == "1password" else BITWARDEN
    with pytest.raises(APIError) as caught:
        await getattr(connections, f"connect_{provider}")(**given)
    shown = everything_about(caught.value) + caplog.text + repr(copy.copy(caught.value))
    used = (TOKEN,) if provider == "1password" else (CLIENT, SECRET, PASSWORD)
    assert "start_product" in shown  # our frames were looked at
    assert not [secret for secret in used if secret in shown]
    assert not [secret for secret in used if secret.encode() in pickle.dumps(caught.value)]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"client_id": ""}, InvalidArgumentError, "client_id must be a non-empty string"),
        ({"client_secret": None}, InvalidArgumentTypeError, "client_secret must be a string"),
        ({"master_password": 5}, InvalidArgumentTypeError, "master_password must be a string"),
        ({"server_url": "http://v.example"}, InvalidArgumentError, "server_url must be an https URL"),
    ],
)
async def test_a_refused_argument_shows_no_secret(
    answered: Any, plain_server: PlainServer, wrong: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        await answered.vault.connections.connect_bitwarden(**{**BITWARDEN, **wrong})
    shown = everything_about(caught.value)
    left = [value for name, value in BITWARDEN.items() if name not in wrong]
    assert not [secret for secret in left if secret in shown]
    assert plain_server.requests == []


async def test_a_connection_is_not_made_twice(starting: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/v1/vault/connections", method="POST").respond_with_data(
        "<html>", status=502
    )
    plain_server.expect_request("/v1/vault/connections", method="GET").respond_with_json({"connections": []})
    with pytest.raises(UncertainStartError, match=r"check client\.vault\.connections\.list\(\)"):
        await starting.vault.connections.connect_1password(token=TOKEN)
    assert [request.method for request in plain_server.requests].count("POST") == 1


async def test_a_connection_that_was_made_is_found(
    starting: Any, new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    from tinyfish._core.clock import SYSTEM_CLOCK

    made = {"id": f"conn-{id(starting)}-{sys.maxsize}", "provider": "1password"}
    now = datetime.now(UTC).isoformat()
    listed = [
        {**made, "lastValidatedAt": now},
        {"id": "other", "provider": "bitwarden", "lastValidatedAt": now},
        {"id": "old", "provider": "1password", "lastValidatedAt": "2026-01-01T00:00:00Z"},
        {"id": "never", "provider": "1password", "lastValidatedAt": None},
    ]
    plain_server.expect_request("/v1/vault/connections", method="POST").respond_with_data(
        "<html>", status=502
    )
    plain_server.expect_request("/v1/vault/connections", method="GET").respond_with_json(
        {"connections": listed}
    )
    client = new_client(clock=SYSTEM_CLOCK, adopt=Adopt.WHEN_SINGLE)
    connected = await client.vault.connections.connect_1password(token=TOKEN)
    assert (connected.connection_id, connected.connected) == (made["id"], True)
    assert [request.method for request in plain_server.requests].count("POST") == 1
