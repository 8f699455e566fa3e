"""The hand-written models; the generated ones have their own tests."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from tinyfish_generated.types import DecodeError
from values import a_model, a_value, model_classes

import tinyfish
from tinyfish import (
    AgentRunResponse,
    CompleteEvent,
    ProfileListResponse,
    Run,
    RunBillingError,
    RunCancelledError,
    RunError,
    RunErrorCategory,
    RunFailedError,
    RunListResponse,
    RunOutcomeError,
    RunsBatchResponse,
    RunStatus,
)
from tinyfish.models import TERMINAL_STATUSES
from tinyfish.outcomes import DEFAULT_RULES

OURS = [kind for kind in model_classes() if kind.__module__.startswith("tinyfish.models.")]
ENDED = [Run, AgentRunResponse, CompleteEvent]


def of(kind: Any, **fields: Any) -> Any:
    return kind.from_dict({"run_id": "r1", "goal": "g", "created_at": "2026-01-01T00:00:00Z", **fields})


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_what_is_ours_is_the_wires_shape_too(kind: Any) -> None:
    wire = {**a_value(kind.__name__), "new_field": 1}
    model = a_model(kind)
    assert model.to_dict() == wire
    assert json.loads(model.to_json()) == wire
    assert kind.decode_document(wire) == model
    assert kind.from_dict(model.to_dict()) == model
    assert model.extra_fields == {"new_field": 1}
    dumped = model.model_dump(mode="json")
    assert json.loads(model.model_dump_json()) == dumped
    for own in ("adopted", "recovered", "wanted", "_wanted", "_reading"):
        assert own not in dumped
        assert own not in wire


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_what_is_ours_is_frozen_and_evolves(kind: Any) -> None:
    model = a_model(kind)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        model.extra_fields = {}  # type: ignore[misc]
    changed = attrs.evolve(model, extra_fields={})
    assert changed != model
    assert changed.extra_fields == {}


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_the_document_must_have_what_the_contract_requires(kind: Any) -> None:
    # The form of the list of profiles is not documented: it may be an array.
    for wrong in (None, "x", {}) if kind is ProfileListResponse else ([], None, "x", {}):
        with pytest.raises(DecodeError):
            kind.decode_document(wrong)


def test_pages_hold_our_runs() -> None:
    page = RunListResponse.from_dict({"data": [a_value("Run")], "pagination": {"has_more": True}})
    found = RunsBatchResponse.from_dict({"data": [a_value("Run")], "not_found": None})
    assert type(page.data[0]) is type(found.data[0]) is Run
    assert page.pagination.total is None  # old servers did not tell it


# How runs end


@pytest.mark.parametrize("kind", ENDED)
@pytest.mark.parametrize("status", list(RunStatus))
def test_ok_and_the_outcome(kind: Any, status: RunStatus) -> None:
    ended = of(kind, status=status.value, error={"message": "No", "help_message": "Try stealth"})
    assert ended.ok is (status == "COMPLETED")
    error = {"FAILED": RunFailedError, "CANCELLED": RunCancelledError}.get(status.value)
    if error is None:
        assert ended.raise_for_outcome() is ended
        return
    with pytest.raises(error, match=f"^No \\(Try stealth\\); the run ended {status}: r1$") as caught:
        ended.raise_for_outcome()
    assert type(caught.value) is error
    assert caught.value.run is ended
    assert caught.value.run_id == "r1"


@pytest.mark.parametrize("kind", ENDED)
def test_the_reason_of_a_failure(kind: Any) -> None:
    reason = {
        "message": "No",
        "category": "BILLING_FAILURE",
        "retry_after": 5,
        "help_url": "https://h.example",
        "help_message": "Pay",
    }
    with pytest.raises(RunBillingError) as caught:
        of(kind, status="FAILED", error=reason).raise_for_outcome()
    error = caught.value
    assert error.error is not None
    assert (error.error.message, error.category) == ("No", RunErrorCategory.BILLING_FAILURE)
    assert (error.retry_after, error.help_url, error.help_message) == (5, "https://h.example", "Pay")


@pytest.mark.parametrize("kind", ENDED)
@pytest.mark.parametrize("reason", [None, "text", ["x"], {}, {"message": None}], ids=repr)
def test_a_failure_without_a_proper_reason(kind: Any, reason: object) -> None:
    with pytest.raises(RunFailedError, match=r"he run ended FAILED: r1$"):
        of(kind, status="FAILED", error=reason).raise_for_outcome()


@pytest.mark.parametrize("kind", ENDED)
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"status": "FAILED", "error": {"message": "Site refused"}},
            "Site refused; the run ended FAILED: r1",
        ),
        (
            {
                "status": "FAILED",
                "error": {"message": "No", "help_message": "Pay", "category": "BILLING_FAILURE"},
            },
            "No (Pay); the run ended FAILED: r1",
        ),
        ({"status": "FAILED", "error": {"code": "TIMEOUT"}}, "TIMEOUT; the run ended FAILED: r1"),
        ({"status": "CANCELLED"}, "The run ended CANCELLED: r1"),
        (
            {"status": "COMPLETED", "result": {}, "result_json": {}},
            "The result is doubtful: empty; the run ended COMPLETED: r1",
        ),
    ],
)
def test_an_error_begins_with_the_reason_and_ends_with_the_id(kind: Any, fields: Any, text: str) -> None:
    with pytest.raises(RunOutcomeError) as caught:
        of(kind, **fields).raise_for_outcome(rules=DEFAULT_RULES)
    assert str(caught.value) == caught.value.message == text


def test_which_runs_have_ended() -> None:
    assert {"COMPLETED", "FAILED", "CANCELLED"} == TERMINAL_STATUSES
    for status in RunStatus:
        assert of(Run, status=status.value).is_finished is (status in ("COMPLETED", "FAILED", "CANCELLED"))
    assert not of(Run, status="PAUSED").is_finished  # a status of tomorrow is not taken for an end


def test_the_error_of_a_run_prints_as_its_message() -> None:
    assert str(RunError(message="Blocked")) == f"{RunError(message='Blocked')}" == "Blocked"


def test_complete_events_have_both_names_of_the_result() -> None:
    event = of(CompleteEvent, status="COMPLETED", result={"a": 1})
    assert event.result_json == event.result == {"a": 1}
    assert event.model_dump()["result_json"] == {"a": 1}
    assert event.model_dump(by_alias=True)["result"] == {"a": 1}


def test_the_value_without_a_type_is_the_result() -> None:
    for kind in ENDED:
        ended = of(kind, status="COMPLETED", result={"a": 1})
        assert ended.value is ended.result
        assert ended.repairs == ()


def test_the_seeds_fields_are_there() -> None:
    """The tables of fields of the SDK's description."""
    response = {"status", "run_id", "result", "error", "num_of_steps", "started_at", "finished_at"}
    run = {"run_id", "status", "goal", "result", "error", "streaming_url", "browser_config", "created_at"}
    run |= {"started_at", "finished_at"}
    for kind, names in (
        (tinyfish.AgentRunResponse, response),
        (tinyfish.AgentRunAsyncResponse, {"run_id", "error"}),
        (tinyfish.Run, run),
        (tinyfish.RunListResponse, {"data", "pagination"}),
        (tinyfish.PaginationInfo, {"total", "has_more", "next_cursor"}),
    ):
        assert names <= {field.name for field in attrs.fields(kind)}


def test_all_names_are_listed_before_they_are_loaded() -> None:
    assert set(tinyfish.models.__all__) <= set(dir(tinyfish.models))
    with pytest.raises(AttributeError, match=r"module 'tinyfish.models' has no attribute 'Rum'"):
        _ = tinyfish.models.Rum


@pytest.mark.parametrize("client", [tinyfish.TinyFish, tinyfish.AsyncTinyFish])
def test_a_resource_of_the_class_tells_what_it_is(client: Any) -> None:
    assert client.agent.__doc__
