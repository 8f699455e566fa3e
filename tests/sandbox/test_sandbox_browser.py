"""Browser sessions: real Chromium processes, driven through the sandbox."""
# ruff: noqa: ASYNC210, ASYNC212 - the sandbox runs in another thread, and nothing else waits for this loop

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest

from tinyfish.sandbox import Sandbox

pytestmark = [pytest.mark.usefixtures("browser"), pytest.mark.backend("asyncio")]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def create(api: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = api.post("/v1/browser", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def first_page(session: dict[str, Any], past: tuple[str, ...] = ()) -> dict[str, Any]:
    """The session's page, once its address is none of `past`."""
    while True:
        page = httpx.get(f"{session['base_url']}/pages").json()[0]
        if page["url"] not in past:
            return dict(page)


class Tab:
    """One CDP connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._last = 0

    async def send(self, method: str, **params: Any) -> Any:
        self._last += 1
        await self.socket.send_json({"id": self._last, "method": method, "params": params})
        async for message in self.socket:
            answer = json.loads(message.data)
            if answer.get("id") == self._last:
                return answer["result"]
        raise ConnectionError("closed")


@asynccontextmanager
async def connected(url: str, **options: Any) -> Any:
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0, **options) as socket:
        yield Tab(socket)


@pytest.mark.anyio
async def test_a_session_is_driven_over_cdp(api: httpx.Client, pages: Any) -> None:
    session = create(api, url=pages.page("/", "<title>Shop</title>"))
    assert session["session_id"].startswith("br-")
    page = first_page(session, past=("", "about:blank"))
    assert page["url"] == pages.url + "/"
    async with connected(page["webSocketDebuggerUrl"]) as tab:
        # The answer to the creation does not wait for the page, so it may still be on its way.
        while (await tab.send("Runtime.evaluate", expression="document.title"))["result"]["value"] != "Shop":
            pass
    async with connected(session["cdp_url"]) as whole:
        assert (await whole.send("Browser.getVersion"))["protocolVersion"]


def test_a_session_starts_blank_and_is_there_before_its_page(api: httpx.Client, pages: Any) -> None:
    assert first_page(create(api))["url"] in {"", "about:blank"}
    # This one is answered while its page is held back.
    create(api, url=pages.held())
    pages.wait_for("/held")


def test_bare_domains_get_https(api: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        create(api, url=f"127.0.0.1:{server.getsockname()[1]}/x?y")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b"\x16", "the first byte of a TLS handshake"


@pytest.mark.parametrize(
    "url", ["", "not a url", "file:///etc/hostname", "javascript:alert(1)", "http://a:b/", "https://"]
)
def test_a_url_that_is_none_is_refused(api: httpx.Client, url: str) -> None:
    answer = api.post("/v1/browser", json={"url": url})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["path"] == ["url"]
    assert api.get("/v1/browser/usage").json()["total"] == 0


@pytest.mark.anyio
async def test_messages_have_no_size_limit(api: httpx.Client) -> None:
    async with connected(first_page(create(api))["webSocketDebuggerUrl"]) as tab:
        size = 12_000_000
        text = "'" + "y" * size + "'"
        answer = await tab.send("Runtime.evaluate", expression=f"{text} + 'x'.repeat({size})")
        assert len(answer["result"]["value"]) == 2 * size


@pytest.mark.anyio
async def test_sessions_share_nothing(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>x</title>")
    texts = []
    for name in ("first", "second"):
        page = first_page(create(api, url=url), past=("", "about:blank"))
        async with connected(page["webSocketDebuggerUrl"]) as tab:
            await tab.send(
                "Runtime.evaluate", expression=f"document.cookie += '{name}=1'; localStorage.{name} = 1"
            )
            answer = await tab.send(
                "Runtime.evaluate",
                expression="document.cookie + Object.keys(localStorage)",
                returnByValue=True,
            )
            texts.append(answer["result"]["value"])
    assert texts == ["first=1first", "second=1second"]


@pytest.mark.anyio
async def test_other_origins_may_not_drive_a_browser(sandbox: Sandbox, api: httpx.Client) -> None:
    session = create(api)
    page = first_page(session)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        for url in (session["cdp_url"], page["webSocketDebuggerUrl"]):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with connected(url, origin=origin):
                    pass
            assert refused.value.status == 403
        for path in ("/pages", "/devtools/inspector.html"):
            answer = httpx.get(session["base_url"] + path, headers={"Origin": origin})
            assert answer.status_code == 403
            assert answer.json()["error"]["code"] == "FORBIDDEN"
    async with connected(session["cdp_url"], origin=sandbox.url) as whole:
        assert await whole.send("Browser.getVersion")


@pytest.mark.anyio
async def test_a_delete_ends_it_at_once(sandbox: Sandbox, api: httpx.Client) -> None:
    session = create(api)
    async with connected(session["cdp_url"]) as whole:
        assert api.delete(f"/v1/browser/{session['session_id']}").status_code == 204
        assert (await whole.socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    assert api.delete(f"/v1/browser/{session['session_id']}").status_code == 204
    assert httpx.get(session["base_url"] + "/pages").status_code == 404
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with connected(session["cdp_url"]):
            pass
    assert api.delete("/v1/browser/br-unknown").status_code == 404
    assert [record.ended_by for record in sandbox.sessions] == ["delete"]


@pytest.mark.anyio
async def test_a_browser_that_closes_itself_has_ended(sandbox: Sandbox, api: httpx.Client) -> None:
    session = create(api)
    async with connected(session["cdp_url"]) as whole:
        await whole.send("Browser.close")
        await whole.socket.receive()
    while api.get("/v1/browser/usage", params={"status": "running"}).json()["total"]:
        pass
    assert sandbox.sessions[0].ended_by == "browser"
    assert api.delete(f"/v1/browser/{session['session_id']}").status_code == 204


@pytest.mark.anyio
async def test_a_session_without_commands_ends_and_pings_are_none() -> None:
    with (
        Sandbox(max_session_seconds=1) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        session = create(api, timeout_seconds=60)
        async with connected(session["cdp_url"], autoping=False) as whole:
            # Commands keep it for longer than its time.
            clock = asyncio.get_running_loop().time
            until = clock() + 1.5
            while clock() < until:
                await whole.send("Browser.getVersion")
            assert sandbox.sessions[0].status == "running"
            while True:
                await whole.socket.ping()
                if (await whole.socket.receive()).type is not aiohttp.WSMsgType.PONG:
                    break
        assert sandbox.sessions[0].ended_by == "inactivity"


def test_no_more_sessions_are_open_than_may_be() -> None:
    with (
        Sandbox(max_sessions=1) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        session = create(api)
        refused = api.post("/v1/browser")
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
        api.delete(f"/v1/browser/{session['session_id']}")
        create(api)


def test_a_proxy_that_wants_a_login_is_refused(api: httpx.Client) -> None:
    proxy = {"type": "custom", "url": "http://127.0.0.1:1", "username": "ann", "password": "hidden"}
    refused = api.post("/v1/browser", json={"proxy_config": proxy})
    assert refused.status_code == 403
    assert "log in" in refused.json()["error"]["message"]


def test_usage_is_kept_and_listed(api: httpx.Client) -> None:
    ids = [create(api)["session_id"] for _ in range(3)]
    api.delete(f"/v1/browser/{ids[0]}")

    def listed(**query: Any) -> list[str]:
        return [item["session_id"] for item in api.get("/v1/browser/usage", params=query).json()["items"]]

    assert listed() == ids[::-1]
    assert listed(status="running") == ids[:0:-1]
    assert listed(status="ended") == ids[:1]
    assert listed(session_id=ids[1]) == [ids[1]]
    ended = api.get("/v1/browser/usage", params={"status": "ended"}).json()["items"][0]
    assert ended["duration_ms"] >= 0
    assert listed(end_before=ended["end_time"]) == ids[:1]
    assert listed(start_after="2999-01-01T00:00:00Z") == []
    page = api.get("/v1/browser/usage", params={"limit": 2, "page": 2}).json()
    assert [item["session_id"] for item in page["items"]] == [ids[0]]
    assert (page["total"], page["total_pages"], page["has_more"]) == (3, 2, False)


def test_a_reset_ends_sessions(sandbox: Sandbox, api: httpx.Client) -> None:
    session = create(api)
    sandbox.reset()
    assert sandbox.sessions == []
    assert httpx.get(session["base_url"] + "/pages").status_code == 404


def test_a_reset_ends_sessions_that_are_just_being_created() -> None:
    with Sandbox(session_latency=0.3) as sandbox:
        answers: list[httpx.Response] = []

        def call() -> None:
            headers = {"X-API-Key": sandbox.api_key}
            answers.append(httpx.post(f"{sandbox.url}/v1/browser", headers=headers, timeout=30))

        creation = threading.Thread(target=call)
        creation.start()
        while not sandbox.requests:
            pass
        sandbox.reset()
        creation.join()
        assert answers[0].status_code == 502
        assert sandbox.sessions == []


def test_a_creation_may_take_its_time(pages: Any) -> None:
    with (
        Sandbox(session_latency=0.5) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        assert api.post("/v1/browser").elapsed.total_seconds() >= 0.5


def test_the_inspector_of_a_page_works_without_a_network(
    sandbox: Sandbox, api: httpx.Client, pages: Any, own_browser: Any
) -> None:
    session = create(api, url=pages.page("/", "<title>x</title><h1 id=wanted>Look here</h1>"))
    page = first_page(session, past=("", "about:blank"))
    inspector = own_browser.new_page()
    asked: list[str] = []
    inspector.on("request", lambda request: asked.append(request.url))
    inspector.goto(page["devtoolsFrontendUrl"])
    inspector.get_by_text("Look here").wait_for()
    assert {httpx.URL(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        httpx.URL(sandbox.url).netloc
    }
