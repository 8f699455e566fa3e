"""The sandbox and openapi.yaml: every operation is served, and invalid requests are rejected with a reason."""

from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox, contract
from tinyfish.sandbox.handlers import HANDLERS
from tinyfish.sandbox.validation import Check

RUN = {"url": "https://a.example", "goal": "g"}


def test_every_operation_of_the_contract_has_a_handler() -> None:
    wanted = {
        operation["operationId"]
        for item in contract._whole()["paths"].values()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert set(HANDLERS) == wanted == {operation.operation_id for operation in contract.operations()}


SEARCHED = {"id": "r", "query": "tea", "new_result_positions": []}


@pytest.mark.parametrize(
    ("component", "field", "good", "wrong"),
    [
        ("WalletResponse", "auto_reload", [{"state": "unconfigured"}, None], [{"state": "on"}, [], "on"]),
        ("Monitor", "config", [{"query": "tea"}, {"url": "https://a.example"}], [{"queri": "tea"}, {}, None]),
        ("MonitorCreateResponse", "run", [SEARCHED, None], [{"id": "r"}, [SEARCHED]]),
        ("MonitorRunResponse", "run", [SEARCHED], [{"id": "r"}, [SEARCHED], None]),
        # What is only usual is not all that a server sends.
        ("Run", "result", [{}, [1], "text", None], []),
        ("CompleteEvent", "error", [{"message": "m"}, "text", None], []),
    ],
)
def test_a_field_that_is_one_of_several_objects_is_checked(
    sandbox: Sandbox, component: str, field: str, good: list[Any], wrong: list[Any]
) -> None:
    """The contract gives it no type, for clients of other languages; the sandbox and its rules go by its union."""
    served = httpx.get(f"{sandbox.url}/openapi.json").json()["components"]
    for schemas in (contract.components(), served):
        check = Check({"components": schemas, **schemas["schemas"][component]["properties"][field]})
        assert [value for value in good if check.issues(value)] == []
        assert [value for value in wrong if not check.issues(value)] == []


def test_products_stand_under_one_base_url() -> None:
    paths = {operation.operation_id: operation.path for operation in contract.operations()}
    assert paths["runAgent"] == "/v1/automation/run"
    assert paths["createBrowserSession"] == "/v1/browser"
    assert paths["deleteBrowserSession"] == "/v1/browser/{session_id}"
    assert paths["listBrowserUsage"] == "/v1/browser/usage"


@pytest.mark.parametrize(("key", "code"), [("", "MISSING_API_KEY"), ("other", "INVALID_API_KEY")])
def test_a_key_is_needed_and_looked_at(sandbox: Sandbox, key: str, code: str) -> None:
    answer = httpx.get(f"{sandbox.url}/v1/runs", headers={"X-API-Key": key} if key else {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"url": 3}, ["url"], "invalid_type"),
        ({"url": "not a url"}, ["url"], "invalid_format"),
        ({"goal": ""}, ["goal"], "too_small"),
        ({"browser_profile": "turbo"}, ["browser_profile"], "invalid_value"),
        ({"colour": "red"}, ["colour"], "unrecognized_keys"),
        ({"proxy_config": {}}, ["proxy_config", "enabled"], "invalid_type"),
        ({"proxy_config": {"enabled": True, "speed": 1}}, ["proxy_config", "speed"], "unrecognized_keys"),
        ({"proxy_config": {"enabled": True, "type": "custom"}}, ["proxy_config", "url"], "invalid_type"),
        ({"agent_config": {"max_steps": 501}}, ["agent_config", "max_steps"], "too_big"),
        ({"webhook_url": "http://a.example/hook"}, ["webhook_url"], "invalid_format"),
    ],
)
def test_a_wrong_field_is_named(
    api: httpx.Client, change: dict[str, Any], path: list[Any], code: str
) -> None:
    answer = api.post("/v1/automation/run-async", json={**RUN, **change})
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["code"] == "INVALID_INPUT"
    assert [(found["path"], found["code"]) for found in error["details"]] == [(path, code)]
    assert all(found["message"] for found in error["details"])


