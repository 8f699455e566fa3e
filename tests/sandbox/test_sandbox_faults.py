"""Faults: calls that go wrong on request."""

import json
import threading
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox

BODY = {"url": "https://shop.example", "goal": "g"}


@pytest.fixture(autouse=True)
def scripted(sandbox: Sandbox) -> None:
    sandbox.on(result={"x": 1}, progress=["One", "Two"])


def statuses(api: httpx.Client, times: int) -> list[int]:
    return [api.get("/v1/runs").status_code for _ in range(times)]


def stream(api: httpx.Client) -> tuple[bytes, BaseException | None]:
    """What came of an event stream, and what ended it early."""
    received = b""
    try:
        with api.stream("POST", "/v1/automation/run-sse", json=BODY) as answer:
            for chunk in answer.iter_raw():
                received += chunk
    except httpx.TransportError as error:
        return received, error
    return received, None


def types(received: bytes) -> list[str]:
    return [
        json.loads(line.removeprefix("data: "))["type"] for line in received.decode().split("\n\n") if line
    ]


def test_a_status_comes_in_the_envelope(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault(
        "runAgent", status=429, code="RATE_LIMIT_EXCEEDED", message="Slow down", retry_after=7, times=1
    )
    answer = api.post("/v1/automation/run", json=BODY)
    assert answer.status_code == 429
    assert answer.json() == {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Slow down"}}
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["X-TinyFish-Sandbox"] == "1"
    assert sandbox.runs == []
    assert api.post("/v1/automation/run", json=BODY).json()["result"] == {"x": 1}
    assert [(request.status, request.body) for request in sandbox.requests] == [(429, BODY), (200, BODY)]


@pytest.mark.parametrize(
    ("status", "code"), [(402, "INSUFFICIENT_CREDITS"), (503, "SERVICE_BUSY"), (520, "INTERNAL_ERROR")]
)
def test_a_status_has_its_usual_code(sandbox: Sandbox, api: httpx.Client, status: int, code: str) -> None:
    details = {"wallet_url": "https://a.example"}
    sandbox.fault("*", status=status, details=details)
    error = api.get("/v1/runs").json()["error"]
    assert (error["code"], error["details"]) == (code, details)


@pytest.mark.parametrize(
    ("options", "content_type", "text"),
    [
        ({"html": True}, "text/html", "<h1>502</h1>"),
        ({"body": "upstream error"}, "text/plain", "upstream error"),
        ({"body": ""}, "text/plain", ""),
        ({"body": {"message": "foreign"}}, "application/json", '{"message": "foreign"}'),
        ({"body": None}, "application/json", "null"),
    ],
)
def test_a_status_may_come_without_it(
    sandbox: Sandbox, api: httpx.Client, options: Any, content_type: str, text: str
) -> None:
    sandbox.fault("runAgent", status=502, **options)
    answer = api.post("/v1/automation/run", json=BODY)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith(content_type)
    assert text in answer.text


def test_a_good_status_may_have_a_bad_body(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("runAgent", status=200, html=True)
    assert api.post("/v1/automation/run", json=BODY).text.startswith("<!doctype html>")


@pytest.mark.parametrize("operation", ["run", "run-async", "run-sse"])
@pytest.mark.parametrize(("when", "runs"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 504, "html": True}])
def test_an_answer_is_lost_before_or_after_the_run_is_created(
    sandbox: Sandbox, api: httpx.Client, operation: str, when: Any, runs: int, fault: Any
) -> None:
    sandbox.reset()
    # Nobody waits for a run whose answer is lost.
    sandbox.on(hangs=True)
    name = {"run": "runAgent", "run-async": "queueRun", "run-sse": "streamRun"}[operation]
    sandbox.fault(name, when=when, **fault)
    if "cut" in fault:
        with pytest.raises(httpx.TransportError):
            api.post(f"/v1/automation/{operation}", json=BODY)
        assert sandbox.requests[0].status is None
    else:
        assert api.post(f"/v1/automation/{operation}", json=BODY).status_code == 504
    assert len(sandbox.runs) == runs


def test_other_calls_are_cut_after_they_have_been_done(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.reset()
    sandbox.on(hangs=True)
    run_id = api.post("/v1/automation/run-async", json=BODY).json()["run_id"]
    sandbox.fault("cancelRun", cut=True, when="after")
    with pytest.raises(httpx.TransportError):
        api.post(f"/v1/runs/{run_id}/cancel")
    assert sandbox.runs[0].status == "CANCELLED"


@pytest.mark.parametrize("events", range(5))
def test_a_stream_is_cut_after_so_many_events(sandbox: Sandbox, api: httpx.Client, events: int) -> None:
    sandbox.fault("streamRun", cut_after=events)
    received, error = stream(api)
    assert isinstance(error, httpx.TransportError)
    assert types(received) == ["STARTED", "STREAMING_URL", "PROGRESS", "PROGRESS", "COMPLETE"][:events]
    assert sandbox.runs[0].status == "COMPLETED"


def test_a_stream_stalls_until_its_client_leaves(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("streamRun", stall_after=2)
    api.timeout = httpx.Timeout(5, read=0.2)
    received, error = stream(api)
    assert isinstance(error, httpx.ReadTimeout)
    assert types(received) == ["STARTED", "STREAMING_URL"]


def test_a_reset_ends_streams_that_stall(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("streamRun", stall_after=0)
    ended: list[Any] = []
    reading = threading.Thread(target=lambda: ended.append(stream(api)))
    reading.start()
    while not sandbox.runs:
        pass
    sandbox.reset()
    reading.join(20)
    assert isinstance(ended[0][1], httpx.TransportError)


def test_an_event_may_be_broken(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("streamRun", malformed_after=1)
    received, _ = stream(api)
    lines = [line for line in received.decode().split("\n\n") if line]
    assert len(lines) == 6
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[1].removeprefix("data: "))


@pytest.mark.parametrize(
    ("framing", "sign"),
    [
        ("crlf", b"}\r\n\r\n"),
        ("cr", b"}\r\r"),
        ("no-space", b'data:{"type":"STARTED"'),
        ("event-lines", b"event: STARTED\ndata: {"),
        ("ids", b"id: 0\nretry: 1000\n"),
        ("comments", b": keep-alive\n\n:\n"),
        ("multiline", b'data: {\ndata:  "type": "STARTED"'),
        ("bom", b"\xef\xbb\xbfdata: {"),
        ("bytewise", b'data: {"type":"STARTED"'),
    ],
)
def test_events_may_be_framed_in_any_way(
    sandbox: Sandbox, api: httpx.Client, framing: Any, sign: bytes
) -> None:
    sandbox.fault("streamRun", framing=framing)
    received, error = stream(api)
    assert error is None
    assert sign in received
    assert received.count(b"COMPLETE") == 1 + (framing == "event-lines") + 1


def test_the_last_event_may_be_left_unfinished(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("streamRun", framing="unterminated")
    received, error = stream(api)
    assert error is None
    assert received.endswith(b"}\n")
    assert not received.endswith(b"\n\n")


@pytest.mark.parametrize(("old_names", "result"), [(True, {"x": 1}), ("string", '{"x": 1}')])
def test_events_may_have_their_old_names(
    sandbox: Sandbox, api: httpx.Client, old_names: Any, result: Any
) -> None:
    sandbox.fault("streamRun", old_names=old_names)
    received, _ = stream(api)
    events = [json.loads(line.removeprefix("data: ")) for line in received.decode().split("\n\n") if line]
    assert {"runId", "streamingUrl"} <= set(events[1])
    assert events[-1]["resultJson"] == result
    assert all("run_id" not in event for event in events)


def test_a_listing_may_lag_behind(sandbox: Sandbox, api: httpx.Client) -> None:
    run_id = api.post("/v1/automation/run-async", json=BODY).json()["run_id"]
    sandbox.fault("listRuns", hide_new=60, times=1)
    first, second = (api.get("/v1/runs").json() for _ in range(2))
    assert (first["data"], first["pagination"]["total"]) == ([], 0)
    assert second["data"][0]["run_id"] == run_id
    assert api.get(f"/v1/runs/{run_id}").status_code == 200


def test_bytes_may_come_slowly(sandbox: Sandbox, api: httpx.Client) -> None:
    quick = api.get("/v1/runs")
    sandbox.fault("*", bytes_per_second=400)
    slow = api.get("/v1/runs")
    assert slow.json() == quick.json()
    assert slow.headers["Content-Length"] == quick.headers["Content-Length"]
    assert slow.elapsed.total_seconds() >= len(slow.content) / 400
    received, error = stream(api)
    assert error is None
    assert types(received)[-1] == "COMPLETE"


def test_an_answer_may_be_late(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("listRuns", delay=0.2)
    assert api.get("/v1/runs").elapsed.total_seconds() >= 0.2


def test_a_fault_comes_about_so_often(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("listRuns", status=500, every=3, times=2)
    assert statuses(api, 10) == [200, 200, 500, 200, 200, 500, 200, 200, 200, 200]


def test_chances_come_from_their_seed(sandbox: Sandbox, api: httpx.Client) -> None:
    rounds = []
    for seed in (1, 1, 2):
        sandbox.reset()
        sandbox.fault("listRuns", status=500, probability=0.5, seed=seed)
        rounds.append(statuses(api, 40))
    assert rounds[0] == rounds[1] != rounds[2]
    assert 5 < rounds[0].count(500) < 35


def test_faults_add_up(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("streamRun", old_names=True)
    sandbox.fault("*", cut_after=1)
    received, error = stream(api)
    assert error is not None
    assert b"runId" in received


def test_a_call_without_a_key_is_refused_all_the_same(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.fault("*", status=500, times=1)
    assert httpx.get(f"{sandbox.url}/v1/runs").status_code == 401
    # And it uses no fault up.
    assert statuses(api, 2) == [500, 200]


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "nope", "status": 500},
        {"status": 500},
        {"operation": "runAgent", "status": 99},
        {"operation": "runAgent", "framing": "odd"},
        {"operation": "runAgent", "probability": 2},
        {"operation": "runAgent", "when": "never"},
        {"operation": "runAgent", "bytes_per_second": 0},
        {"operation": "runAgent", "colour": "red"},
    ],
)
def test_what_is_no_fault_is_refused(sandbox: Sandbox, api: httpx.Client, fault: Any) -> None:
    answer = api.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 400
    if "operation" in fault:
        with pytest.raises(ValueError, match=answer.json()["error"]["details"][0]["path"][0]):
            sandbox.fault(**fault)
    assert api.get("/_sandbox").json()["faults"] == []


@pytest.mark.parametrize(
    ("former", "operation_id"),
    [("run", "runAgent"), ("runAsync", "queueRun"), ("runSse", "streamRun"), ("runBatch", "queueRuns")],
)
def test_former_names_of_operations_still_work(
    sandbox: Sandbox, api: httpx.Client, former: str, operation_id: str
) -> None:
    sandbox.fault(former, status=418)
    assert api.get("/_sandbox").json()["faults"] == [{"operation": operation_id, "status": 418}]
    path = {"run": "run", "runAsync": "run-async", "runSse": "run-sse", "runBatch": "run-batch"}[former]
    assert api.post(f"/v1/automation/{path}", json=BODY).status_code == 418
