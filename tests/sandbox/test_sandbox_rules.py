"""Rules: what runs do instead of using the agent."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox

URL = "https://shop.example/cart"


def run(api: httpx.Client, goal: str = "g", url: str = URL, **more: Any) -> dict[str, Any]:
    return dict(api.post("/v1/automation/run", json={"url": url, "goal": goal, **more}).json())


def queued(api: httpx.Client, goal: str = "g") -> str:
    return str(api.post("/v1/automation/run-async", json={"url": URL, "goal": goal}).json()["run_id"])


@pytest.mark.parametrize(
    ("rule", "goal", "url", "fits"),
    [
        ({}, "anything", URL, True),
        ({"goal": "*headlines*"}, "Read the HEADLINES now", URL, True),
        ({"goal": "headlines"}, "Read the headlines", URL, False),
        ({"goal": {"regex": "^Read \\d"}}, "Read 5 lines", URL, True),
        ({"goal": {"regex": "^Read \\d"}}, "read 5 lines", URL, False),
        ({"goal": re.compile("read", re.IGNORECASE)}, "Do READ", URL, True),
        ({"url": "https://shop.example/*"}, "g", URL, True),
        ({"url": "https://other.example/*"}, "g", URL, False),
        ({"goal": "g", "url": "*/cart"}, "g", URL, True),
        ({"goal": "g", "url": "*/cart"}, "h", URL, False),
    ],
)
def test_a_rule_is_for_the_runs_that_fit_it(
    sandbox: Sandbox, api: httpx.Client, rule: Any, goal: str, url: str, fits: bool
) -> None:
    sandbox.on(**rule, result={"from": "rule"})
    sandbox.on(result={"from": "the next"})
    assert run(api, goal, url)["result"] == {"from": "rule" if fits else "the next"}


def test_runs_without_a_rule_go_to_the_agent(sandbox: Sandbox, api: httpx.Client, pages: Any) -> None:
    sandbox.on(goal="never", result={"x": 1})
    assert run(api, url=pages.page("/", "<title>Real</title>"))["result"]["title"] == "Real"


def test_a_rule_may_be_for_so_many_runs(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(error="Not yet", times=2)
    sandbox.on(result={"n": 3})
    assert [run(api)["status"] for _ in range(3)] == ["FAILED", "FAILED", "COMPLETED"]


@pytest.mark.parametrize("result", [{"a": [1, {"b": None}]}, [1, 2], "text", 7, None])
def test_the_result_is_as_it_was_given(sandbox: Sandbox, api: httpx.Client, result: Any) -> None:
    sandbox.on(result=result)
    done = run(api)
    assert (done["status"], done["result"], done["error"]) == ("COMPLETED", result, None)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("It broke", {"code": "TASK_FAILED", "message": "It broke", "category": "AGENT_FAILURE"}),
        ({"message": "Old"}, {"message": "Old"}),
        (
            {"code": "service_busy", "message": "Busy", "category": "SYSTEM_FAILURE", "retry_after": 30},
            {"code": "service_busy", "message": "Busy", "category": "SYSTEM_FAILURE", "retry_after": 30},
        ),
    ],
)
def test_a_failure_has_its_code_and_category(
    sandbox: Sandbox, api: httpx.Client, given: Any, error: dict[str, Any]
) -> None:
    sandbox.on(error=given)
    done = run(api)
    assert (done["status"], done["result"], done["error"]) == ("FAILED", None, error)


def test_steps_say_what_they_are_told(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(steps=3, progress=["Opened the shop", "Logged in"], result={})
    run_id = run(api)["run_id"]
    full = api.get(f"/v1/runs/{run_id}").json()
    assert [step["action"] for step in full["steps"]] == ["Opened the shop", "Logged in", "Step 3 of 3"]
    assert full["num_of_steps"] == 3


def test_a_run_takes_its_time(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(latency=0.3, steps=2)
    assert api.post("/v1/automation/run", json={"url": URL, "goal": "g"}).elapsed.total_seconds() >= 0.3


def test_a_run_that_hangs_is_ended_by_its_cancellation(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(hangs=True)
    run_id = queued(api)
    answer = api.post(f"/v1/runs/{run_id}/cancel").json()
    assert (answer["status"], api.get(f"/v1/runs/{run_id}").json()["status"]) == ("CANCELLED", "CANCELLED")


@pytest.mark.parametrize(("error", "status"), [(None, "COMPLETED"), ("Broke", "FAILED")])
def test_a_cancellation_may_come_too_late(
    sandbox: Sandbox, api: httpx.Client, error: str | None, status: str
) -> None:
    if error is None:
        sandbox.on(hangs=True, cancel="finished", result={"x": 1})
    else:
        sandbox.on(hangs=True, cancel="finished", error=error)
    run_id = queued(api)
    answer = api.post(f"/v1/runs/{run_id}/cancel").json()
    assert (answer["status"], answer["cancelled_at"]) == (status, None)
    assert answer["message"]
    done = api.get(f"/v1/runs/{run_id}").json()
    assert (done["status"], done["result"]) == (status, {"x": 1} if error is None else None)


def test_a_cancellation_may_be_refused(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(hangs=True, cancel="refused")
    run_id = queued(api)
    assert api.post(f"/v1/runs/{run_id}/cancel").status_code == 500
    assert api.get(f"/v1/runs/{run_id}").json()["status"] in {"PENDING", "RUNNING"}


def test_a_scripted_result_is_checked_against_the_schema_that_was_asked_for(
    sandbox: Sandbox, api: httpx.Client
) -> None:
    sandbox.on(result={"price": "3"})
    schema = {"type": "object", "properties": {"price": {"type": "number"}}}
    report = run(api, output_schema=schema)["schema_validation"]
    assert report["valid"] is False
    assert report["errors"][0]["path"] == "price"


@pytest.mark.parametrize(
    "rule",
    [
        {"colour": 1},
        {"goal": 3},
        {"goal": {"glob": "x"}},
        {"goal": {"regex": "("}},
        {"error": {}},
        {"steps": -1},
        {"latency": "long"},
        {"cancel": "maybe"},
        {"times": 0},
    ],
)
def test_what_is_no_rule_is_refused_everywhere(
    sandbox: Sandbox, api: httpx.Client, tmp_path: Path, rule: Any
) -> None:
    with pytest.raises(ValueError, match=next(iter(rule))):
        sandbox.on(**rule)
    answer = api.post("/_sandbox/rules", json=rule)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["path"][0] == next(iter(rule))
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"rules": [{"result": 1}, rule]}))
    with pytest.raises(ValueError, match=r"rules\.1"):
        Sandbox(rules=file)
    assert sandbox._ask(lambda server: server.rules.all()) == []


def test_rules_come_from_a_file_and_survive_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        """
        rules:
          - goal: "*price*"
            result: {price: 3}
            times: 1
          - url: {regex: "^https://down[.]"}
            error: {code: SITE_BLOCKED, message: No entry, category: AGENT_FAILURE}
        faults:
          - operation: listRuns
            status: 503
            times: 1
        """
    )
    with (
        Sandbox(rules=file, chromium=False) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        for _ in range(2):
            assert run(api, "the price")["result"] == {"price": 3}
            assert run(api, url="https://down.example")["error"]["code"] == "SITE_BLOCKED"
            assert [api.get("/v1/runs").status_code for _ in range(2)] == [503, 200]
            sandbox.on(result={"later": True})
            sandbox.fault("run", status=500)
            sandbox.reset()


@pytest.mark.parametrize(
    "text", ["- a", "rules: 3", "rulez: []", "{", "faults: [{operation: nope}]", "rules: [3]"]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"rules\.yaml|faults\.0|rules\.0"):
        Sandbox(rules=file)


def test_everything_can_be_done_over_http(sandbox: Sandbox, api: httpx.Client) -> None:
    assert api.post("/_sandbox/rules", json={"goal": "g", "result": {"a": 1}}).status_code == 201
    assert api.post("/_sandbox/faults", json={"operation": "getRun", "status": 503}).status_code == 201
    assert run(api)["result"] == {"a": 1}
    assert api.get("/v1/runs/x").status_code == 503
    overview = api.get("/_sandbox").json()
    assert overview == {
        "rules": [{"goal": "g", "result": {"a": 1}}],
        "faults": [{"operation": "getRun", "status": 503}],
        "requests": 2,
        "runs": 1,
        "sessions": 0,
    }
    assert [entry["operation"] for entry in api.get("/_sandbox/requests").json()["data"]] == [
        "runAgent",
        "getRun",
    ]
    assert api.get("/_sandbox/runs").json()["data"][0]["request"] == {"url": URL, "goal": "g"}
    assert api.get("/_sandbox/sessions").json() == {"data": []}
    assert api.delete("/_sandbox/faults").status_code == 204
    assert api.delete("/_sandbox/rules").status_code == 204
    assert api.get("/v1/runs/x").status_code == 404
    assert api.post("/_sandbox/reset").status_code == 204
    assert api.get("/_sandbox").json()["runs"] == 0


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/reset"), ("DELETE", "/rules"), ("POST", "/rules")]
)
def test_the_control_paths_need_the_key(sandbox: Sandbox, method: str, path: str) -> None:
    assert httpx.request(method, f"{sandbox.url}/_sandbox{path}").status_code == 401


def test_many_runs_go_on_at_a_time(sandbox: Sandbox) -> None:
    sandbox.on(latency=0.2, result={})

    async def main() -> list[int]:
        limits = httpx.Limits(max_connections=None)
        headers = {"X-API-Key": sandbox.api_key}
        async with httpx.AsyncClient(base_url=sandbox.url, headers=headers, limits=limits, timeout=30) as api:
            body = {"url": URL, "goal": "g"}
            answers = await asyncio.gather(*(api.post("/v1/automation/run", json=body) for _ in range(50)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(main()) == [200] * 50