def test_every_wrong_field_is_named(api: httpx.Client) -> None:
    details = api.post("/v1/automation/run", json={"agent_config": {"mode": "x"}, "a": 1}).json()["error"][
        "details"
    ]
    assert sorted(".".join(found["path"]) for found in details) == ["a", "agent_config.mode", "goal", "url"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"NaN", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_refused(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/v1/automation/run", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_INPUT"


def test_a_number_that_is_none_is_refused(api: httpx.Client) -> None:
    bounds = b'{"type": "object", "properties": {"a": {"type": "number", "minimum": NaN}}}'
    body = b'{"url": "https://a.example", "goal": "g", "output_schema": ' + bounds + b"}"
    assert api.post("/v1/automation/run", content=body).status_code == 400


@pytest.mark.parametrize("goal", [b'"\\ud800"', b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_a_body_that_only_json_can_hold_is_refused(api: httpx.Client, goal: bytes) -> None:
    answer = api.post("/v1/automation/run", content=b'{"url": "https://a.example", "goal": ' + goal + b"}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "limit=1.5",
        "status=DONE",
        "sort_direction=up",
        "goal=" + "x" * 501,
    ],
)
def test_a_wrong_parameter_is_named(api: httpx.Client, query: str) -> None:
    answer = api.get(f"/v1/runs?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["path"] == [query.split("=")[0]]


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:8787", "10.0.0.1"])
def test_it_answers_to_no_other_name(api: httpx.Client, host: str) -> None:
    for path in ("/v1/runs", "/_sandbox", "/openapi.json", "/nowhere"):
        answer = api.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "FORBIDDEN"
    assert api.get("/v1/runs", headers={"Host": "localhost:1"}).status_code == 200


def test_every_answer_is_marked_and_in_the_envelope(sandbox: Sandbox, api: httpx.Client) -> None:
    answers = [
        api.get("/v1/runs"),
        api.get("/v1/nowhere"),
        api.put("/v1/runs"),
        api.post("/v1/automation/run", json={}),
        httpx.get(f"{sandbox.url}/v1/runs"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 400, 401]
    for answer in answers:
        assert answer.headers["X-TinyFish-Sandbox"] == "1"
        assert answer.headers["Date"]
        assert set(answer.json()) <= {"error", "data", "pagination"}
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)
    assert answers[2].headers["Allow"] == "GET"


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("prefix", ["/v1/browser", ""])
@pytest.mark.parametrize("slash", ["", "/"])
def test_browser_sessions_are_served_as_on_either_host(prefix: str, slash: str) -> None:
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.url, timeout=60) as api:
        api.headers["X-API-Key"] = sandbox.api_key
        session = api.post(f"{prefix}{slash or '/'}" if not prefix else f"{prefix}{slash}").json()
        usage = api.get(f"{prefix}/usage{slash}").json()
        assert [item["session_id"] for item in usage["items"]] == [session["session_id"]]
        assert api.delete(f"{prefix}/{session['session_id']}{slash}").status_code == 204
        assert [call.operation for call in sandbox.requests] == [
            "createBrowserSession",
            "listBrowserUsage",
            "deleteBrowserSession",
        ]


@pytest.mark.parametrize("path", ["/v1/runs/", "/v1/runs/x/", "/v1/runs/batch/"])
def test_a_slash_at_the_end_changes_nothing(sandbox: Sandbox, api: httpx.Client, path: str) -> None:
    method = "POST" if path.endswith("batch/") else "GET"
    body = {"run_ids": ["x"]} if method == "POST" else None
    assert (
        api.request(method, path, json=body).status_code
        == api.request(method, path[:-1], json=body).status_code
    )
    assert len({call.operation for call in sandbox.requests}) == 1


def test_unknown_paths_stay_unknown(api: httpx.Client) -> None:
    assert api.get("/nothing").status_code == 404
    assert api.delete("/nothing").status_code == 404
