"""The sandbox's own pages, and its access log."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from html.parser import HTMLParser

import httpx
import pytest

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox

HOSTILE = '<script>alert("1")</script>'
URL = "https://shop.example/kettle"


class Text(HTMLParser):
    """A page's text without styles and scripts, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.links, self._hidden = "", [], False
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script")
        self.scripts += tag == "script"
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def page(sandbox: Sandbox, path: str, *, status: int = 200) -> Text:
    response = httpx.get(f"{sandbox.url}{path}", headers={"Accept": "text/html"})
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    return Text(response.text)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(step_delay=0, chromium=False)


def test_the_list_says_what_happens(sandbox: Sandbox) -> None:
    with sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        assert "None yet" in page(sandbox, "/").text
        sandbox.on(goal="Read*", result={"price": 1})
        sandbox.on(goal=f"*{HOSTILE}*", error=HOSTILE)
        sandbox.on(goal="Wait", hangs=True)
        sandbox.fault("getRun", status=503)
        done = client.agent.run(goal="Read the price", url=URL)
        failed = client.agent.run(goal=f"Go {HOSTILE}", url=URL)
        waiting = client.agent.queue(goal="Wait", url=URL)
        shown = page(sandbox, "/")
        for text in (
            "3 runs",
            "COMPLETED",
            "FAILED",
            "scripted",
            HOSTILE,
            '"hangs": true',
            "getRun",
            sandbox.url,
        ):
            assert text in shown.text
        assert sandbox.api_key not in shown.text
        assert shown.scripts == 1
        for run in (done, failed, waiting):
            assert f"/live/{run.run_id}" in shown.links
        assert not sandbox.requests or all(call.path != "/" for call in sandbox.requests)


def test_the_page_of_a_run_says_how_it_ended(sandbox: Sandbox) -> None:
    with sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(goal="Read*", result={"price": 12.5, "name": HOSTILE}, progress=["Looked"])
        sandbox.on(
            goal="Fail", error={"message": "Refused", "code": "TASK_FAILED", "category": "AGENT_FAILURE"}
        )
        sandbox.on(goal="Wait", hangs=True)
        done = client.agent.run(goal="Read it", url=URL)
        failed = client.agent.run(goal="Fail", url=URL)
        unread = client.agent.run(goal="Open", url="http://127.0.0.1:1/")
        waiting = client.agent.queue(goal="Wait", url=URL)

        shown = page(sandbox, f"/live/{done.run_id}")
        for text in (
            "COMPLETED",
            "price: 12.5",
            HOSTILE,
            "Looked",
            "1 step",
            "took",
            "scripted",
            str(done.run_id),
        ):
            assert text in shown.text
        assert shown.scripts == 0
        assert "Refused" in page(sandbox, f"/live/{failed.run_id}").text
        read = page(sandbox, f"/live/{unread.run_id}").text
        assert "over HTTP, without a browser" in read
        assert "scripted" not in read.lower()
        live = page(sandbox, f"/live/{waiting.run_id}")
        assert live.scripts == 1
        client.runs.cancel(waiting.run_id or "")
        cancelled = page(sandbox, f"/live/{waiting.run_id}").text
        assert "CANCELLED" in cancelled
        assert "Error" not in cancelled
        assert "has no run" in page(sandbox, "/live/<b>nope", status=404).text


def test_each_call_gets_a_line_unless_it_is_to_be_quiet() -> None:
    for options, expected in (([], True), (["--quiet"], False)):
        command = [sys.executable, "-m", "tinyfish.sandbox", "--port", "0", "--no-chromium", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            banner = ""
            while "client = TinyFish(" not in banner:
                banner += process.stdout.readline()
            url = re.search(r"http://\S+", banner)
            assert url is not None
            httpx.get(f"{url[0]}/v1/runs")
            httpx.get(url[0])
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        lines = [line for line in errors.splitlines() if "GET" in line]
        assert len(lines) == int(expected)
        if expected:
            assert re.fullmatch(r"\d\d:\d\d:\d\d GET    /v1/runs 401 \d\.\d\d s", lines[0])
