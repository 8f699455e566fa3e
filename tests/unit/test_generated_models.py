"""Models decode anything that a server sends, lose nothing, and serialize it as the contract says."""

import copy
import json
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import attrs
import pytest
from attrs import define
from attrs.exceptions import FrozenInstanceError
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tinyfish_generated import models
from tinyfish_generated import unions as generated_unions
from tinyfish_generated.models import (
    AgentRunRequest,
    AgentRunResponse,
    BrowserConfig,
    BrowserProfile,
    CompleteEvent,
    HeartbeatEvent,
    PaginationInfo,
    ProxyConfig,
    ProxyType,
    Run,
    RunError,
    RunErrorCategory,
    RunListResponse,
    RunStatus,
    RunStep,
    SchemaValidation,
    StartedEvent,
    decode_agent_run_event,
)
from tinyfish_generated.types import DecodeError, Model, decode_each

CONTRACT: dict[str, Any] = json.loads(
    resources.files("tinyfish_generated").joinpath("openapi.json").read_text(encoding="utf-8")
)
MODELS = [
    model
    for name in models.__all__
    if isinstance(model := getattr(models, name), type) and issubclass(model, Model)
]

RUN = {
    "run_id": "r1",
    "status": "COMPLETED",
    "goal": "Read the headlines",
    "created_at": "2026-11-01T09:00:00Z",
    "started_at": "2026-11-01T09:00:01Z",
    "finished_at": None,
    "result": {"headlines": ["A", "B"]},
    "error": None,
    "browser_config": {"proxy_enabled": True, "proxy_country_code": "DE"},
    "steps": [{"id": "s1", "status": "COMPLETED", "action": "Open the page"}],
}

