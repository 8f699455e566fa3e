"""Shared by the sync and async `client.runs`: checked requests, and the results made from their responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated import models as generated
from tinyfish_generated import rules
from tinyfish_generated.api import runs as operations
from tinyfish_generated.models import ScreenshotsMode
from tinyfish_generated.params import ScreenshotsModeLiteral
from tinyfish_generated.types import Request

from tinyfish import models
from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import one_run
from tinyfish._core.calls.batching import in_order
from tinyfish._core.contract_checks import Parameters, checked, checks_of, text_of
from tinyfish._core.requests.responses import response_of_refusal
from tinyfish.models import Run
from tinyfish.models.returns import ReadOptions, Wanted, check_unread

# Most models are used as `models.Name`, so that each is loaded only when it's first needed.

_GET_CHECKS: Final = checks_of(rules.GET_RUN)
_LIST_PARAMETERS: Final = Parameters(
    rules.LIST_RUNS,
    goal=text_of(rules.LIST_RUNS["goal"], hint="; for a longer goal, pass its beginning"),
    cursor=checks.cursor,
)


def run_id_of(run: object) -> str:
    if isinstance(run, generated.AgentRunAsyncResponse) and not run.run_id:
        response_of_refusal(run, None).raise_for_outcome()
    return checks.run_id("run_id", _id_in(run))


def run_ids_of(runs: object) -> list[str]:
    """The ids of runs without duplicates, in order."""
    return checks.id_list("run_ids", list(map(_id_in, checks.items("run_ids", runs))))


def _id_in(run: object) -> object:
    return run.run_id if isinstance(run, Run | models.AgentRunAsyncResponse | models.RunRef) else run


def run_id_in(entry: object) -> object:
    """The id of a list entry, which can be any object; None if it has none."""
    return getattr(entry, "run_id", None)


def given_type(returns: Any, reading: ReadOptions) -> Wanted[Any] | None:
    return None if returns is None else Wanted(returns, reading)


def wanted_of(run: object, given: Wanted[Any] | None, reading: ReadOptions) -> Wanted[Any] | None:
    """The type of a run's result: the given one, or the one that the run was started with.

    Raises:
        ValueError: There are options for reading the result, but no type.
    """
    if given is not None:
        return given
    known_by = (Run, models.AgentRunAsyncResponse, models.AgentRunBatchResponse)
    # isinstance() narrows to a generic class without its type argument, in mypy and in pyright.
    known = cast("Any", run).wanted if isinstance(run, known_by) else None
    if known is None:
        check_unread(reading)
        return None
    return cast("Wanted[Any]", known).by(reading)


def wanted_by_id(runs: models.ManyRuns, returns: Any, reading: ReadOptions) -> dict[str, Wanted[Any] | None]:
    """The runs' ids without duplicates, in the given order, each with the type of its result."""
    given = given_type(returns, reading)
    if isinstance(runs, models.AgentRunBatchResponse):
        if not runs.run_ids:
            response_of_refusal(runs, None).raise_for_outcome()
        return dict.fromkeys(checks.id_list("runs", runs.run_ids or []), wanted_of(runs, given, reading))
    return {run_id_of(run): wanted_of(run, given, reading) for run in checks.items("runs", runs)}


def get_request(
    run_id: str | models.RunRef, screenshots: ScreenshotsMode | ScreenshotsModeLiteral | None
) -> Request[Run]:
    return one_run(run_id_of(run_id), **checked(_GET_CHECKS, {"screenshots": screenshots}))


def list_request(arguments: Mapping[str, object]) -> Request[models.RunListResponse]:
    return operations.list_runs(**_LIST_PARAMETERS.checked(arguments)).into(models.RunListResponse)


def get_many_request(ids: list[str]) -> Request[models.RunsBatchResponse]:
    return operations.get_runs_batch(body=generated.RunIdsRequest(run_ids=ids)).into(models.RunsBatchResponse)


def cancel_many_request(ids: list[str]) -> Request[generated.CancelRunsBatchResponse]:
    return operations.cancel_runs_batch(body=generated.RunIdsRequest(run_ids=ids))


def found_in_order(ids: list[str], runs: list[Run]) -> models.RunsBatchResponse:
    data, not_found = in_order(ids, runs, lambda run: run.run_id)
    return models.RunsBatchResponse(data=data, not_found=not_found)


def cancelled_in_order(
    ids: list[str], results: list[generated.CancelRunResponse]
) -> generated.CancelRunsBatchResponse:
    data, not_found = in_order(ids, results, lambda result: result.run_id)
    return generated.CancelRunsBatchResponse(results=data, not_found=not_found)
