"""What responses tell of runs that hold something."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tinyfish._core.limits.open_runs import _runs_in
from tinyfish.models import Run, RunListResponse, RunsBatchResponse

RUN = {"run_id": "r-1", "status": "COMPLETED", "goal": "Read"}


@pytest.mark.parametrize(
    "answer",
    [
        Run.from_dict(RUN),
        RunListResponse.from_dict({"data": [RUN], "pagination": {}}),
        RunsBatchResponse.from_dict({"data": [RUN]}),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_runs_are_found_in_a_response(answer: object) -> None:
    assert [run.run_id for run in _runs_in(answer)] == ["r-1"]


def test_cancellations_are_found_in_a_response() -> None:
    from tinyfish_generated.models import CancelRunResponse, CancelRunsBatchResponse

    result = {"run_id": "r-1", "status": "CANCELLED"}
    for answer in (
        CancelRunResponse.from_dict(result),
        CancelRunsBatchResponse.from_dict({"results": [result], "not_found": None}),
    ):
        assert [run.run_id for run in _runs_in(answer)] == ["r-1"]


def test_looking_for_runs_imports_nothing() -> None:
    """In the child of a fork, an import that a thread of the parent was in the middle of never ends."""
    program = """
import sys
from tinyfish._core.limits.open_runs import OPEN_RUNS
before = set(sys.modules)
OPEN_RUNS.saw_all(object())
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
