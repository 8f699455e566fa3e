"""An UncertainStartError is also an instance of the original error's class."""

from __future__ import annotations

import copy
import pickle
import traceback
from datetime import UTC, datetime

import pytest

from tinyfish import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    ConflictError,
    InternalServerError,
    RateLimitError,
    RequestTimeoutError,
    ResponseDecodeError,
    Run,
    SSEParseError,
    StreamInterruptedError,
    UncertainStartError,
    WaitTimeoutError,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Run.from_dict(
    {
        "run_id": "r1",
        "status": "RUNNING",
        "goal": "g",
        "created_at": "2026-01-01T00:00:00Z",
        "num_of_steps": 0,
    }
)

FAILURES: list[APIError] = [
    APIError("It failed"),
    APIConnectionError("It broke"),
    APITimeoutError("It took too long"),
    StreamInterruptedError("It ended"),
    SSEParseError("It is no stream"),
    ResponseDecodeError("It cannot be read", status_code=200, body="x"),
    RequestTimeoutError("408", status_code=408),
    RateLimitError("429", status_code=429),
    InternalServerError("500", status_code=500),
    ConflictError("409", status_code=409),
    APIStatusError("418", status_code=418),
]


def uncertain(error: APIError, run: Run | None = RUN) -> UncertainStartError:
    candidates = () if run is None else (run,)
    return UncertainStartError.of(
        error, "it may be r1", candidates=candidates, window=(NOW, NOW), look_error=None, run=run
    )


@pytest.mark.parametrize("failed", FAILURES, ids=lambda error: type(error).__name__)
def test_its_name_is_public_and_its_class_that_of_the_failure(failed: APIError) -> None:
    error = uncertain(failed)
    assert isinstance(error, UncertainStartError)
    assert isinstance(error, type(failed))
    last = traceback.format_exception_only(error)[-1]
    assert last.startswith("tinyfish.errors.UncertainStartError: ")
    assert type(error).__qualname__ == "UncertainStartError"


@pytest.mark.parametrize("failed", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("duplicate", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_it_pickles_and_copies_as_what_it_is(failed: APIError, duplicate: object) -> None:
    error = uncertain(failed)
    copied = duplicate(error)  # type: ignore[operator]
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert copied.run_id == "r1"
    assert copied.candidates[0].run_id == "r1"


def test_a_time_limit_with_one_candidate_is_a_wait_that_took_too_long() -> None:
    error = uncertain(APITimeoutError("It took too long"))
    assert isinstance(error, WaitTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (error.run_id, error.run_ids, error.last_run) == ("r1", ("r1",), RUN)


def test_a_time_limit_without_a_candidate_names_none() -> None:
    error = uncertain(APITimeoutError("It took too long"), None)
    assert not isinstance(error, WaitTimeoutError)
    assert error.run_id is None
