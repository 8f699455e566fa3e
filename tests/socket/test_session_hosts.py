"""The host of a session, which the server chooses, gets nothing that is meant for the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from messages import reply
from plain_server import PlainServer

from tinyfish import SDKError

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def _host() -> Iterator[PlainServer]:
    with PlainServer() as running:
        yield running


@pytest.fixture
def host(_host: PlainServer) -> PlainServer:
    _host.clear()
    _host.route = lambda _: reply(
        200, [{"url": "https://e.example", "devtoolsFrontendUrl": "https://d.example"}]
    )
    return _host


def _session(base_url: str) -> dict[str, str]:
    return {"session_id": "s1", "cdp_url": "wss://s.example/cdp", "base_url": base_url}


GIVEN = {
    "headers": {"X-Team": "blue", "Authorization": "Bearer sesame"},
    "cookies": {"login": "sesame"},
    "params": {"tenant": "sesame"},
    "auth": ("user", "sesame"),
}


@pytest.mark.parametrize("method", ["pages", "inspector_url"])
@pytest.mark.parametrize("own", [True, False])
async def test_it_gets_no_headers_cookies_or_login(
    own: bool,
    method: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
    host: PlainServer,
) -> None:
    options = {} if own else {"http_client": new_http_client(**GIVEN)}
    client = new_client(default_headers={"X-Default": "sesame"}, **options)
    plain_server.script(reply(201, _session(host.url)))
    session = await client.browser.sessions.create()
    await getattr(session, method)()
    (request,) = host.requests
    assert {name.lower() for name, _ in request.headers} == {
        "accept",
        "accept-encoding",
        "host",
        "user-agent",
    }
    assert request.query == {}
    assert plain_server.requests[0].header("X-Default") == "sesame"


@pytest.mark.parametrize("method", ["pages", "inspector_url"])
@pytest.mark.parametrize(
    "base_url", ["http://s.example", "HTTP://s.example", "https://u:p@s.example", "https://a..b"]
)
async def test_it_is_called_by_https(
    base_url: str,
    method: str,
    new_client: Callable[..., Any],
    plain_server: PlainServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = new_client()
    plain_server.script(reply(201, _session(base_url)))
    session = await client.browser.sessions.create()
    # As if the API itself had been called by https.
    config = getattr(session, "_target", session)._executor.config
    monkeypatch.setattr(type(config), "base_url", None)
    with pytest.raises(SDKError, match="must be an https URL"):
        await getattr(session, method)()
    assert len(plain_server.requests) == 1
