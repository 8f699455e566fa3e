"""Typed responses are still data: they pickle, copy, compare and dump like untyped ones."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import pydantic
import pytest

from tinyfish import (
    AgentRunAsyncResponse,
    AgentRunBatchResponse,
    AgentRunResponse,
    CompleteEvent,
    Repair,
    ResultMismatchError,
    Run,
    RunStatus,
    SchemaError,
)
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted


@dataclass(frozen=True)
class Tea:
    name: str
    grams: int


class Row(TypedDict):
    name: str
    grams: int


class Place(NamedTuple):
    name: str
    grams: int


class Model(pydantic.BaseModel):
    name: str
    grams: int


class Struct(msgspec.Struct):
    name: str
    grams: int


RAW = {"name": "Assam", "grams": "100"}
TEA = Tea("Assam", 100)

RESPONSES: dict[str, Callable[..., Any]] = {
    "response": lambda: AgentRunResponse(run_id="r1", status=RunStatus.COMPLETED, result=RAW),
    "run": lambda: Run.from_dict({"run_id": "r1", "status": "COMPLETED", "result": RAW}),
    "event": lambda: CompleteEvent(run_id="r1", status=RunStatus.COMPLETED, result_json=RAW),
}
STARTED: dict[str, Callable[..., Any]] = {
    "queued": lambda: AgentRunAsyncResponse(run_id="r1"),
    "batch": lambda: AgentRunBatchResponse(run_ids=["r1"]),
}

every_response = pytest.mark.parametrize("make", RESPONSES.values(), ids=RESPONSES)
each_of_them = pytest.mark.parametrize("make", (RESPONSES | STARTED).values(), ids=RESPONSES | STARTED)


def wanted(returns: Any = Tea, strict: bool = False) -> Wanted[Any]:
    return Wanted(returns, {"strict": strict})


@each_of_them
def test_two_are_equal_whatever_they_are_wanted_as(make: Callable[..., Any]) -> None:
    assert make() == with_wanted(make(), wanted()) == with_wanted(make(), wanted(dict))


@every_response
def test_one_that_was_read_is_equal_to_one_that_was_not(make: Callable[..., Any]) -> None:
    read = with_wanted(make(), wanted())
    assert read.value == TEA
    assert read == make() == with_wanted(make(), wanted())


@each_of_them
def test_the_type_is_not_part_of_the_data(make: Callable[..., Any]) -> None:
    plain, typed = make(), with_wanted(make(), wanted())
    assert typed.to_dict() == plain.to_dict()
    assert typed.model_dump() == plain.model_dump()
    assert typed.model_dump_json() == plain.model_dump_json()
    assert repr(typed) == repr(plain)


@every_response
@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize(
    "remake",
    [copy.copy, copy.deepcopy, *(lambda x, p=p: pickle.loads(pickle.dumps(x, p)) for p in range(2, 6))],
    ids=["copy", "deepcopy", *(f"pickle {p}" for p in range(2, 6))],
)
def test_a_copy_is_read_alike(
    make: Callable[..., Any], read_before: bool, remake: Callable[[Any], Any]
) -> None:
    response = with_wanted(make(), wanted())
    if read_before:
        _ = response.value
    again = remake(response)
    assert again == response
    assert again.value == TEA
    assert again.repairs == (Repair("$.grams", "number-in-string"),)


@pytest.mark.parametrize(
    "returns",
    [Tea, Row, Place, Model, Struct, list[Tea], dict[str, Tea], Tea | None, Tea | Row, Literal["a"]],
    ids=str,
)
def test_any_type_that_pickles_pickles_with_the_response(returns: Any) -> None:
    run: Any = with_wanted(
        Run.from_dict({"run_id": "r1", "status": "COMPLETED", "result": {"name": "a", "grams": 1}}),
        wanted(returns),
    )
    again = pickle.loads(pickle.dumps(run))
    try:
        value = run.value
    except ResultMismatchError:
        with pytest.raises(ResultMismatchError):
            _ = again.value
    else:
        assert again.value == value


def test_strictness_travels() -> None:
    response = with_wanted(
        AgentRunResponse(run_id="r1", status=RunStatus.COMPLETED, result=RAW), wanted(strict=True)
    )
    for each in (response, pickle.loads(pickle.dumps(response))):
        with pytest.raises(ResultMismatchError):
            _ = each.value


@pytest.mark.parametrize("make", STARTED.values(), ids=STARTED)
def test_what_was_started_in_one_process_may_be_waited_for_in_another(make: Callable[..., Any]) -> None:
    again = pickle.loads(pickle.dumps(with_wanted(make(), wanted())))
    assert again.wanted.read(RAW, run=None).value == TEA


@every_response
def test_a_changed_copy_is_read_anew(make: Callable[..., Any]) -> None:
    response = with_wanted(make(), wanted())
    assert response.value == TEA
    name = "result_json" if isinstance(response, CompleteEvent) else "result"
    changed = response.model_copy(update={name: {"name": "Yunnan", "grams": 1}})
    assert changed.value == Tea("Yunnan", 1)


def test_a_mismatch_pickles_with_its_run() -> None:
    response = with_wanted(
        AgentRunResponse(run_id="r1", status=RunStatus.COMPLETED, result={"name": 1.5}), wanted()
    )
    with pytest.raises(ResultMismatchError) as caught:
        _ = response.value
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is ResultMismatchError
    assert str(again) == str(caught.value)
    assert (again.expected, again.raw, again.problems) == ("Tea", {"name": 1.5}, caught.value.problems)
    assert again.run == response


def test_a_schema_error_pickles() -> None:
    with pytest.raises(SchemaError) as caught:
        wanted(complex)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.path, again.reason, str(again)) == ("complex", caught.value.reason, str(caught.value))


@every_response
def test_a_response_is_frozen_and_so_is_its_value(make: Callable[..., Any]) -> None:
    response = with_wanted(make(), wanted())
    with pytest.raises(AttributeError):
        response.value = 1
    with pytest.raises(AttributeError):
        response._reading = 1
