"""Checks that a response is about the requested run. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from attrs import evolve
from tinyfish_generated.api.datasets import get_dataset
from tinyfish_generated.api.research import cancel_research, get_research
from tinyfish_generated.api.runs import cancel_run, get_run
from tinyfish_generated.models import (
    CancelRunResponse,
    Dataset,
    ResearchCancelResponse,
    ResearchRunDetail,
    ScreenshotsMode,
)
from tinyfish_generated.types import DecodeError, Request

from tinyfish._core.calls.salvaged_ids import as_ids, batch_ids
from tinyfish.models import AgentRunBatchResponse, Run


class _OfRun(Protocol):
    @property
    def run_id(self) -> str: ...


R = TypeVar("R", bound=_OfRun)
T = TypeVar("T")


def for_run(request: Request[R], run_id: str) -> Request[R]:
    """The same call, with a check that the response is about this run. Decode errors name the run."""
    return for_id(request, run_id, lambda answer: answer.run_id)


def for_id(request: Request[T], run_id: str, id_of: Callable[[T], object]) -> Request[T]:
    """The same call, with a check that the response is about this run, or what else has that id."""

    def decode(document: Any) -> T:
        try:
            answer = request.decode(document)
        except DecodeError as error:
            raise DecodeError(f"{error} (the request was for run {run_id!r})") from None
        told = id_of(answer)
        # An id that a user typed may differ from the server's in case.
        if not isinstance(told, str) or told.casefold() != run_id.casefold():
            raise DecodeError(f"it is about run {told!r:.100}, not {run_id!r}")
        return answer

    return evolve(request, decode=decode)


def one_run(run_id: str, screenshots: ScreenshotsMode | None = None) -> Request[Run]:
    """Get a run."""
    return for_run(get_run(run_id, screenshots=screenshots).into(Run), run_id)


def one_research_run(run_id: str) -> Request[ResearchRunDetail]:
    """Get a research run."""
    return for_id(get_research(run_id), run_id, lambda answer: answer.research_run_id)


def stop_research_run(run_id: str) -> Request[ResearchCancelResponse]:
    """Cancel a research run."""
    return for_id(cancel_research(run_id), run_id, lambda answer: answer.research_run_id)


def one_dataset(dataset_id: str) -> Request[Dataset]:
    """Get a dataset."""
    return for_id(get_dataset(dataset_id), dataset_id, lambda answer: answer.id)


def stop_run(run_id: str) -> Request[CancelRunResponse]:
    """Cancel a run."""
    return for_run(cancel_run(run_id), run_id)


def for_entries(
    request: Request[AgentRunBatchResponse[Any]], count: int
) -> Request[AgentRunBatchResponse[Any]]:
    """The same start of several runs, with a check that the response names exactly as many different runs."""

    def decode(document: Any) -> AgentRunBatchResponse[Any]:
        answer = request.decode(document)
        run_ids: object = answer.run_ids
        if run_ids and batch_ids(run_ids, count) is None:
            named = as_ids(run_ids)
            told = f"{len(named)} runs ({', '.join(named)})" if named else f"{run_ids!r:.100}"
            raise DecodeError(f"run_ids names {told} for {count} entries")
        return answer

    return evolve(request, decode=decode)
