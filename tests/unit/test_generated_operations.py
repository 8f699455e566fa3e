"""Every operation of the contract is generated, and describes its call exactly."""

import copy
import inspect
import json
import pickle
import pkgutil
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
from tinyfish_generated.api import browser, runs
from tinyfish_generated.models import (
    BrowserSessionRequest,
    BrowserUsageStatus,
    Run,
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


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A part of the contract, or what it refers to."""
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = CONTRACT["components"][kind][name]
    return node


def value_of(node: dict[str, Any]) -> Any:
    """The first example of a parameter or a body."""
    return resolved(next(iter(node["examples"].values())))["value"] if "examples" in node else node["example"]


def parameters_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(parameter) for parameter in operation.get("parameters", [])]


def python_name(parameter: dict[str, Any]) -> str:
    """A parameter's name in Python: that of a header is not one."""
    name = str(parameter["name"])
    return name.lower().replace("-", "_") if parameter["in"] == "header" else name


def body_of(operation: dict[str, Any]) -> tuple[str, Any] | None:
    """The component and the first example of an operation's body; None if it has none."""
    if "requestBody" not in operation:
        return None
    media = resolved(operation["requestBody"])["content"]["application/json"]
    return media["schema"]["$ref"].rsplit("/", 1)[-1], value_of(media)


def call_of(operation_id: str) -> Request[Any]:
    """A call with the contract's examples of all that is required, and of the body."""
    _, _, operation = operations()[operation_id]
    given = {p["name"]: value_of(p) for p in parameters_of(operation) if p.get("required")}
    if (body := body_of(operation)) is not None:
        component, example = body
        given["body"] = getattr(models, component).from_dict(example)
    return function_of(operation_id)(**given)


OPERATIONS = sorted(operations())


def test_every_function_is_an_operation() -> None:
    packages = [import_module(info.name) for info in pkgutil.iter_modules(api.__path__, f"{api.__name__}.")]
    exported = {name for package in packages for name in package.__all__}
    assert exported == {function_of(name).__name__ for name in operations()}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_operation_describes_its_call(operation_id: str) -> None:
    method, template, operation = operations()[operation_id]
    request = call_of(operation_id)
    required = {p["name"]: p for p in parameters_of(operation) if p.get("required")}
    path = template
    for name, parameter in required.items():
        path = path.replace(f"{{{name}}}", str(value_of(parameter)))
    assert (request.operation_id, request.tag) == (operation_id, operation["tags"][0])
    assert (request.method, request.path) == (method, path)
    assert request.query == {n: str(value_of(p)) for n, p in required.items() if p["in"] == "query"}
    body = body_of(operation)
    assert request.body == (None if body is None else body[1])
    answers = [resolved(answer) for status, answer in operation["responses"].items() if status[0] == "2"]
    assert request.streams == any("text/event-stream" in answer.get("content", {}) for answer in answers)
    assert request.safe_to_repeat == operation["x-safe-to-repeat"]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_operation_takes_what_the_contract_says(operation_id: str) -> None:
    _, _, operation = operations()[operation_id]
    expected: dict[str, tuple[Any, bool]] = {}
    for parameter in parameters_of(operation):
        in_path = parameter["in"] == "path"
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if in_path else inspect.Parameter.KEYWORD_ONLY
        expected[python_name(parameter)] = (kind, parameter.get("required", False))
    if body := operation.get("requestBody"):
        required = resolved(body).get("required", False)
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


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_examples_of_a_success_decode(operation_id: str) -> None:
    _, _, operation = operations()[operation_id]
    response, *_ = (resolved(r) for status, r in operation["responses"].items() if status.startswith("2"))
    decode = call_of(operation_id).decode
    if "content" not in response:
        assert decode(None) is None
    for media in response.get("content", {}).values():
        schema = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
        for sample in media["examples"].values():
            value = resolved(sample)["value"]
            decoded = decode(value)
            if isinstance(value, list):
                assert [type(entry) for entry in decoded] == [models.SessionPage] * len(value)
            else:
                assert isinstance(decoded, getattr(models, schema))


@pytest.mark.parametrize("operation_id", sorted({*OPERATIONS} - {"deleteBrowserSession"}))
def test_a_success_that_is_something_else_is_a_decode_error(operation_id: str) -> None:
    with pytest.raises(DecodeError):
        call_of(operation_id).decode("<html>")


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
    request = call_of("runAgent")
    assert str(request.body["goal"]) not in repr(request)
