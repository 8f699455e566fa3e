"""Webhooks: what is sent when a run ends, and how often."""

import asyncio
from typing import Any

import aiohttp
import httpx
import pytest

from tinyfish.sandbox import Sandbox, webhooks
from tinyfish.sandbox.script.faults import Faults
from tinyfish.sandbox.webhooks import Sender


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
            return await Sender(http, Faults(), delays=(0, 0, 0)).deliver(url, {"run_id": "x"})

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
            return await Sender(http, Faults(), delays=()).deliver(url, {"run_id": "x"})

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


# Faults


def sent(sandbox: Sandbox, pages: Any, goals: list[str]) -> None:
    """Start runs that end at once, one after the other."""
    url = pages.answer("/hook", 204)
    for goal in goals:
        body = {"url": "https://a.example", "goal": goal, "webhook_url": url}
        headers = {"X-API-Key": sandbox.api_key}
        httpx.post(f"{sandbox.url}/v1/automation/run", json=body, headers=headers).raise_for_status()


@pytest.mark.parametrize(
    ("fault", "goals"),
    [
        ({"copies": 2, "times": 1}, ["a", "a", "b"]),
        ({"cut": True, "when": "after", "times": 2}, ["a", "a", "a", "b"]),  # the answer is lost: repeats
        ({"cut": True, "times": 2}, ["a", "b"]),  # the attempt is lost
        ({"delay": 0.3, "times": 1}, ["b", "a"]),  # late
        ({"out_of_order": 20, "times": 1}, ["b", "a"]),
        ({"out_of_order": 0.3}, ["b", "a"]),  # both can't be after the other
    ],
    ids=["twice", "repeats", "lost", "late", "out of order", "all out of order"],
)
def test_webhooks_go_wrong(sandbox: Sandbox, pages: Any, fault: dict[str, Any], goals: list[str]) -> None:
    sandbox.on(result=1)
    sandbox.fault("*", delay=0.01)  # of calls only
    added = httpx.post(
        f"{sandbox.url}/_sandbox/faults",
        json={"operation": "runFinished", **fault},
        headers={"X-API-Key": sandbox.api_key},
    )
    assert added.status_code == 201
    for goal in ("a", "b"):
        sent(sandbox, pages, [goal])
        if goal == "a" and goals[0] == "a":  # all of the first before the second
            pages.wait_for("/hook", times=goals.count("a"))
    pages.wait_for("/hook", times=len(goals))
    assert [payload["data"]["goal"] for payload in payloads(pages)] == goals


def test_one_that_is_held_back_comes_when_none_follows(sandbox: Sandbox, pages: Any) -> None:
    sandbox.on(result=1)
    sandbox.fault("runFinished", out_of_order=0.2)
    sent(sandbox, pages, ["a"])
    pages.wait_for("/hook")
    assert len(payloads(pages)) == 1


@pytest.mark.parametrize(
    ("operation", "fault", "says"),
    [
        ("runFinished", {"status": 503}, "delay, cut, copies and out_of_order"),
        ("runFinished", {"hide_new": 1}, "delay, cut, copies and out_of_order"),
        ("runFinished", {"copies": 1}, "copies"),
        ("runFinished", {"times": 1}, "must define what goes wrong"),
        ("getRun", {"copies": 2}, "copies applies only to runFinished"),
        ("*", {"out_of_order": 2}, "out_of_order applies only to runFinished"),
    ],
)
def test_faults_that_make_no_sense(
    sandbox: Sandbox, operation: str, fault: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        sandbox.fault(operation, **fault)
