"""Event streams: frames, order, heartbeats, and clients that disconnect."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox


def events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events of a stream, by the plainest reading there is."""
    for line in answer.iter_lines():
        if line:
            assert line.startswith("data: ")
            yield json.loads(line.removeprefix("data: "))


def test_the_events_of_a_run_come_in_their_order(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>T</title><h1>H</h1>")
    with api.stream("POST", "/v1/automation/run-sse", json={"url": url, "goal": "g"}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-TinyFish-Sandbox"] == "1"
        told = list(events(answer))
    assert [event["type"] for event in told] == ["STARTED", "STREAMING_URL", *["PROGRESS"] * 3, "COMPLETE"]
    assert len({event["run_id"] for event in told}) == 1
    run = api.get(f"/v1/runs/{told[0]['run_id']}").json()
    assert [event["purpose"] for event in told[2:-1]] == [step["action"] for step in run["steps"]]
    assert told[-1]["status"] == "COMPLETED"
    assert told[-1]["result"] == run["result"]
    assert sorted(event["timestamp"] for event in told) == [event["timestamp"] for event in told]


def test_a_failed_run_completes_with_its_error(api: httpx.Client, pages: Any) -> None:
    body = {"url": pages.answer("/", 403), "goal": "g"}
    with api.stream("POST", "/v1/automation/run-sse", json=body) as answer:
        last = list(events(answer))[-1]
    assert (last["type"], last["status"], last["result"]) == ("COMPLETE", "FAILED", None)
    assert last["error"]["code"] == "SITE_BLOCKED"
    assert last["help_message"] == last["error"]["help_message"]


def test_silence_is_filled_with_heartbeats(pages: Any) -> None:
    with Sandbox(chromium=False, heartbeat_interval=0.01) as sandbox:
        headers = {"X-API-Key": sandbox.api_key}
        body = {"url": pages.held(), "goal": "g"}
        with httpx.stream(
            "POST", f"{sandbox.url}/v1/automation/run-sse", json=body, headers=headers
        ) as answer:
            told = events(answer)
            assert [next(told)["type"] for _ in range(5)] == ["STARTED", "STREAMING_URL", *["HEARTBEAT"] * 3]
            pages.released.set()
            assert list(told)[-1]["type"] == "COMPLETE"


def test_a_cancelled_run_completes_its_stream(api: httpx.Client, pages: Any) -> None:
    with api.stream("POST", "/v1/automation/run-sse", json={"url": pages.held(), "goal": "g"}) as answer:
        told = events(answer)
        run_id = next(told)["run_id"]
        assert api.post(f"/v1/runs/{run_id}/cancel").json()["status"] == "CANCELLED"
        assert list(told)[-1] | {"timestamp": None} == {
            "type": "COMPLETE",
            "run_id": run_id,
            "status": "CANCELLED",
            "result": None,
            "timestamp": None,
        }


@pytest.mark.parametrize("read", [0, 1])
def test_a_client_that_leaves_does_not_stop_the_run(
    sandbox: Sandbox, api: httpx.Client, pages: Any, read: int
) -> None:
    with api.stream("POST", "/v1/automation/run-sse", json={"url": pages.held(), "goal": "g"}) as answer:
        told = events(answer)
        for _ in range(read):
            next(told)
        pages.wait_for("/held")
    pages.released.set()
    run_id = sandbox.runs[0].run_id
    while (run := api.get(f"/v1/runs/{run_id}").json())["status"] == "RUNNING":
        pass
    assert run["status"] == "COMPLETED"


def test_what_is_refused_is_no_stream(api: httpx.Client) -> None:
    answer = api.post("/v1/automation/run-sse", json={"url": "https://a.example"})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["path"] == ["goal"]
