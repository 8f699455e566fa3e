"""What notebooks show of a run, in a real browser: nothing runs, nothing is loaded, and it fits."""

from __future__ import annotations

from typing import Any

import pytest

from tinyfish import Run
from tinyfish.sandbox.browser import chromium

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

HOSTILE = "<img src=x onerror='document.title=1'><script>document.title=1</script>"
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def hostile_run() -> Run:
    step = {
        "id": "1",
        "timestamp": "2026-11-01T09:00:02Z",
        "status": "COMPLETED",
        "action": HOSTILE,
        "screenshot": DOT,
    }
    return Run.from_dict(
        {
            "run_id": "r1",
            "status": "COMPLETED",
            "goal": HOSTILE,
            "created_at": "2026-11-01T09:00:00Z",
            "result": {HOSTILE: [HOSTILE, {"price": 49}]},
            "streaming_url": "javascript:document.title=1",
            "steps": [step, {**step, "id": "2", "screenshot": "https://elsewhere.example/x.png"}],
        }
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_a_run_is_shown_and_nothing_runs(width: int, scheme: Any) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(f"<title>quiet</title>{hostile_run()._repr_html_()}")
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        assert page.title() == "quiet"
        assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
        assert "COMPLETED" in page.inner_text("body")
        assert "onerror" in page.inner_text("body")  # as text
        assert page.locator("a[href^='javascript']").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
