"""Every operation of the contract is generated, and describes its call to the letter."""

import copy
import inspect
import json
import pickle
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from importlib import import_module, resources
from typing import Any
from urllib.parse import unquote

import pytest
from attrs.exceptions import FrozenInstanceError
from contracts import SESSION_SPEC, SPEC
from hypothesis import example, given
from hypothesis import strategies as st
from tinyfish_generated import api, models
from tinyfish_generated.api import agent, browser, runs, search, session, wallet
from tinyfish_generated.models import (
    AgentRunBatchRequest,
    AgentRunRequest,
    BatchRunItem,
    BrowserSessionRequest,
    BrowserUsageStatus,
    Run,
    RunIdsRequest,
    RunStatus,
    ScreenshotsMode,
    SortDirection,
)
from tinyfish_generated.types import DecodeError, Request, encode_query, encode_segment

PACKAGE = resources.files("tinyfish_generated")
CONTRACTS: dict[str, dict[str, Any]] = {
    name: json.loads(PACKAGE.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    for name in ("openapi", "openapi-session")
}
CONTRACT = CONTRACTS["openapi"]

RUN_REQUEST = AgentRunRequest(url="https://a.example", goal="Read")
IDS = RunIdsRequest(run_ids=["r1", "r2"])

# One call of every operation, and what it has to be.
CALLS: dict[str, tuple[Request[Any], str, str, str, dict[str, Any] | None]] = {
    "runAgent": (
        agent.run_agent(body=RUN_REQUEST),
        "agent",
        "POST",
        "/v1/automation/run",
        RUN_REQUEST.to_dict(),
    ),
    "queueRun": (
        agent.queue_run(body=RUN_REQUEST),
        "agent",
        "POST",
        "/v1/automation/run-async",
        RUN_REQUEST.to_dict(),
    ),
    "streamRun": (
        agent.stream_run(body=RUN_REQUEST),
        "agent",
        "POST",
        "/v1/automation/run-sse",
        RUN_REQUEST.to_dict(),
    ),
    "queueRuns": (
        agent.queue_runs(
            body=AgentRunBatchRequest(runs=[BatchRunItem(url="https://a.example", goal="Read")])
        ),
        "agent",
        "POST",
        "/v1/automation/run-batch",
        {"runs": [RUN_REQUEST.to_dict()]},
    ),
    "listRuns": (runs.list_runs(), "runs", "GET", "/v1/runs", None),
    "getRun": (runs.get_run("r1"), "runs", "GET", "/v1/runs/r1", None),
    "cancelRun": (runs.cancel_run("r1"), "runs", "POST", "/v1/runs/r1/cancel", None),
    "getRunsBatch": (
        runs.get_runs_batch(body=IDS),
        "runs",
        "POST",
        "/v1/runs/batch",
        {"run_ids": ["r1", "r2"]},
    ),
    "cancelRunsBatch": (
        runs.cancel_runs_batch(body=IDS),
        "runs",
        "POST",
        "/v1/runs/batch/cancel",
        {"run_ids": ["r1", "r2"]},
    ),
    "createBrowserSession": (browser.create_browser_session(), "browser", "POST", "/v1/browser", None),
    "deleteBrowserSession": (
        browser.delete_browser_session("br-1"),
        "browser",
        "DELETE",
        "/v1/browser/br-1",
        None,
    ),
    "listBrowserUsage": (browser.list_browser_usage(), "browser", "GET", "/v1/browser/usage", None),
    "searchWeb": (search.search_web(query="tides"), "search", "GET", "/v1/search", None),
    "getWallet": (wallet.get_wallet(), "wallet", "GET", "/v1/wallet", None),
    "listSessionPages": (session.list_session_pages(), "session", "GET", "/pages", None),
}


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The contract's operations by name: method, path and the operation."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for contract in CONTRACTS.values()
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def function_of(operation_id: str) -> Callable[..., Request[Any]]:
    _, _, operation = operations()[operation_id]
    name = re.sub("([A-Z])", r"_\1", operation_id).lower()
    package = import_module(f"{api.__name__}.{operation['tags'][0]}")
    assert name in package.__all__
    return getattr(package, name)


def test_the_packaged_contract_is_openapi_yaml() -> None:
    assert CONTRACTS == {"openapi": SPEC, "openapi-session": SESSION_SPEC}


def test_no_operation_is_missing() -> None:
    assert set(CALLS) == set(operations())
    exported = {
        name for package in (agent, browser, runs, search, session, wallet) for name in package.__all__
    }
    assert exported == {function_of(name).__name__ for name in operations()}


@pytest.mark.parametrize("operation_id", CALLS)
def test_an_operation_describes_its_call(operation_id: str) -> None:
    request, tag, method, path, body = CALLS[operation_id]
    assert request.operation_id == operation_id
    assert (request.tag, request.method, request.path, request.body) == (tag, method, path, body)
    assert request.query == ({"query": "tides"} if operation_id == "searchWeb" else {})
    assert request.streams == (operation_id == "streamRun")
    contract_method, template, operation = operations()[operation_id]
    assert method == contract_method
    assert tag == operation["tags"][0]
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)


