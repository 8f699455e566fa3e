"""What can be waited for: one description for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from attrs import frozen
from tinyfish_generated.models import (
    Dataset,
    DatasetRun,
    DatasetRunStatus,
    DatasetStatus,
    ResearchRunDetail,
    ResearchRunStatus,
)

from tinyfish.models import Run

S = TypeVar("S")


@frozen(kw_only=True)
class Waited(Generic[S]):
    """A kind of thing that goes on in the server.

    Attributes:
        noun: What it is, for messages.
        unfinished: What it did not do at the time limit, for messages.
        advice: Returns what to do then, from its id and its last state.
        status_of: Returns the status in a state.
        is_final: Returns whether a state is the last one.
    """

    noun: str
    unfinished: str = "did not end"
    advice: Callable[[str, S | None], str]
    status_of: Callable[[S], object]
    is_final: Callable[[S], bool]


def _wait_or_cancel(methods: str) -> Callable[[str, object], str]:
    return lambda run_id, _: (
        f"Keep waiting with {methods}.wait({run_id!r}), or stop it with {methods}.cancel({run_id!r})."
    )


RUN: Final = Waited[Run](
    noun="run",
    advice=_wait_or_cancel("runs"),
    status_of=lambda run: run.status,
    is_final=lambda run: run.is_finished,
)

_FINAL_RESEARCH: Final = frozenset(
    {
        ResearchRunStatus.COMPLETED,
        ResearchRunStatus.FAILED,
        ResearchRunStatus.CANCELLED,
        ResearchRunStatus.TIMED_OUT,
    }
)

RESEARCH_RUN: Final = Waited[ResearchRunDetail](
    noun="research run",
    advice=_wait_or_cancel("research"),
    status_of=lambda run: run.status,
    is_final=lambda run: run.status in _FINAL_RESEARCH,
)


def _dataset_advice(dataset_id: str, run_id: object) -> str:
    wait = f"Keep waiting with datasets.wait({dataset_id!r})"
    if run_id is None:
        return f"{wait}."
    return f"{wait}, or stop it with datasets.cancel_run({dataset_id!r}, {run_id!r})."


DATASET: Final = Waited[Dataset](
    noun="dataset",
    unfinished="was not filled",
    advice=lambda dataset_id, dataset: _dataset_advice(
        dataset_id, dataset.run.id if dataset is not None and isinstance(dataset.run, DatasetRun) else None
    ),
    status_of=lambda dataset: dataset.status,
    is_final=lambda dataset: dataset.status != DatasetStatus.POPULATING,
)

_ENDED: Final = frozenset({DatasetRunStatus.DONE, DatasetRunStatus.CANCELLED, DatasetRunStatus.FAILED})


def dataset_run_has_ended(status: object) -> bool:
    """Whether a run's status, which can be anything that a server sent, is a final one."""
    return isinstance(status, str) and status in _ENDED


def dataset_run(dataset_id: str, run_id: str) -> Waited[Dataset]:
    """A run that fills a dataset. It has also ended if another one was started since."""
    return Waited(
        noun="dataset's run",
        advice=lambda fill_id, _: _dataset_advice(dataset_id, fill_id),
        status_of=lambda dataset: dataset.run.status if isinstance(dataset.run, DatasetRun) else None,
        is_final=lambda dataset: (
            not isinstance(dataset.run, DatasetRun)
            or dataset.run.id != run_id
            or dataset_run_has_ended(dataset.run.status)
        ),
    )
