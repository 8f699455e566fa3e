"""A sandbox on a shared machine: its key, its files, and what its browsers can open."""

import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser.local_files import refusal


def test_every_sandbox_has_a_key_of_its_own() -> None:
    keys = {Sandbox().api_key for _ in range(5)}
    assert len(keys) == 5
    assert min(map(len, keys)) >= 32
    assert Sandbox(api_key="mine").api_key == "mine"


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="api_key must not be empty"):
        Sandbox(api_key="")


@pytest.mark.parametrize("exists", [False, True])
def test_the_database_is_for_its_owner_only(tmp_path: Path, exists: bool) -> None:
    file = tmp_path / "runs.db"
    if exists:
        file.touch(0o644)
    with Sandbox(chromium=False, database=str(file)):
        assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/automation/run"),
        ("GET", "/v1/runs"),
        ("OPTIONS", "/v1/runs"),
        ("GET", "/openapi.json"),
        ("GET", "/_sandbox"),
        ("POST", "/_sandbox/reset"),
        ("GET", "/live/x"),
        ("GET", "/live/x/events"),
        ("GET", "/sessions/x/pages"),
        ("GET", "/sessions/x/devtools/inspector.html"),
        ("GET", "/nothing"),
    ],
)
def test_pages_of_other_origins_are_refused(
    sandbox: Sandbox, api: httpx.Client, method: str, path: str, origin: str
) -> None:
    answer = api.request(method, path, headers={"Origin": origin})
    assert answer.status_code == 403
    assert origin in answer.json()["error"]["message"]
    assert "access-control-allow-origin" not in answer.headers


def test_its_own_origin_is_let_in(sandbox: Sandbox, api: httpx.Client) -> None:
    assert api.get("/v1/runs", headers={"Origin": sandbox.url}).status_code == 200


def command(method: str, **parameters: Any) -> str:
    return json.dumps({"id": 7, "sessionId": "s", "method": method, "params": parameters})


@pytest.mark.parametrize(
    "text",
    [
        command("Page.navigate", url="file:///etc/hostname"),
        command("Page.navigate", url="FILE:///etc/hostname"),
        command("Page.navigate", url=" \n\tfi\rle:///etc/hostname"),
        command("Page.navigate", url="file:/etc/hostname"),
        command("Page.navigate", url="file:\\\\host\\share"),
        command("Page.navigate", url="view-source:file:///etc/hostname"),
        command("Page.navigate", url="filesystem:file:///x"),
        command("Target.createTarget", url="file:///"),
        command("Network.loadNetworkResource", url="file:///etc/hostname", options={}),
        command("Fetch.continueRequest", requestId="1", url="file:///etc/hostname"),
        command("Some.future", options={"list": [{"url": "file:///"}]}),
        command("Target.sendMessageToTarget", message=command("Page.navigate", url="file:///")),
        command("DOM.setFileInputFiles", files=["/etc/hostname"]),
        command("Extensions.loadUnpacked", path="/"),
        command("Target.exposeDevToolsProtocol", targetId="t"),
        command("Page.navigate", url="file:///x").replace("file", "\\u0066ile"),
    ],
)
def test_commands_that_reach_for_files_are_answered_with_an_error(text: str) -> None:
    answer = refusal(text)
    assert answer is not None
    told = json.loads(answer)
    assert (told["id"], told["sessionId"]) == (7, "s")
    assert "files" in told["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        command("Page.navigate", url="https://example.com/?next=file:///x"),
        command("Page.navigate", url="about:blank"),
        command("Debugger.setBreakpointByUrl", url="/app.js"),
        command("Runtime.evaluate", expression="'file:///etc/hostname'"),
        command("Target.sendMessageToTarget", message=command("Page.navigate", url="https://a.example")),
        command("Page.navigate", url="http://[oops"),
        "no JSON",
        "[]",
        json.dumps({"id": 1, "method": "Page.enable"}),
    ],
)
def test_other_commands_are_let_through(text: str) -> None:
    assert refusal(text) is None


def test_a_session_shows_no_file_of_this_machine(browser: None, tmp_path: Path) -> None:
    from playwright.sync_api import Error, sync_playwright

    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    with Sandbox() as sandbox, sync_playwright() as playwright:
        client = TinyFish(api_key=sandbox.api_key, base_url=sandbox.url)
        with client, client.browser.sessions.create() as session:
            page = playwright.chromium.connect_over_cdp(session.cdp_url).contexts[0].pages[0]
            for url in (secret.as_uri(), f"view-source:{secret.as_uri()}"):
                with pytest.raises(Error, match="can't access the files"):
                    page.goto(url)
            page.evaluate("url => { location.href = url }", secret.as_uri())
            page.set_content("<input type=file>")
            assert "the secret" not in page.content()
            # What a remote browser can do works: an upload of a file that the program itself has read.
            page.set_input_files("input", str(secret))
            assert page.evaluate("document.querySelector('input').files[0].text()") == "the secret"