wire_names = st.sampled_from(sorted({name for model in MODELS for name in model._known} | {"result_json"}))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["COMPLETED", "PAUSED", "2026-11-01T09:00:00Z", "2026-11-01 09:00", "soon", '{"a": [1]}', "[1", "{}"]
    )
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(wire_names | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
json_objects = st.dictionaries(wire_names | st.text(max_size=6), json_values, max_size=8)


def contract_examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """The examples of every JSON body in the contract, by the name of its schema."""
    components = CONTRACT["components"]
    operations = [*CONTRACT["paths"].values(), *CONTRACT["webhooks"].values()]
    bodies: list[Any] = [*components["responses"].values(), *components["requestBodies"].values()]
    for item in operations:
        for operation in item.values():
            if isinstance(operation, dict):
                bodies += [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for media in body.get("content", {}).values():
            for example in media["examples"].values():
                reference = example.get("$ref", "").rsplit("/", 1)[-1]
                value = components["examples"][reference]["value"] if reference else example["value"]
                schema = media["schema"].get("$ref", "").rsplit("/", 1)[-1]
                if schema.endswith("Event"):
                    name = re.sub("(?<!^)([A-Z])", r"_\1", schema).lower()
                    decode = getattr(models, f"decode_{name}")
                    schema = type(decode(value)).__name__
                if schema:
                    yield schema, value


EXAMPLES = list(contract_examples())


def without_optional_nulls(value: Any) -> Any:
    """A JSON value without the members that are null: whether those are sent makes no difference."""
    if isinstance(value, dict):
        return {name: without_optional_nulls(member) for name, member in value.items() if member is not None}
    return [without_optional_nulls(entry) for entry in value] if isinstance(value, list) else value


def assert_valid(model: Model, schema: str) -> None:
    document = {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]}
    Draft202012Validator(document).validate(json.loads(model.to_json()))


# -------------------------------------------------------------------------------------- every model


def test_every_object_of_the_contract_has_a_model() -> None:
    schemas = CONTRACT["components"]["schemas"]
    objects = {
        name for name, schema in schemas.items() if schema.get("type") == "object" or "allOf" in schema
    }
    mappings = {"JsonObject", "OutputSchema", "OutputSchemaNode"}
    assert {model.__name__ for model in MODELS} == (objects | {"SessionPage"}) - mappings
    unions = {name for name, schema in schemas.items() if "oneOf" in schema and name not in models.__all__}
    assert set(schemas) - unions <= set(models.__all__)
    assert unions == {
        name for name in vars(generated_unions) if name in schemas and name not in models.__all__
    }
    assert set(models.__all__) <= set(dir(models))


def test_a_model_is_loaded_when_it_is_first_used() -> None:
    program = """
import sys
from tinyfish_generated import models

def loaded():
    return sorted(name.rsplit(".")[-1] for name in sys.modules if name.startswith("tinyfish_generated.models."))

assert loaded() == []
assert models.RunError is models.RunError
assert loaded() == ["run_error", "run_error_category"], loaded()
"""
    path = {"PYTHONPATH": str(Path(models.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_model_that_does_not_exist_is_none_of_them() -> None:
    with pytest.raises(AttributeError, match=r"tinyfish_generated\.models. has no attribute .Rum."):
        _ = models.Rum


def test_there_are_examples_of_most_models() -> None:
    assert len({schema for schema, _ in EXAMPLES}) >= 18


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_examples_decode_and_come_back(schema: str, example: dict[str, Any]) -> None:
    model = getattr(models, schema).decode_document(example)
    assert model.extra_fields == {}
    assert_valid(model, schema)
    assert without_optional_nulls(model.to_dict()) == without_optional_nulls(example)
    assert type(model).from_dict(model.to_dict()) == model


def is_no_webhook(src: dict[str, Any]) -> bool:
    """Whether models take an object: they refuse the message of a webhook."""
    data = src.get("data")
    return "data" not in src or not (
        isinstance(src.get("event"), str) or (isinstance(data, dict) and "run_id" in data)
    )


@pytest.mark.parametrize("model", MODELS)
@given(src=json_objects.filter(is_no_webhook))
@settings(max_examples=settings.default.max_examples // 10)  # for each model
def test_no_object_is_too_odd(model: type[Model], src: dict[str, Any]) -> None:
    decoded = model.from_dict(src)
    assert model.from_dict(decoded.to_dict()) == decoded
    assert json.loads(decoded.to_json()) == decoded.to_dict()
    assert set(src) - model._known - {*model._names, *model._other_names} <= set(decoded.extra_fields)
    assert set(decoded.extra_fields) <= set(src) - model._known
    assert pickle.loads(pickle.dumps(decoded)) == copy.deepcopy(decoded) == copy.copy(decoded) == decoded
    json.loads(decoded.model_dump_json())
    repr(decoded)


@pytest.mark.parametrize("model", MODELS)
def test_models_are_frozen_and_unhashable(model: type[Model]) -> None:
    instance = model.from_dict({})
    name = attrs.fields(model)[-1].name
    with pytest.raises(FrozenInstanceError):
        setattr(instance, name, 1)
    with pytest.raises(FrozenInstanceError):
        delattr(instance, name)
    with pytest.raises(AttributeError):
        instance.no_such_field = 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(instance)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_absent_is_none_and_nothing_is_unset(model: type[Model]) -> None:
    instance = model.from_dict({})
    values = {name: value for name, value in attrs.asdict(instance).items() if name != "extra_fields"}
    absent = {name: make() for name, make in model._absent.items()}  # an empty list, say, instead of None
    assert values == {**dict.fromkeys(values), **absent}
    assert instance.to_dict() == dict.fromkeys(model._required)


@pytest.mark.parametrize("model", MODELS)
def test_optional_fields_need_no_argument(model: type[Model]) -> None:
    required = {a.name for a in attrs.fields(model) if a.default is attrs.NOTHING}
    assert {model._names[name] for name in required} <= model._required
    assert not model(**dict.fromkeys(required)).extra_fields
    with pytest.raises(TypeError, match="positional"):
        model("x")


# ----------------------------------------------------------------------------------------- decoding


def test_a_run_decodes_to_typed_fields() -> None:
    run = Run.decode_document(RUN)
    assert run.status is RunStatus.COMPLETED
    assert run.created_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert run.finished_at is None
    assert run.browser_config == BrowserConfig(proxy_enabled=True, proxy_country_code="DE")
    assert run.steps == [RunStep(id="s1", status=RunStatus.COMPLETED, action="Open the page")]
    assert run.result == {"headlines": ["A", "B"]}


def test_unknown_fields_stay_reachable_at_every_level() -> None:
    run = Run.from_dict(
        RUN | {"queue_position": 3, "browser_config": {"browser_type": "x"}, "steps": [{"cost": {"usd": 1}}]}
    )
    assert run.extra_fields == {"queue_position": 3}
    assert run.browser_config is not None
    assert run.browser_config.extra_fields == {"browser_type": "x"}
    assert run.steps is not None
    assert run.steps[0].extra_fields == {"cost": {"usd": 1}}
    document = run.to_dict()
    assert document["queue_position"] == 3
    assert document["steps"][0]["cost"] == {"usd": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run_id", 17),
        ("goal", ["a"]),
        ("created_at", "yesterday"),
        ("started_at", 1793523600),
        ("num_of_steps", "seven"),
        ("result", ["A", "B"]),
        ("result", "All done"),
        ("result", "{not json"),
        ("schema_validation", []),
        ("error", "The site refused"),
        ("browser_config", False),
        ("steps", {"0": {}}),
        ("steps", "none"),
        ("status", {"name": "COMPLETED"}),
    ],
)
def test_a_value_of_another_shape_is_kept_as_it_came(field: str, value: object) -> None:
    run = Run.from_dict(RUN | {field: value})
    assert getattr(run, field) == value
    assert run.to_dict()[field] == value


def test_entries_of_another_shape_are_kept_as_they_came() -> None:
    run = Run.from_dict(RUN | {"steps": [{"id": "s1"}, None, "s2"]})
    assert run.steps is not None
    assert isinstance(run.steps[0], RunStep)
    assert run.steps[1:] == [None, "s2"]


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"price": 3}', {"price": 3}), ('\n [{"price": 3}]', [{"price": 3}]), ("{}", {}), ("3", "3"), ("", "")],
)
def test_a_result_that_is_json_in_a_string_is_parsed(text: str, value: object) -> None:
    assert AgentRunResponse.from_dict({"result": text}).result == value
    assert CompleteEvent.from_dict({"result": text}).result_json == value


def test_json_nested_too_deep_to_parse_stays_text() -> None:
    text = "[" * 200_000
    assert AgentRunResponse.from_dict({"result": text}).result == text


def test_a_field_is_decoded_once() -> None:
    run = Run.from_dict(RUN)
    assert run.browser_config is run.browser_config
    assert run.extra_fields is run.extra_fields
    assert run.result is run.result
    with pytest.raises(AttributeError, match=r"'Run' object has no attribute 'reslut'") as caught:
        _ = run.reslut
    assert "reslut" not in dir(run)
    assert (caught.value.name, caught.value.obj) == ("reslut", run)  # what "Did you mean" goes by


def test_a_model_does_not_change_with_the_mapping_that_it_was_made_of() -> None:
    source = copy.deepcopy(RUN)
    run = Run.from_dict(source)
    source["goal"] = "Another"
    source["browser_config"]["proxy_enabled"] = False
    source["steps"].append({"id": "s2"})
    source["result"]["headlines"].clear()
    assert run == Run.from_dict(RUN)


def test_a_model_can_be_copied_while_another_thread_looks_at_it() -> None:
    for _ in range(20):
        run = Run.from_dict(RUN | {"result": {str(i): [i] for i in range(2000)}})
        seen = threading.Thread(target=lambda run=run: [getattr(run, name) for name in Run._names])
        seen.start()
        assert copy.deepcopy(run) == pickle.loads(pickle.dumps(run)) == run
        seen.join()


def test_a_model_that_nobody_looked_at_copies_and_pickles() -> None:
    assert pickle.loads(pickle.dumps(Run.from_dict(RUN))) == Run.from_dict(RUN)
    assert copy.copy(Run.from_dict(RUN)).result == RUN["result"]


def test_a_class_has_its_fields() -> None:
    assert hasattr(Run, "goal")
    assert hasattr(Run, "extra_fields")


def test_a_subclass_has_plain_defaults() -> None:
    with pytest.raises(TypeError, match=r"Tagged\.tags must have a value as its default"):

        @define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
        class Tagged(Run):
            tags: list[str] = attrs.field(factory=list)


def test_any_mapping_decodes() -> None:
    assert Run.from_dict(MappingProxyType(RUN)) == Run.from_dict(RUN)


def test_a_model_keeps_nothing_of_the_servers_unknown_values_from_people() -> None:
    run = Run.from_dict(RUN | {"status": "PAUSED", "error": {"message": "m", "category": "WEATHER"}})
    assert run.status == "PAUSED"
    assert isinstance(run.status, RunStatus)
    assert run.error is not None
    assert run.error.category == "WEATHER"
    assert isinstance(run.error.category, RunErrorCategory)
    assert run.to_dict()["error"]["category"] == "WEATHER"


# --------------------------------------------------------------------------------------- documents


@pytest.mark.parametrize(
    ("document", "kind"), [([], "list"), ("x", "str"), (None, "NoneType"), (3, "int"), (True, "bool")]
)
def test_a_document_has_to_be_an_object(document: object, kind: str) -> None:
    with pytest.raises(DecodeError, match=f"^Run: expected an object, got {kind}$"):
        Run.decode_document(document)


def test_a_document_has_to_have_what_the_contract_requires() -> None:
    with pytest.raises(DecodeError, match=r"^Run: the document has no created_at, goal$"):
        Run.decode_document({"run_id": "r1", "status": "RUNNING"})


def test_a_document_is_checked_at_the_top_only() -> None:
    page = RunListResponse.decode_document({"data": [{}, {"run_id": "r2"}], "pagination": {}})
    assert [run.run_id for run in page.data] == [None, "r2"]
    assert page.pagination.total is None


def test_a_required_field_may_be_null() -> None:
    assert Run.decode_document(dict.fromkeys(Run._required) | {"run_id": "r1"}).goal is None


def test_an_array_is_decoded_entry_by_entry() -> None:
    assert [run.run_id for run in Run.decode_documents([RUN, RUN | {"run_id": "r2"}])] == ["r1", "r2"]
    with pytest.raises(DecodeError, match="expected an array, got dict"):
        Run.decode_documents(RUN)
    with pytest.raises(DecodeError, match="expected an object, got int"):
        Run.decode_documents([RUN, 1])


def test_a_decode_error_is_a_value_error() -> None:
    assert issubclass(DecodeError, ValueError)


# ------------------------------------------------------------------------------------------ writing


def test_a_request_writes_only_what_was_given() -> None:
    request = AgentRunRequest(url="https://a.example", goal="Read")
    assert request.to_dict() == {"url": "https://a.example", "goal": "Read"}
    assert_valid(request, "AgentRunRequest")


def test_a_request_writes_enums_and_nested_models_in_full() -> None:
    request = AgentRunRequest(
        url="https://a.example",
        goal="Read",
        browser_profile=BrowserProfile.STEALTH,
        proxy_config=ProxyConfig(enabled=True, type=ProxyType.TETRA, country_code="NL"),
        output_schema={"type": "object", "properties": {"price": {"type": "string", "nullable": None}}},
    )
    assert request.to_dict() == {
        "url": "https://a.example",
        "goal": "Read",
        "browser_profile": "stealth",
        "proxy_config": {"enabled": True, "type": "tetra", "country_code": "NL"},
        "output_schema": {"type": "object", "properties": {"price": {"type": "string", "nullable": None}}},
    }
    assert type(request.to_dict()["browser_profile"]) is str


def test_what_is_written_is_a_copy() -> None:
    run = Run.from_dict(RUN | {"later": {"a": []}})
    document = run.to_dict()
    document["result"]["headlines"].clear()
    document["later"]["a"].append(1)
    assert run.result == {"headlines": ["A", "B"]}
    assert run.extra_fields == {"later": {"a": []}}


def test_an_event_writes_its_type_by_itself() -> None:
    assert StartedEvent(run_id="r1").to_dict() == {"type": "STARTED", "run_id": "r1"}


def test_the_name_on_the_wire_and_the_name_in_python_differ_where_the_contract_says_so() -> None:
    event = CompleteEvent.from_dict({"result": {"a": 1}, "result_json": {"b": 2}})
    assert event.result_json == {"a": 1}
    assert event.extra_fields == {"result_json": {"b": 2}}
    assert event.to_dict()["result"] == {"a": 1}
    assert event.to_dict()["result_json"] == {"b": 2}
    assert event.model_dump()["result_json"] == {"a": 1}


def test_to_json_is_to_dict_as_text() -> None:
    error = RunError(message="Größe fehlt")
    assert error.to_json() == '{"message": "Größe fehlt"}'
    assert error.to_json(indent=1) == '{\n "message": "Größe fehlt"\n}'


# --------------------------------------------------------------------------------------- model_dump


def test_model_dump_has_python_values_under_python_names() -> None:
    event = CompleteEvent.from_dict(
        {"type": "COMPLETE", "status": "FAILED", "error": {"message": "m"}, "timestamp": "2026-11-01", "x": 1}
    )
    assert event.model_dump() == {
        "type": "COMPLETE",
        "run_id": None,
        "status": RunStatus.FAILED,
        "result_json": None,
        "error": {
            "message": "m",
            "code": None,
            "category": None,
            "retry_after": None,
            "help_url": None,
            "help_message": None,
        },
        "help_url": None,
        "help_message": None,
        "timestamp": datetime(2026, 11, 1, tzinfo=UTC),
        "x": 1,
    }
    assert type(event.model_dump()["status"]) is RunStatus


def test_model_dump_in_json_mode_has_json_values() -> None:
    dumped = Run.from_dict(RUN).model_dump(mode="json")
    assert dumped["created_at"] == "2026-11-01T09:00:00Z"
    assert type(dumped["status"]) is str
    assert dumped["steps"][0]["status"] == "COMPLETED"
    assert dumped["finished_at"] is None


def test_model_dump_by_alias_uses_the_names_of_the_wire() -> None:
    event = CompleteEvent(run_id="r1", status=RunStatus.COMPLETED, result_json={"a": 1})
    assert "result_json" not in event.model_dump(by_alias=True)
    assert event.model_dump(by_alias=True)["result"] == {"a": 1}


def test_model_dump_leaves_out_nulls_at_every_level_but_not_in_free_form_objects() -> None:
    run = Run.from_dict({"run_id": "r1", "goal": None, "steps": [{"id": "s1"}], "result": {"a": None}})
    assert run.model_dump(exclude_none=True) == {
        "run_id": "r1",
        "steps": [{"id": "s1"}],
        "result": {"a": None},
    }
    assert run.model_dump(exclude_unset=True) == {
        "run_id": "r1",
        "status": None,
        "goal": None,
        "created_at": None,
        "steps": [{"id": "s1", "status": None}],
        "result": {"a": None},
    }


def test_model_dump_takes_a_choice_of_fields() -> None:
    run = Run.from_dict(RUN | {"x": 1, "y": 2})
    assert run.model_dump(include={"run_id", "x"}) == {"run_id": "r1", "x": 1}
    assert run.model_dump(include=["run_id", "goal"], exclude={"goal"}) == {"run_id": "r1"}
    assert "y" not in run.model_dump(exclude={"y", "goal"})
    assert CompleteEvent.from_dict({"result": {}}).model_dump(by_alias=True, include={"result_json"}) == {
        "result": {}
    }


def test_model_dump_json_is_compact_unless_indented() -> None:
    error = RunError(message="m", category=RunErrorCategory.UNKNOWN)
    assert error.model_dump_json(exclude_none=True) == '{"message":"m","category":"UNKNOWN"}'
    assert error.model_dump_json(include={"message"}, indent=2) == '{\n  "message": "m"\n}'
    assert json.loads(error.model_dump_json()) == error.model_dump(mode="json")
    assert error.model_dump_json(exclude_unset=True, exclude={"category"}) == '{"message":"m"}'
    assert json.loads(CompleteEvent.from_dict({}).model_dump_json(by_alias=True))["result"] is None


# ---------------------------------------------------------------------- printing, comparing, changing


def test_repr_shows_the_fields_that_are_set() -> None:
    info = PaginationInfo(has_more=True, total=3)
    assert repr(info) == "PaginationInfo(has_more=True, total=3)"
    assert repr(attrs.evolve(info, extra_fields={"page": 1})) == (
        "PaginationInfo(has_more=True, total=3, extra_fields={'page': 1})"
    )


def test_repr_keeps_a_password_to_itself() -> None:
    proxy = ProxyConfig(enabled=True, url="http://proxy.example", username="u", password="hunter2")
    assert "hunter2" not in repr(proxy)
    assert proxy.to_dict()["password"] == "hunter2"


def test_an_error_prints_its_message() -> None:
    assert str(RunError(message="The site refused")) == "The site refused"
    assert str(RunError.from_dict({"code": "SITE_BLOCKED"})) == "RunError(code='SITE_BLOCKED')"
    assert str(RunError.from_dict({"message": {"text": "odd"}})) == "{'text': 'odd'}"


def test_models_are_equal_if_class_and_fields_are() -> None:
    run = Run.from_dict(RUN)
    assert run == Run.from_dict(dict(reversed(RUN.items())))
    assert run != Run.from_dict(RUN | {"goal": "Another"})
    assert run != Run.from_dict(RUN | {"x": 1})
    assert run != RUN
    assert BrowserConfig() != CompleteEvent.from_dict({})


def test_evolve_changes_a_copy() -> None:
    run = Run.from_dict(RUN)
    assert attrs.evolve(run, goal="Another").goal == "Another"
    assert run.goal == "Read the headlines"


def test_a_deep_copy_shares_nothing() -> None:
    run = Run.from_dict(RUN)
    again = copy.deepcopy(run)
    assert again.result is not run.result
    assert copy.copy(run).result is run.result


# ------------------------------------------------------------------------------------------- events


@pytest.mark.parametrize(
    "document",
    [{"type": "STATUS", "message": "m"}, {"type": None}, {}, {"type": ["STARTED"]}, {"type": "started"}],
)
def test_an_event_of_unknown_type_is_none(document: dict[str, Any]) -> None:
    assert decode_agent_run_event(document) is None


def test_an_event_decodes_to_the_model_of_its_type_whatever_it_lacks() -> None:
    assert decode_agent_run_event({"type": "HEARTBEAT"}) == HeartbeatEvent()
    event = decode_agent_run_event({"type": "COMPLETE", "novelty": 1})
    assert isinstance(event, CompleteEvent)
    assert event.extra_fields == {"novelty": 1}


@pytest.mark.parametrize("document", [[], "STARTED", 1, None])
def test_an_event_has_to_be_an_object(document: object) -> None:
    with pytest.raises(DecodeError, match="expected an object with a 'type', got"):
        decode_agent_run_event(document)


# -------------------------------------------------------------------------------- hand-written models


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MarkedRun(Run):
    """A subclass with a field of its own, which is not on the wire."""

    marked: bool = False

    @property
    def is_long(self) -> bool:
        return (self.num_of_steps or 0) > 10


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MarkedRunList(Model):
    """A model whose entries are of a class of our own."""

    _names = RunListResponse._names
    _known = RunListResponse._known
    _required = RunListResponse._required
    _decoders: ClassVar = {**RunListResponse._decoders, "data": partial(decode_each, MarkedRun.decode)}

    data: list[MarkedRun]
    pagination: PaginationInfo


def test_a_subclass_decodes_to_itself() -> None:
    run = MarkedRun.decode_document(RUN | {"num_of_steps": 11, "x": 1})
    assert type(run) is MarkedRun
    assert run.is_long
    assert not run.marked
    assert run != Run.from_dict(RUN | {"num_of_steps": 11, "x": 1})
    assert run.extra_fields == {"x": 1}
    marked = run.model_copy(update={"marked": True})
    assert marked != run
    assert "marked=True" in repr(marked)
    assert marked.to_dict() == run.to_dict()
    assert pickle.loads(pickle.dumps(marked)) == copy.deepcopy(marked) == marked


def test_a_page_of_a_subclass_decodes_and_writes_as_the_generated_one() -> None:
    document = {"data": [RUN], "pagination": {"has_more": False}, "x": 1}
    page = MarkedRunList.decode_document(document)
    assert type(page.data[0]) is MarkedRun
    assert page.to_dict() == RunListResponse.decode_document(document).to_dict()
    with pytest.raises(DecodeError, match="MarkedRunList: the document has no pagination"):
        MarkedRunList.decode_document({"data": []})


def test_a_model_of_our_own_is_nested_like_any_other() -> None:
    run = attrs.evolve(Run.from_dict(RUN), schema_validation=SchemaValidation(valid=True))
    assert run.to_dict()["schema_validation"] == {"valid": True}
