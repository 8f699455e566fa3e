"""examples/web/streamlit_app.py, the program of integrations/streamlit.md, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from shop import KETTLE, script, wait_until

from tinyfish.sandbox import Sandbox

pytestmark = [pytest.mark.soak, pytest.mark.timeout(120)]


def test_streamlit(sandbox: Sandbox, serve: Callable[..., str], tab: Any, free_port: int) -> None:
    script(sandbox)
    serve(
        "streamlit", "run", "examples/web/streamlit_app.py", "--server.headless=true",
        f"--server.port={free_port}", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    )  # fmt: skip
    url = f"http://127.0.0.1:{free_port}"
    wait_until(lambda: _answers(url))
    tab.goto(url)

    def read(page: str) -> None:
        tab.get_by_label("Page").fill(page, timeout=60_000)
        tab.get_by_role("button", name="Read").click()

    read(KETTLE)
    expect(tab.get_by_test_id("stJson")).to_contain_text("Kettle", timeout=30_000)
    read("https://blocked.example/")
    expect(tab.get_by_text("No entry")).to_be_visible(timeout=30_000)
    read("https://endless.example/")
    expect(tab.get_by_text("Opened the shop")).to_be_visible(timeout=30_000)
    tab.get_by_role("button", name="Stop").click()
    wait_until(lambda: sandbox.runs[-1].status == "CANCELLED")
    assert len(sandbox.runs) == 3


def _answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/_stcore/health").status_code == 200
    except httpx.TransportError:
        return False
