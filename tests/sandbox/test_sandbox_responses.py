"""Every response of the sandbox matches the contract, for every operation."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tinyfish.sandbox import Sandbox, contract, served_contract

UNKNOWN = "00000000-0000-4000-8000-000000000000"
BODY = {"url": "https://shop.example", "goal": "g"}


class Checked(httpx.Client):
    """An HTTP client that lets no answer pass that is not in the contract, and remembers which it has seen."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}, timeout=30)
        self.document = httpx.get(f"{sandbox.url}/openapi.json").json()
        self.seen: set[tuple[str, int]] = set()

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = super().send(request, **options)
        answer.read()
        operation = self.operation(request)
        self.seen.add((operation["operationId"], answer.status_code))
        responses = operation["responses"]
        status = str(answer.status_code)
        response = responses.get(status) or responses[f"{status[0]}XX"]
        self.check(contract.resolved(response).get("content", {}), answer)
        return answer

    def operation(self, request: httpx.Request) -> dict[str, Any]:
        for path, item in self.document["paths"].items():
            if (
                re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
                and request.method.lower() in item
            ):
                return dict(item[request.method.lower()])
        raise AssertionError(f"The contract does not know {request.method} {request.url.path}")

    def check(self, content: dict[str, Any], answer: httpx.Response) -> None:
        if not content:
            # The session's host promises no form of its errors.
            assert answer.content == b"" or answer.is_error
            return
        kind = answer.headers["Content-Type"].split(";")[0]
        if kind == "text/event-stream":
            for line in answer.text.splitlines():
                if line:
                    self.validate(
                        {"$ref": "#/components/schemas/AgentRunEvent"},
                        json.loads(line.removeprefix("data: ")),
                    )
        else:
            self.validate(content[kind]["schema"], answer.json())

    def validate(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


@pytest.fixture
def checked(sandbox: Sandbox) -> Iterator[Checked]:
    with Checked(sandbox) as client:
        yield client


def ended(api: httpx.Client, run_id: str) -> dict[str, Any]:
    while (run := api.get(f"/v1/runs/{run_id}").json())["status"] in {"PENDING", "RUNNING"}:
        pass
    return dict(run)


def test_runs_of_every_kind(sandbox: Sandbox, checked: Checked, pages: Any) -> None:
    rich = "<title>x</title><h1>y</h1><a href=/z>z</a><table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    sandbox.on(
        goal="fails",
        error={"message": "m", "category": "BILLING_FAILURE", "retry_after": 1.5, "help_url": "h"},
    )
    sandbox.on(goal="hangs", hangs=True)
    requests: list[dict[str, Any]] = [
        {"url": pages.page("/", rich), "goal": "g"},
        {"url": pages.answer("/403", 403), "goal": "g"},
        {**BODY, "goal": "fails"},
        {
            "url": pages.url + "/",
            "goal": "g",
            "output_schema": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
            },
            "proxy_config": {"enabled": False, "country_code": "DE"},
            "agent_config": {"mode": "strict", "max_steps": 20, "cursor_style": "fish"},
        },
    ]
    for body in requests:
        for operation in ("run", "run-sse", "run-async"):
            assert checked.post(f"/v1/automation/{operation}", json=body).status_code == 200
    batch = [{name: value for name, value in body.items() if name != "output_schema"} for body in requests]
    run_ids = checked.post("/v1/automation/run-batch", json={"runs": batch}).json()["run_ids"]
    for run_id in run_ids:
        ended(checked, run_id)
    hanging = [
        checked.post("/v1/automation/run-async", json={**BODY, "goal": "hangs"}).json()["run_id"]
        for _ in range(2)
    ]
    for status in ("PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"):
        checked.get("/v1/runs", params={"status": status, "limit": 2})
    checked.get(f"/v1/runs/{hanging[0]}", params={"screenshots": "base64"})
    checked.post("/v1/runs/batch", json={"run_ids": [*run_ids, UNKNOWN]})
    checked.post(f"/v1/runs/{hanging[0]}/cancel")
    checked.post("/v1/runs/batch/cancel", json={"run_ids": [*hanging, *run_ids, UNKNOWN]})
    checked.get("/v1/runs", params={"status": "CANCELLED"})
    assert {operation for operation, status in checked.seen if status == 200} == {
        *("runAgent", "queueRun", "streamRun", "queueRuns"),
        *("listRuns", "getRun", "cancelRun", "getRunsBatch", "cancelRunsBatch"),
    }


