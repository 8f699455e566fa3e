"""The examples of many runs: a page in a real browser, and a job that is killed and resumed."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.soak

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def site() -> Iterator[str]:
    with Site() as running:
        yield running.url


def until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def environment(sandbox: Sandbox | None) -> dict[str, str]:
    named = {name: value for name, value in os.environ.items() if not name.startswith("TINYFISH_")}
    if sandbox is not None:
        named |= {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url}
    return named


@contextmanager
def watching(sandbox: Sandbox | None) -> Iterator[str]:
    """The address of the page of examples/watch.py."""
    command = [sys.executable, "-u", str(EXAMPLES / "watch.py"), "--port", "0"]
    with subprocess.Popen(command, env=environment(sandbox), stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program.stdout.readline().split()[4]
        finally:
            program.terminate()


def test_a_page_shows_five_runs_at_once_and_cancels_them_when_it_is_left(own_browser: Any) -> None:
    with Sandbox(chromium=False, step_delay=0.05) as sandbox, watching(sandbox) as address:
        page = own_browser.new_page(viewport={"width": 390, "height": 844})
        errors: list[object] = []
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(address)
        page.locator("[data-state=waiting]").nth(4).wait_for()
        assert sandbox.runs == []  # nothing is paid for by looking
        page.get_by_role("button", name="Start").click()
        page.locator("[data-state=done]").nth(4).wait_for()
        kettle = page.locator("section", has=page.get_by_role("heading", name="Kettle"))
        assert kettle.locator("li span").first.inner_text().startswith("Opened /shop/kettle.html")
        assert '"Copper kettle' in kettle.locator("pre").inner_text()
        assert page.locator("#total dd").first.inner_text() == "5 of 5"
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert len(sandbox.runs) == 5

        sandbox.on(goal="Watch*", hangs=True)
        page.get_by_label("Goal").fill("Watch the page")
        page.get_by_role("button", name="Start").click()
        until(lambda: len(sandbox.runs) == 10)
        page.locator("[data-state=running]").nth(4).wait_for()
        page.close()  # in the middle
        until(lambda: {run.status for run in sandbox.runs[5:]} == {"CANCELLED"})
        assert len(sandbox.runs) == 10
        assert errors == []


def test_without_a_key_the_page_has_a_sandbox_of_its_own(own_browser: Any) -> None:
    with watching(None) as address:
        page = own_browser.new_page()
        page.goto(address)
        page.get_by_role("button", name="Start").click()
        page.locator("li").first.wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator("[data-state=stopped]").nth(4).wait_for()
        page.close()


def test_a_job_that_is_killed_is_resumed_and_nothing_is_started_twice(site: str, tmp_path: Path) -> None:
    out = tmp_path / "prices.csv"
    command = [sys.executable, str(EXAMPLES / "prices.py"), site]
    command += ["--ledger", str(tmp_path / "prices.db"), "--out", str(out)]
    with Sandbox(chromium=False, step_delay=0.02) as sandbox:
        with subprocess.Popen(command, env=environment(sandbox)) as killed:
            until(lambda: [run.status for run in sandbox.runs].count("COMPLETED") >= 8)
            killed.kill()
        assert 8 <= len(sandbox.runs) < 40
        done = subprocess.run(command, env=environment(sandbox), capture_output=True, text=True, timeout=50)
        assert (done.returncode, done.stderr) == (0, "")
        urls = [run.url for run in sandbox.runs]
    assert len(urls) == len(set(urls)) == 40
    assert done.stdout.startswith("40 ok, 0 failed, 0 doubtful, ")
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["sku"] for row in rows} == {f"CAT-{number:03}" for number in range(1, 41)}
    assert any(row["from_ledger"] == "true" for row in rows)
