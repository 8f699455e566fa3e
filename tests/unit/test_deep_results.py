"""A result can be nested as deeply as it was sent: models don't use recursion."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinyfish_generated import types

from tinyfish import (
    APIStatusError,
    BrowserSession,
    ResultMismatchError,
    Run,
    RunDoubtfulError,
    RunFailedError,
)
from tinyfish.models import AgentRunResponse, CompleteEvent
from tinyfish.models.returns import Wanted
from tinyfish.outcomes import DEFAULT_RULES, doubts

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}


def nested(levels: int, leaf: Any = "Access denied") -> dict[str, Any]:
    value: Any = leaf
    for level in range(levels):
        value = {"in": value, "n": level} if level % 2 else [value, level]
    return {"deep": value}


DEEP = [50, 950, 5000]


@pytest.mark.parametrize("levels", DEEP)
@pytest.mark.parametrize("kind", [Run, AgentRunResponse, CompleteEvent])
def test_a_deep_result_travels(kind: Any, levels: int) -> None:
    result = nested(levels)
    run = kind.from_dict(RUN | {"result": result, "new_field": nested(levels)})
    again = kind.from_dict(run.to_dict())
    for other in (again, copy.copy(run), copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
        assert other == run
        assert other.result is not result
        assert types._equal(other.result, result)
        assert types._equal(other.extra_fields["new_field"], nested(levels))
    assert run != kind.from_dict(RUN | {"result": nested(levels, "x")})
    assert 50 < len(repr(run)) < 220
    assert len(run._repr_html_()) < 20_000
    for text in (run.to_json(), run.to_json(indent=1), run.model_dump_json()):
        assert text.count("Access denied") == 2
    if levels < 500:
        assert json.loads(run.to_json()) == run.to_dict()


@pytest.mark.parametrize("levels", DEEP)
def test_a_deep_result_is_judged(levels: int) -> None:
    run: Run[Any] = Run.from_dict(RUN | {"result": nested(levels)})
    assert [doubt.kind for doubt in doubts(run.result)] == ["blocked"]
    with pytest.raises(RunDoubtfulError):
        run.raise_for_outcome(rules=DEFAULT_RULES)


@pytest.mark.parametrize("levels", DEEP[1:])
def test_a_deep_result_is_no_value_of_a_type(levels: int) -> None:
    run: Run[Any] = Run.from_dict(RUN | {"result": nested(levels)})
    typed: Any = Wanted(list[str], {})
    with pytest.raises(ResultMismatchError) as caught:
        typed.read(run.result, run=run)
    again = pickle.loads(pickle.dumps(caught.value))
    assert types._equal(again.raw, nested(levels))
    assert types._equal(copy.copy(caught.value).raw, nested(levels))


@pytest.mark.parametrize("levels", DEEP)
def test_errors_with_deep_parts_travel(levels: int) -> None:
    with pytest.raises(RunFailedError) as caught:
        Run.from_dict(RUN | {"status": "FAILED", "error": nested(levels)}).raise_for_outcome()
    refused = APIStatusError("No", status_code=400, details=nested(levels))
    for again in (pickle.loads(pickle.dumps(refused)), copy.copy(refused), copy.deepcopy(refused)):
        assert types._equal(again.details, nested(levels))
    assert pickle.loads(pickle.dumps(caught.value)).run == caught.value.run


def test_a_deep_field_that_is_to_be_a_text_is_shown() -> None:
    session = BrowserSession.from_dict({"session_id": nested(100_000)})  # too deep for every Python's repr
    assert repr(session) == "BrowserSession(session_id={'deep': {...}})"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 0, 1, 3]))
def test_text_is_written_as_json_writes_it(value: Any, indent: int | None) -> None:
    separators = (", " if indent is None else ",", ": ")
    pieces = "".join(types._pieces(value, indent, separators))
    assert pieces == json.dumps(value, indent=indent, ensure_ascii=False)


@given(JSON)
def test_what_is_flattened_comes_back(value: Any) -> None:
    make, arguments = types._Flat(value).__reduce__()
    assert make(*arguments) == value
    assert types.rebuilt(value, lambda part: part) == value


@given(JSON, JSON)
def test_equal_is_what_python_says(one: Any, other: Any) -> None:
    assert types._equal([one, nested(2000)], [other, nested(2000)]) == (one == other)
