# Derived from async_cancelling.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Cancelling runs that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_calls import (
    CANCEL_OPTIONS,
    EXIT_GRACE_SECONDS,
    cancel_requests,
    until,
    warn_of,
)
from tinyfish._core.cancellation.run_kinds import AGENT_RUN, C, RunKind

if TYPE_CHECKING:
    from tinyfish_generated.models import CancelRunResponse


def cancel_quietly(executor: Executor, run_id: str, kind: RunKind[C]) -> C | None:
    """Cancel a run; if that fails, log a warning and return None. For use while an error propagates."""
    try:
        answer = executor.send(kind.stop(run_id), CANCEL_OPTIONS)
    except Exception as error:  # noqa: BLE001 - must not hide the propagating error
        warn_of([run_id], error, kind)
        return None
    if (teller := executor.listeners.teller()) is not None:
        teller.run_ended(run_id, answer.status, kind=kind.noun)
    return answer


def cancel_each_quietly(executor: Executor, run_ids: Sequence[str], kind: RunKind[Any]) -> None:
    """Cancel runs of a kind that has no call for many."""
    for run_id in run_ids:
        cancel_quietly(executor, run_id, kind)


def cancel_all_quietly(executor: Executor, run_ids: Sequence[str]) -> list[CancelRunResponse]:
    """Cancel runs, and log a warning about those that may go on. For use while an error propagates."""
    if len(run_ids) == 1:
        cancelled = cancel_quietly(executor, run_ids[0], AGENT_RUN)
        return [] if cancelled is None else [cancelled]
    results: list[CancelRunResponse] = []
    ends = executor.clock.now() + EXIT_GRACE_SECONDS
    for chunk, request in cancel_requests(run_ids):
        try:
            results += executor.send(request, until(ends, executor)).results
        except Exception as error:  # noqa: BLE001 - must not hide the propagating error
            warn_of(chunk, error)
    return results
