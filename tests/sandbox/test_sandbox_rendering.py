"""The agent in Chromium: pages as users see them, and the live view."""

import base64
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from werkzeug import Request, Response

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import tab

pytestmark = [pytest.mark.usefixtures("browser"), pytest.mark.backend("asyncio")]

JPEG = b"\xff\xd8\xff"


@pytest.fixture(scope="module")
def whole_module(browser: None) -> Iterator[Sandbox]:
    with Sandbox(page_timeout=10) as running:
        yield running


@pytest.fixture
def sandbox(whole_module: Sandbox) -> Sandbox:
    whole_module.reset()
    return whole_module


def run(api: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    return dict(api.post("/v1/automation/run", json={"url": url, "goal": "g", **more}).json())


def steps(api: httpx.Client, run_id: str, **query: str) -> list[dict[str, Any]]:
    return list(api.get(f"/v1/runs/{run_id}", params=query).json()["steps"])


def test_what_scripts_write_is_read(api: httpx.Client, pages: Any) -> None:
    pages.answer("/data", 200, '["From the server"]', Content_Type="application/json")
    answer = pages.answers["/data"]

    def late(request: Request) -> Response:
        pages.released.wait(0.5)
        return answer(request)

    pages.answers["/data"] = late
    url = pages.page(
        "/",
        """<title>Before</title><script>
        document.title = "After"
        addEventListener("load", () => fetch("/data").then(a => a.json()).then(names => setTimeout(() => {
            document.body.innerHTML = names.map(name => `<h1>${name}</h1>`).join("")
        }, 10)))
        </script>""",
    )
    found = run(api, url)["result"]
    assert found["title"] == "After"
    assert found["headings"] == [{"level": 1, "text": "From the server"}]


def test_what_comes_into_sight_is_read(api: httpx.Client, pages: Any) -> None:
    url = pages.page(
        "/",
        """<title>Long</title><div style="height: 5000px"></div><div id=end></div><script>
        new IntersectionObserver(seen => {
            if (seen[0].isIntersecting) seen[0].target.innerHTML = "<h2>Far down</h2>"
        }).observe(document.getElementById("end"))
        </script>""",
    )
    done = run(api, url)
    assert done["result"]["headings"] == [{"level": 2, "text": "Far down"}]
    assert "Scrolled to the end of the page" in [step["action"] for step in steps(api, done["run_id"])]


def test_a_dialog_stops_nothing(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<script>document.title = confirm('Really?') ? 'Yes' : 'No'</script>")
    assert run(api, url)["result"]["title"] == "Yes"


def test_a_page_that_never_comes_to_rest_is_read_all_the_same(
    api: httpx.Client, pages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab, "_MAX_SETTLING", 0.1)
    pages.held("/never")
    url = pages.page("/", "<title>Busy</title><script>fetch('/never')</script>")
    assert run(api, url)["result"]["title"] == "Busy"


def test_a_picture_that_does_not_come_stops_nothing(
    api: httpx.Client, pages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab, "_MAX_LOADING", 0.1)
    monkeypatch.setattr(tab, "_MAX_SETTLING", 0.1)
    pages.held("/picture.png")
    assert (
        run(api, pages.page("/", "<title>There</title><img src=picture.png>"))["result"]["title"] == "There"
    )


def test_a_page_that_does_not_come_fails(pages: Any) -> None:
    with (
        Sandbox(page_timeout=0.3) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        error = run(api, pages.held())["error"]
    assert error["code"] == "TIMEOUT"


def test_runs_share_no_cookies(api: httpx.Client, pages: Any) -> None:
    url = pages.page(
        "/", "<script>document.title = document.cookie || 'none'; document.cookie = 'a=1'</script>"
    )
    assert [run(api, url)["result"]["title"] for _ in range(2)] == ["none", "none"]


def test_steps_have_screenshots_when_they_are_asked_for(api: httpx.Client, pages: Any) -> None:
    run_id = run(api, pages.page("/", "<title>x</title>"))["run_id"]
    assert {step["screenshot"] for step in steps(api, run_id)} == {None}
    opened = steps(api, run_id, screenshots="base64")[0]["screenshot"]
    kind, picture = opened.split(",")
    assert kind == "data:image/jpeg;base64"
    assert base64.b64decode(picture).startswith(JPEG)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the browser's process in /proc")
def test_a_browser_that_dies_is_replaced(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>x</title>")
    assert run(api, url)["status"] == "COMPLETED"
    killed = [pid for pid in processes() if is_own_browser(pid)]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert killed
    # The first may find out that the browser is gone.
    assert [run(api, url)["status"] for _ in range(2)][-1] == "COMPLETED"


def processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def is_own_browser(pid: int) -> bool:
    """Whether this is a browser whose guardian was started by this process."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
        return (
            "--user-data-dir" in command and "--type=" not in command and parent(parent(pid)) == os.getpid()
        )
    except OSError:
        return False


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.anyio
async def test_a_run_can_be_watched(sandbox: Sandbox, pages: Any) -> None:
    pages.held("/more")
    url = pages.page("/", "<title>x</title><h1>Watch me</h1><script src='/more'></script>")
    async with aiohttp.ClientSession(sandbox.url, headers={"X-API-Key": sandbox.api_key}) as http:
        async with http.post("/v1/automation/run-async", json={"url": url, "goal": "g"}) as answer:
            run_id = (await answer.json())["run_id"]
        async with http.ws_connect(f"/live/{run_id}/screen") as screen:
            assert (await screen.receive_bytes()).startswith(JPEG)
            pages.released.set()
            async for picture in screen:
                assert picture.data.startswith(JPEG)
        run = {"status": "RUNNING"}
        while run["status"] == "RUNNING":
            async with http.get(f"/v1/runs/{run_id}") as answer:
                run = await answer.json()
        assert run["status"] == "COMPLETED"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"/live/{run_id}/screen", origin="https://evil.example")
        assert refused.value.status == 403


# The page's policy forbids eval, with which wait_for_function looks again and again.
SCREEN_IS_SHOWN = """() => {
    const screen = document.querySelector("#screen");
    return screen.naturalWidth || new Promise((shown) => screen.addEventListener("load", shown, { once: true }));
}"""


def test_the_page_of_a_run_shows_it_live(
    sandbox: Sandbox, api: httpx.Client, pages: Any, own_browser: Any
) -> None:
    pages.held("/more")
    url = pages.page("/", "<title>x</title><h1>Watch me</h1><script src='/more'></script>")
    run_id = api.post("/v1/automation/run-async", json={"url": url, "goal": "Look <here>"}).json()["run_id"]
    pages.wait_for("/more")
    streaming_url = api.get(f"/v1/runs/{run_id}").json()["streaming_url"]
    viewer = own_browser.new_page()
    viewer.goto(streaming_url)
    viewer.evaluate(SCREEN_IS_SHOWN)
    assert viewer.get_by_text("Look <here>").is_visible()
    pages.released.set()
    viewer.get_by_text("COMPLETED").wait_for()
    assert [item.strip() for item in viewer.locator("ol li .action").all_inner_texts()] == [
        step["action"] for step in steps(api, run_id)
    ]
    # Later it shows how it went.
    viewer.reload()
    viewer.evaluate(SCREEN_IS_SHOWN)
    assert viewer.get_by_text("COMPLETED").is_visible()
