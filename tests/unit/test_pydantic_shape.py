"""Models where people use them as pydantic models: every method that programs call, by itself."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator
from tinyfish_generated import models as generated
from tinyfish_generated.types import DecodeError, Model

import tinyfish
from tinyfish import (
    AgentRunResponse,
    CompleteEvent,
    PaginationInfo,
    ProgressEvent,
    ProxyConfig,
    Run,
    RunError,
    RunErrorCategory,
    RunListResponse,
    RunStatus,
    StartedEvent,
    StreamingUrlEvent,
    TinyFish,
)
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

MODELS = [
    value
    for name in generated.__all__
    if isinstance(value := getattr(generated, name), type) and issubclass(value, Model)
]
DOCUMENT: dict[str, Any] = {
    "run_id": "r1",
    "status": "FAILED",
    "goal": "g",
    "created_at": "2026-01-01T00:00:00Z",
    "error": {"message": "No", "category": "SYSTEM_FAILURE", "new": 1},
    "a_new_field": [1],
}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def names_of(model: Any) -> list[str]:
    return [*model.model_fields]


def test_a_model_iterates_as_pairs() -> None:
    run = Run.model_validate(DOCUMENT)
    pairs = dict(run)
    assert list(pairs) == [*names_of(Run), "a_new_field"]
    assert (pairs["status"], pairs["created_at"], pairs["steps"]) == (RunStatus.FAILED, AT, None)
    assert pairs["error"] is run.error
    assert dict(iter(run)) == pairs
    with pytest.raises(TypeError):
        run["status"]  # type: ignore[index]


def test_a_model_is_not_taken_for_a_list_of_runs() -> None:
    with (
        TinyFish("k") as client,
        pytest.raises(tinyfish.InvalidArgumentTypeError, match="must be a list, not a Run"),
    ):
        client.runs.get_many(Run.model_validate(DOCUMENT))  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [dict, lambda document: document.items() and {**document}])
def test_model_validate(make: Any) -> None:
    run = Run.model_validate(make(DOCUMENT))
    assert type(run) is Run
    assert type(run.error) is RunError
    assert run.to_dict() == DOCUMENT
    assert Run.model_validate(run) is run


def test_model_validate_takes_what_is_decoded_already() -> None:
    run = Run.model_validate(
        {**DOCUMENT, "status": RunStatus.FAILED, "created_at": AT, "error": RunError(message="x")}
    )
    assert (run.status, run.created_at, run.error) == (RunStatus.FAILED, AT, RunError(message="x"))
    assert run.to_dict()["created_at"] == DOCUMENT["created_at"]


def test_model_validate_takes_the_generated_model_of_the_same_object() -> None:
    run = Run.model_validate(generated.Run.model_validate(DOCUMENT))
    assert type(run) is Run
    assert run.to_dict() == DOCUMENT


def test_a_validated_model_does_not_change_with_its_mapping() -> None:
    document = copy.deepcopy(DOCUMENT)
    run = Run.model_validate(document)
    document["error"]["message"] = "Changed"
    assert run.error == Run.model_validate(DOCUMENT).error


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "the document has no created_at, goal, run_id, status"),
        ({**DOCUMENT, "run_id": ""}, "run_id is not a valid id"),
        (None, "expected a mapping or a Run, got NoneType"),
        ([DOCUMENT], "expected a mapping or a Run, got list"),
        (RunError(message="x"), "expected a mapping or a Run, got RunError"),
    ],
)
def test_what_is_no_run_is_a_value_error(value: object, text: str) -> None:
    with pytest.raises(ValueError, match=text) as caught:
        Run.model_validate(value)
    assert isinstance(caught.value, DecodeError)


def test_another_kind_of_event_is_none_of_this() -> None:
    with pytest.raises(ValueError, match="type must be 'STARTED', not COMPLETE"):
        StartedEvent.model_validate({"type": "COMPLETE", "run_id": "r1"})
    assert StartedEvent.model_validate({"run_id": "r1"}).type == "STARTED"


@pytest.mark.parametrize("encode", [str, str.encode, lambda text: bytearray(text.encode())])
def test_model_validate_json(encode: Any) -> None:
    assert Run.model_validate_json(encode(json.dumps(DOCUMENT))) == Run.model_validate(DOCUMENT)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff"])
def test_text_that_is_not_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="the text is not JSON"):
        Run.model_validate_json(text)


def test_model_copy() -> None:
    run = Run.model_validate(DOCUMENT)
    changed = run.model_copy(update={"status": RunStatus.COMPLETED, "result": {"a": 1}, "another": 2})
    assert (changed.status, changed.result, changed.goal) == (RunStatus.COMPLETED, {"a": 1}, "g")
    assert changed.extra_fields == {"a_new_field": [1], "another": 2}
    assert changed.to_dict() == {**DOCUMENT, "status": "COMPLETED", "result": {"a": 1}, "another": 2}
    assert run.to_dict() == DOCUMENT
    assert pickle.loads(pickle.dumps(changed)) == changed != run
    assert run.model_copy() == run
    assert run.model_copy(deep=True).error is not run.error


def test_model_copy_by_names_of_the_wire() -> None:
    event = CompleteEvent(run_id="r1", status=RunStatus.COMPLETED)
    assert event.model_copy(update={"result": {"a": 1}, "runId": "r2"}) == CompleteEvent(
        run_id="r2", status=RunStatus.COMPLETED, result_json={"a": 1}
    )


def test_a_changed_copy_is_read_anew() -> None:
    run = with_wanted(
        Run.model_validate({**DOCUMENT, "status": "COMPLETED", "result": {"a": 1}}),
        Wanted(dict[str, int], {}),
    )
    assert run.value == {"a": 1}
    assert run.model_copy(update={"result": {"a": 2}}).value == {"a": 2}


def test_model_fields() -> None:
    fields = Run.model_fields
    assert list(fields) == list(generated.Run._names)
    assert (fields["run_id"].annotation, fields["run_id"].is_required(), fields["run_id"].alias) == (
        str,
        True,
        "run_id",
    )
    assert fields["status"].annotation is RunStatus
    assert (fields["error"].annotation, fields["error"].default) == (RunError | None, None)
    assert not fields["error"].is_required()
    assert fields["goal"].description == "What the agent was asked to do."
    assert CompleteEvent.model_fields["result_json"].alias == "result"
    assert CompleteEvent.model_fields["type"].default == "COMPLETE"
    assert Run.model_validate(DOCUMENT).model_fields.keys() == fields.keys()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_tells_its_fields(model: Any) -> None:
    assert model.model_fields
    for field in model.model_fields.values():
        assert not isinstance(field.annotation, str)
        assert field.description


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_schema(model: Any) -> None:
    schema = model.model_json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == model.__name__
    assert set(schema["properties"]) == set(model._names.values())
    assert "x-" not in json.dumps([*_words(schema)])
    for reference in _references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def _words(schema: Any) -> Any:
    if isinstance(schema, dict):
        for word, part in schema.items():
            yield word
            yield from _words(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _words(part)


def _references(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield from [schema["$ref"]] if "$ref" in schema else []
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def test_a_schema_takes_the_documents_of_its_model() -> None:
    validator = Draft202012Validator(Run.model_json_schema())
    assert validator.is_valid(Run.model_validate(DOCUMENT).to_dict())
    assert not validator.is_valid({})
    assert validator.is_valid({**DOCUMENT, "status": "NEW_STATUS"})  # what a server sends is open


def test_a_schema_of_a_request_has_its_bounds() -> None:
    schema = tinyfish.AgentConfig.model_json_schema(ref_template="#/components/schemas/{model}")
    assert schema["properties"]["max_steps"]["maximum"] == 500
    assert schema["properties"]["mode"]["$ref"] == "#/components/schemas/AgentMode"
    assert schema["$defs"]["AgentMode"]["enum"] == ["default", "strict"]


def test_a_model_is_made_by_the_names_of_the_wire() -> None:
    event = CompleteEvent(  # type: ignore[call-arg]
        runId="r1", status="COMPLETED", result={"a": 1}, timestamp="2026-01-01T00:00:00Z", type="COMPLETE"
    )
    assert event == CompleteEvent(run_id="r1", status=RunStatus.COMPLETED, result_json={"a": 1}, timestamp=AT)
    assert type(event.status) is RunStatus
    assert StartedEvent(runId="r1").run_id == "r1"  # type: ignore[call-arg]
    assert ProgressEvent(runId="r1", purpose="Look").to_dict() == {
        "type": "PROGRESS",
        "run_id": "r1",
        "purpose": "Look",
    }  # type: ignore[call-arg]
    live = StreamingUrlEvent(runId="r1", streamingUrl="wss://live.example")  # type: ignore[call-arg]
    assert live.streaming_url == "wss://live.example"


def test_a_model_is_made_of_values_as_they_are_on_the_wire() -> None:
    run = Run(
        run_id="r1",
        status="FAILED",  # type: ignore[arg-type]
        goal="g",
        created_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]
        error={"message": "No", "category": "SYSTEM_FAILURE"},  # type: ignore[arg-type]
    )
    assert (run.status, run.created_at) == (RunStatus.FAILED, AT)
    assert run.error == RunError(message="No", category=RunErrorCategory.SYSTEM_FAILURE)
    page = RunListResponse(
        data=[DOCUMENT],  # type: ignore[list-item]
        pagination={"total": 1, "has_more": False, "next_cursor": None},  # type: ignore[arg-type]
    )
    assert type(page.data[0]) is Run
    assert page.pagination == PaginationInfo(total=1, has_more=False)


def test_a_document_by_the_names_of_python() -> None:
    by_name = {"run_id": "r1", "status": "COMPLETED", "result_json": {"a": 1}}
    assert CompleteEvent.model_validate(by_name).result_json == CompleteEvent.from_dict(by_name).result_json
    assert CompleteEvent.model_validate(by_name).to_dict()["result"] == {"a": 1}
    assert CompleteEvent.from_dict(by_name).extra_fields == {}


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(TypeError):
        StartedEvent(run_id="r1", bogus=1)  # type: ignore[call-arg]


def test_the_constructor_shows_its_arguments() -> None:
    assert list(inspect.signature(StartedEvent).parameters) == [
        "type",
        "run_id",
        "timestamp",
        "extra_fields",
    ] or {*inspect.signature(StartedEvent).parameters} == {"type", "run_id", "timestamp", "extra_fields"}


@pytest.mark.parametrize(
    "options",
    [{"exclude_none": True}, {"exclude_unset": True}, {"exclude_defaults": True}],
    ids=str,
)
def test_model_dump_leaves_out_as_pydantic_does(options: dict[str, bool]) -> None:
    config = ProxyConfig(enabled=True)
    assert config.model_dump(**options) == {"enabled": True}
    assert json.loads(config.model_dump_json(**options)) == {"enabled": True}


@pytest.mark.parametrize("read", [False, True])
def test_copies_pickles_and_asdict(read: bool) -> None:
    response = AgentRunResponse.model_validate({**DOCUMENT, "num_of_steps": 1})
    typed = with_wanted(response, Wanted(dict, {}))
    for each in (response, typed):
        if read:
            dict(each)
        for again in (copy.copy(each), copy.deepcopy(each), pickle.loads(pickle.dumps(each))):
            assert again == each
        told = attrs.asdict(each)
        assert told["run_id"] == "r1"
        assert told["error"]["message"] == "No"
        assert not [name for name in told if name.startswith("_")]
        assert json.loads(json.dumps(each.to_dict())) == each.to_dict()


def test_pydantic_is_not_imported() -> None:
    program = (
        "import sys, tinyfish\n"
        "run = tinyfish.CompleteEvent.model_validate({'run_id': 'r1', 'status': 'COMPLETED'})\n"
        "dict(run), run.model_copy(), run.model_json_schema(), run.model_fields\n"
        "assert not {'pydantic', 'pydantic_core', 'msgspec'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
