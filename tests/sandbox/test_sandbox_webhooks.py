"""Webhooks: what is sent when a run ends, and how often."""

import asyncio
from typing import Any

import aiohttp
import httpx
import pytest

from tinyfish.sandbox import webhooks


def payloads(pages: Any) -> list[dict[str, Any]]:
    return [request.json for request in pages.requests if request.path == "/hook"]


@pytest.mark.parametrize(
    ("status", "event"), [(200, "run.completed"), (404, "run.failed")], ids=["completed", "failed"]
)
def test_the_end_of_a_run_is_told(api: httpx.Client, pages: Any, status: int, event: str) -> None:
    body = {
        "url": pages.answer("/", status, "<title>x</title>"),
        "goal": "g",
        "webhook_url": pages.answer("/hook", 204),
    }
    run_id = api.post("/v1/automation/run", json=body).json()["run_id"]
    pages.wait_for("/hook")
    run = api.get(f"/v1/runs/{run_id}").json()
    assert payloads(pages) == [{"event": event, "run_id": run_id, "status": run["status"], "data": run}]


def test_a_cancellation_is_told(api: httpx.Client, pages: Any) -> None:
    body = {"url": pages.held(), "goal": "g", "webhook_url": pages.answer("/hook", 204)}
    run_id = api.post("/v1/automation/run-async", json=body).json()["run_id"]
    api.post(f"/v1/runs/{run_id}/cancel")
    pages.wait_for("/hook")
    assert payloads(pages)[0]["event"] == "run.cancelled"


@pytest.mark.parametrize(("status", "times"), [(500, 4), (503, 4), (404, 1), (302, 1), (200, 1)])
def test_a_receiver_that_fails_is_asked_again(pages: Any, status: int, times: int) -> None:
    url = pages.answer("/hook", status, Location="/elsewhere")

    async def deliver() -> bool:
        async with aiohttp.ClientSession() as http:
            return await webhooks.deliver(http, url, {"run_id": "x"}, delays=(0, 0, 0))

    assert asyncio.run(deliver()) is (status < 300)
    assert payloads(pages) == [{"run_id": "x"}] * times
    assert "/elsewhere" not in [request.path for request in pages.requests]


@pytest.mark.parametrize(
    "url",
    [
        "https://\U00023fec@a.example/",
        "https://a.example:99999/",
        "https://[/",
        "https:// a/",
        "https://a..b.example/",
    ],
    ids=["login", "port", "bracket", "space", "label"],
)
def test_an_address_that_cannot_be_asked_takes_nothing(url: str) -> None:
    async def deliver() -> bool:
        async with aiohttp.ClientSession() as http:
            return await webhooks.deliver(http, url, {"run_id": "x"}, delays=())

    assert asyncio.run(deliver()) is False


def test_the_waits_are_those_of_the_api() -> None:
    assert webhooks.DELAYS == (1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://127.0.0.1:1/hook", True),
        ("http://127.0.0.1:1/hook", True),
        ("http://localhost:1/hook", True),
        ("http://[::1]:1/hook", True),
        ("http://a.example/hook", False),
        ("http://127.0.0.1.a.example/", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_webhooks_go_over_https_or_stay_on_this_machine(api: httpx.Client, url: str, allowed: bool) -> None:
    body = {"url": "http://127.0.0.1:1", "goal": "g", "webhook_url": url}
    answer = api.post("/v1/automation/run-async", json=body)
    assert answer.status_code == (200 if allowed else 400)
    if not allowed:
        assert answer.json()["error"]["details"][0]["path"] == ["webhook_url"]
