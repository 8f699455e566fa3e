"""Errors and models can be pickled and copied, for other processes and for caches."""

from __future__ import annotations

import copy
import inspect
import pickle
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import tinyfish_generated.models as generated
from values import a_model, model_classes

import tinyfish
from tinyfish import errors
from tinyfish.errors import APIError, APIStatusError, RunOutcomeError, SDKError, UncertainStartError
from tinyfish.models import Run
from tinyfish.outcomes import Doubt
from tinyfish.typed import Problem

REQUEST = httpx.Request("GET", "https://api.example/v1/runs")
RUN = Run.from_dict(
    {
        "run_id": "r1",
        "status": "FAILED",
        "goal": "g",
        "created_at": "2026-01-01T00:00:00Z",
        "error": {"message": "No", "category": "NEW"},
    }
)

# What each parameter of a constructor is given.
VALUES: dict[str, Any] = {
    "doubts": (Doubt("blocked", "$.note", "Access denied"),),
    "message": "No",
    "is_retryable": True,
    "run": RUN,
    "run_id": "r1",
    "last_run": RUN,
    "run_ids": ("r1", "r2"),
    "last_event": generated.StartedEvent(run_id="r1"),
    "raw": "<html>",
    "line": "data: {",
    "path": "Product.photo",
    "reason": "not supported",
    "status_code": 520,
    "code": "NEW_CODE",
    "details": [{"path": ["url"]}],
    "body": "<html>",
    "retry_after": 3.5,
    "request": REQUEST,
    "response": httpx.Response(520, request=REQUEST),
    "request_id": "q1",
    "attempts": 3,
    "expected": "Product",
    "problems": (Problem("$.price", "a number is expected"),),
    "good": (1, "two"),
    "unit": "usd",
    "limit": Decimal("4.50"),
    "left": Decimal("1.25"),
    "needed": Decimal("2.40"),
}


def error_classes() -> list[type[SDKError]]:
    """Every class of errors, the private ones included."""
    classes: list[type[SDKError]] = []
    queue: list[type[SDKError]] = [SDKError]
    while queue:
        kind = queue.pop()
        classes.append(kind)
        queue += kind.__subclasses__()
    return sorted(
        {kind for kind in classes if kind.__module__.startswith("tinyfish.")}, key=lambda k: k.__name__
    )


def an_error(kind: type[SDKError]) -> SDKError:
    return kind(**{name: VALUES[name] for name in inspect.signature(kind).parameters})


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_pickles(kind: type[SDKError], protocol: int) -> None:
    error = an_error(kind)
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is kind
    assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)
    left_behind = {"request", "response"}
    assert {k: v for k, v in vars(again).items() if k not in left_behind} == {
        k: v for k, v in vars(error).items() if k not in left_behind
    }
    assert again.__notes__ == ["a note"]
    if isinstance(again, APIError):
        assert (again.request, again.response) == (None, None)
    assert "a note" in "".join(traceback.format_exception(again))


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_copies(kind: type[SDKError]) -> None:
    error = an_error(kind)
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)


@pytest.mark.parametrize(
    "plain",
    [
        errors.APITimeoutError("Late"),
        errors.APIConnectionError("Cut"),
        errors.InternalServerError("Oh", status_code=502, body="<html>"),
        errors.RequestTimeoutError("Oh", status_code=408),
        errors.ResponseDecodeError("Oh", status_code=200, body="<html>"),
        APIError("Oh"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_uncertain_start_pickles(plain: APIError) -> None:
    error = UncertainStartError.of(
        plain,
        "look.",
        candidates=(RUN,),
        window=(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        look_error=errors.NotFoundError("No", status_code=404),
    )
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert isinstance(again, type(plain))
    assert str(again) == str(error)
    assert (again.candidates, again.window) == (error.candidates, error.window)
    assert str(again.look_error) == str(error.look_error)


def test_the_run_of_an_outcome_travels() -> None:
    with pytest.raises(RunOutcomeError) as caught:
        RUN.raise_for_outcome()
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.run == RUN
    assert again.category == "NEW"


def test_the_status_of_a_decoded_unknown_stays_an_enum() -> None:
    again = pickle.loads(pickle.dumps(Run.from_dict({"run_id": "r", "status": "NEW"})))
    assert again.status == "NEW"
    assert isinstance(again.status, tinyfish.RunStatus)


@pytest.mark.parametrize("kind", model_classes(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_model_pickles_and_copies(kind: Any, protocol: int) -> None:
    model = a_model(kind)
    for again in (pickle.loads(pickle.dumps(model, protocol)), copy.copy(model), copy.deepcopy(model)):
        assert type(again) is kind
        assert again == model
        assert again.to_dict() == model.to_dict()
        assert again.extra_fields == {"new_field": 1}


def test_no_error_holds_a_response_that_is_gone() -> None:
    error = APIStatusError("No", status_code=500, response=VALUES["response"], request=REQUEST)
    assert error.response is VALUES["response"]  # in the process where it happened it is there
    assert copy.copy(error).response is None