@pytest.mark.parametrize("operation_id", CALLS)
def test_an_operation_takes_what_the_contract_says(operation_id: str) -> None:
    _, _, operation = operations()[operation_id]
    expected: dict[str, tuple[Any, bool]] = {}
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = CONTRACT["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
        in_path = parameter["in"] == "path"
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if in_path else inspect.Parameter.KEYWORD_ONLY
        expected[parameter["name"]] = (kind, parameter.get("required", False))
    if body := operation.get("requestBody"):
        required = "$ref" in body or body["required"]
        expected["body"] = (inspect.Parameter.KEYWORD_ONLY, required)
    function = function_of(operation_id)
    taken = {
        name: (parameter.kind, parameter.default is inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
    }
    assert taken == expected
    documentation = inspect.getdoc(function) or ""
    assert documentation.startswith(operation["summary"])
    assert all(f"{name}: " in documentation for name in expected if name != "body")


@pytest.mark.parametrize("operation_id", CALLS)
def test_the_examples_of_a_success_decode(operation_id: str) -> None:
    _, _, operation = operations()[operation_id]
    (response,) = (r for status, r in operation["responses"].items() if status.startswith("2"))
    decode = CALLS[operation_id][0].decode
    if "content" not in response:
        assert decode(None) is None
    for media in response.get("content", {}).values():
        schema = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
        for sample in media["examples"].values():
            if "$ref" in sample:
                sample = CONTRACT["components"]["examples"][sample["$ref"].rsplit("/", 1)[-1]]
            decoded = decode(sample["value"])
            if isinstance(sample["value"], list):
                assert [type(entry) for entry in decoded] == [models.SessionPage] * len(sample["value"])
            else:
                assert isinstance(decoded, getattr(models, schema))


@pytest.mark.parametrize("operation_id", sorted(set(CALLS) - {"deleteBrowserSession"}))
def test_a_success_that_is_something_else_is_a_decode_error(operation_id: str) -> None:
    with pytest.raises(DecodeError):
        CALLS[operation_id][0].decode("<html>")


def test_a_query_is_text() -> None:
    request = runs.list_runs(
        status=RunStatus.COMPLETED,
        goal="headlines & more",
        created_after=datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        created_before=datetime(2026, 12, 31, 23, 59, 59),
        sort_direction=SortDirection.ASC,
        cursor="eyJ=",
        limit=10,
    )
    assert request.query == {
        "status": "COMPLETED",
        "goal": "headlines & more",
        "created_after": "2026-01-01T00:00:00Z",
        "created_before": "2026-12-31T23:59:59Z",
        "sort_direction": "asc",
        "cursor": "eyJ=",
        "limit": "10",
    }
    assert {type(value) for value in request.query.values()} == {str}
    assert runs.get_run("r1", screenshots=ScreenshotsMode.BASE64).query == {"screenshots": "base64"}
    assert browser.list_browser_usage(status=BrowserUsageStatus.ENDED, page=2).query == {
        "status": "ended",
        "page": "2",
    }


def test_a_query_writes_what_has_a_form_of_its_own_and_leaves_out_none() -> None:
    query = encode_query({"a": True, "b": False, "c": None, "d": 0, "e": "", "f": RunStatus.decode("PAUSED")})
    assert query == {"a": "true", "b": "false", "d": "0", "e": "", "f": "PAUSED"}
    assert encode_query({"day": date(2026, 11, 1)}) == {"day": "2026-11-01"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example(".")
@example("..")
@example("a/../b?c#d")
def test_a_path_parameter_stays_one_segment(value: str) -> None:
    segment = encode_segment(value)
    assert unquote(segment) == value
    assert not set(segment) & set("/?#\\ ")
    assert segment not in (".", "..")


def test_an_optional_body_is_none_unless_it_is_given() -> None:
    assert browser.create_browser_session().body is None
    assert browser.create_browser_session(body=BrowserSessionRequest()).body == {}
    assert browser.create_browser_session(body=BrowserSessionRequest(url="a.example")).body == {
        "url": "a.example"
    }


def test_a_request_decodes_into_another_model() -> None:
    class Sequel(Run):
        """A subclass without fields of its own."""

    request = runs.get_run("r1", screenshots=ScreenshotsMode.NONE)
    other = request.into(Sequel)
    example = CONTRACT["components"]["examples"]["RunRunning"]["value"]
    assert type(other.decode(example)) is Sequel
    assert type(request.decode(example)) is Run
    fields = ("operation_id", "tag", "method", "path", "query", "body", "streams")
    assert [getattr(other, name) for name in fields] == [getattr(request, name) for name in fields]
    with pytest.raises(DecodeError, match=r"^Sequel: "):
        other.decode([])


def test_a_request_is_a_value() -> None:
    request = runs.list_runs(limit=3, created_after=datetime(2026, 1, 1, tzinfo=UTC))
    assert request == runs.list_runs(limit=3, created_after=datetime(2026, 1, 1, tzinfo=UTC))
    assert request != runs.list_runs(limit=4)
    assert pickle.loads(pickle.dumps(request)) == copy.deepcopy(request) == request
    with pytest.raises(FrozenInstanceError):
        request.path = "/"


def test_a_request_keeps_its_body_out_of_its_repr() -> None:
    assert "a.example" not in repr(agent.run_agent(body=RUN_REQUEST))
