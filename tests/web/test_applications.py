"""The applications in examples/web under real servers, against a sandbox, their pages in a real browser.

Their programs are also those of integrations/fastapi.md, integrations/django.md and integrations/flask.md.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from shop import KETTLE, PRODUCT, script, wait_until

from tinyfish.sandbox import Sandbox

ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}

UVICORN = ("uvicorn", "--fd={fd}")
GUNICORN = ("gunicorn", "--bind=fd://{fd}", "--threads=4")

pytestmark = pytest.mark.timeout(90)


def leave(tab: Any, sandbox: Sandbox) -> None:
    """The user leaves a page whose run goes on: it's cancelled."""
    expect(tab.locator("#steps")).to_contain_text("Opened the shop", timeout=20_000)
    run = next(run for run in sandbox.runs if "endless" in run.url)
    assert run.status == "RUNNING"
    tab.goto("about:blank")
    wait_until(lambda: any(one.status == "CANCELLED" for one in sandbox.runs if one.run_id == run.run_id))


def fails(tab: Any, sandbox: Sandbox, read: Callable[[str], object]) -> None:
    """The page says why a run failed, and why one couldn't be started."""
    read("https://blocked.example/")
    expect(tab.locator("#result")).to_have_text("FAILED: No entry", timeout=20_000)
    sandbox.fault("streamRun", status=403, code="INSUFFICIENT_CREDITS", message="No credits", times=1)
    read(KETTLE)
    expect(tab.locator("#result")).to_contain_text("No credits", timeout=20_000)


def test_fastapi(sandbox: Sandbox, serve: Callable[..., str], tab: Any, tmp_path: Path) -> None:
    script(sandbox)
    url = serve(*UVICORN, "examples.web.fastapi_app:app", RUNS_DB=str(tmp_path / "runs.db"))
    again = {"Idempotency-Key": "kettle"}
    for _ in range(2):
        answer = httpx.post(f"{url}/product", params={"url": KETTLE}, headers=again, timeout=60)
        assert answer.json() == PRODUCT
    assert len(sandbox.runs) == 1
    run_id = sandbox.runs[0].run_id
    shown = httpx.get(f"{url}/runs/{run_id}", timeout=20).json()
    assert (shown["run_id"], shown["status"], shown["result"]) == (run_id, "COMPLETED", PRODUCT)

    schemas = httpx.get(f"{url}/openapi.json", timeout=20).json()["components"]["schemas"]
    assert set(schemas["Product"]["properties"]) == {"name", "price"}
    assert {"run_id", "status"} <= set(schemas["Run"]["properties"])

    blocked = httpx.post(f"{url}/product", params={"url": "https://blocked.example/"}, timeout=20)
    assert (blocked.status_code, "No entry" in blocked.json()["detail"]) == (502, True)
    assert httpx.get(f"{url}/runs/nonsense", timeout=20).status_code == 404
    assert httpx.post(f"{url}/product", params={"url": "nonsense"}, timeout=20).status_code == 422
    for method, path in (("POST", "/product"), ("GET", "/watch")):
        assert (
            httpx.request(
                method, url + path, params={"url": KETTLE}, headers=ELSEWHERE, timeout=30
            ).status_code
            == 403
        )

    tab.goto(url)
    for page in (KETTLE, "https://endless.example/"):
        tab.get_by_label("Page").fill(page)
        tab.get_by_role("button", name="Read").click()
        expect(tab.locator("#steps")).to_contain_text("Opened the shop")
        if page == KETTLE:
            expect(tab.locator("#result")).to_have_text('{"name":"Kettle","price":49}')
    leave(tab, sandbox)
    assert len(sandbox.runs) == 4
    tab.goto(url)
    fails(tab, sandbox, lambda page: (tab.get_by_label("Page").fill(page), tab.get_by_text("Read").click()))


def test_django(sandbox: Sandbox, serve: Callable[..., str], tab: Any) -> None:
    script(sandbox)
    threads = serve(*GUNICORN, "examples.web.django_app:application")
    assert httpx.get(f"{threads}/product", params={"url": KETTLE}, timeout=60).json() == PRODUCT
    blocked = httpx.get(f"{threads}/product", params={"url": "https://blocked.example/"}, timeout=20)
    assert (blocked.status_code, "No entry" in blocked.json()["detail"]) == (502, True)
    assert httpx.get(f"{threads}/product", params={"url": "nonsense"}, timeout=20).status_code == 422
    assert (
        httpx.get(f"{threads}/product", params={"url": KETTLE}, headers=ELSEWHERE, timeout=30).status_code
        == 403
    )

    url = serve(*UVICORN, "--lifespan=off", "examples.web.django_app:asgi")
    tab.goto(f"{url}/?url={KETTLE}")
    expect(tab.locator("#steps")).to_contain_text("Opened the shop", timeout=20_000)
    expect(tab.locator("#result")).to_have_text('{"name":"Kettle","price":49}')
    assert httpx.get(f"{url}/watch", params={"url": KETTLE}, headers=ELSEWHERE, timeout=30).status_code == 403
    tab.goto(f"{url}/?url=https://endless.example/")
    leave(tab, sandbox)
    fails(tab, sandbox, lambda page: tab.goto(f"{url}/?url={page}"))


def test_flask(sandbox: Sandbox, serve: Callable[..., str], tab: Any, tmp_path: Path) -> None:
    script(sandbox)
    url = serve(*GUNICORN, "examples.web.flask_app:app", RUNS_DB=str(tmp_path / "runs.db"))
    tab.goto(url)
    tab.get_by_label("Page").fill("https://endless.example/")
    tab.get_by_role("button", name="Read").click()
    # The run's live view, in a frame of the page.
    expect(tab.frame_locator("iframe").locator("#steps")).to_contain_text("Opened the shop")
    tab.get_by_role("button", name="Stop").click()
    expect(tab.locator("h1")).to_have_text("CANCELLED")
    expect(tab.locator("iframe")).to_have_count(0)

    tab.goto(url)
    tab.get_by_label("Page").fill(KETTLE)
    tab.get_by_role("button", name="Read").click()
    expect(tab.locator("h1")).to_have_text("COMPLETED", timeout=20_000)
    expect(tab.locator("pre")).to_have_text('{"name": "Kettle", "price": 49.0}')
    assert "refresh" not in tab.content()  # it has ended
    form = {"url": KETTLE, "key": "a-form"}
    pages = {httpx.post(url, data=form, timeout=30).headers["location"] for _ in range(2)}  # a double click
    assert len(pages) == 1
    assert httpx.post(url, data={"url": "abc", "key": "b"}, timeout=30).status_code == 422
    assert httpx.post(url, data=form, headers=ELSEWHERE, timeout=30).status_code == 403
    assert httpx.get(f"{url}/runs/nonsense").status_code == 404
    assert len(sandbox.runs) == 3