def test_browser_sessions(browser: None) -> None:
    with Sandbox(max_sessions=1) as sandbox, Checked(sandbox) as checked:
        session = checked.post("/v1/browser", json={"timeout_seconds": 60}).json()
        assert checked.post("/v1/browser").status_code == 429
        checked.get(f"/sessions/{session['session_id']}/pages")
        checked.get("/v1/browser/usage")
        checked.delete(f"/v1/browser/{session['session_id']}")
        checked.get("/v1/browser/usage", params={"status": "ended"})
        checked.get(f"/sessions/{session['session_id']}/pages")
        assert checked.seen == {
            ("createBrowserSession", 201),
            ("createBrowserSession", 429),
            ("listSessionPages", 200),
            ("listSessionPages", 404),
            ("listBrowserUsage", 200),
            ("deleteBrowserSession", 204),
        }


def test_monitors_and_the_wallet(sandbox: Sandbox, checked: Checked) -> None:
    on = {"state": "on", "threshold": "5.00", "recharge_to": "25.00"}
    sandbox.on(product="wallet", wallet={"auto_reload": on}, times=1)
    for _ in range(2):
        checked.get("/v1/wallet")
    for kind, config in (("search", {"query": "tea"}), ("fetch", {"url": "https://shop.example"})):
        body = {"type": kind, "config": config, "schedule_cron": "0 9 * * *"}
        monitor_id = checked.post("/v1/monitors", json=body).json()["monitor"]["id"]
        checked.post(f"/v1/monitors/{monitor_id}/runs")
        checked.get(f"/v1/monitors/{monitor_id}")
    checked.get("/v1/monitors")
    assert {status for _, status in checked.seen} == {200, 201}


def test_refusals(sandbox: Sandbox, checked: Checked) -> None:
    for operation in contract.operations():
        path = re.sub(r"\{\w+\}", UNKNOWN, operation.path).replace(f"sessions/{UNKNOWN}", "sessions/br-1")
        # Without a key, or with another; with a body of nothing that is known; of something that is not there.
        for headers in ({"X-API-Key": ""}, {"X-API-Key": "wrong"}, {}):
            body = {"nonsense": 1} if operation.body is not None else None
            answer = checked.request(operation.method, path, headers=headers, json=body)
            # With the right key, what asks for nothing in particular is answered.
            asks_for_nothing = (
                operation.operation_id.startswith("list") or operation.operation_id == "getWallet"
            )
            assert answer.is_error or asks_for_nothing
        checked.request(operation.method, path, params={"limit": "x", "screenshots": "x"})
        if operation.needs_key:
            status = next(int(status) for status in operation.responses if status.startswith("5"))
            sandbox.fault(operation.operation_id, status=status, times=1)
            anything = None if operation.body is None else {}
            assert checked.request(operation.method, path, json=anything).status_code == status
    assert checked.post("/v1/browser").status_code == 502
    assert {operation for operation, _ in checked.seen} == {one.operation_id for one in contract.operations()}


def test_the_served_contract_is_valid() -> None:
    from openapi_spec_validator import validate

    validate(served_contract.document("http://127.0.0.1:8787"))


def test_a_webhook_is_as_the_contract_has_it(checked: Checked, pages: Any) -> None:
    body = {
        "url": pages.page("/", "<title>x</title>"),
        "goal": "g",
        "webhook_url": pages.answer("/hook", 204),
    }
    checked.post("/v1/automation/run", json=body)
    pages.wait_for("/hook")
    payload = next(request.json for request in pages.requests if request.path == "/hook")
    checked.validate({"$ref": "#/components/schemas/RunWebhook"}, payload)
