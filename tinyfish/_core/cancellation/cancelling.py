# Derived from async_cancelling.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Cancelling runs that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinyfish._core.calls.answer_checks import stop_run
from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_calls import (
    CANCEL_OPTIONS,
    EXIT_GRACE_SECONDS,
    cancel_requests,
    noted,
    until,
    warn_of,
)
from tinyfish._core.log import logger

if TYPE_CHECKING:
    from tinyfish_generated.models import CancelRunResponse


def cancel_quietly(executor: Executor, run_id: str) -> CancelRunResponse | None:
    """Cancel a run; if that fails, log a warning and return None. For use while an error propagates."""
    try:
        return noted(executor.send(stop_run(run_id), CANCEL_OPTIONS))
    except Exception as error:  # noqa: BLE001 - must not hide the propagating error
        logger.warning("Run %s could not be cancelled and may go on: %s", run_id, error)
        return None


def cancel_all_quietly(executor: Executor, run_ids: Sequence[str]) -> list[CancelRunResponse]:
    """Cancel runs, and log a warning about those that may go on. For use while an error propagates."""
    if len(run_ids) == 1:
        cancelled = cancel_quietly(executor, run_ids[0])
        return [] if cancelled is None else [cancelled]
    results: list[CancelRunResponse] = []
    ends = executor.clock.now() + EXIT_GRACE_SECONDS
    for chunk, request in cancel_requests(run_ids):
        try:
            results += executor.send(request, until(ends, executor)).results
        except Exception as error:  # noqa: BLE001 - must not hide the propagating error
            warn_of(chunk, error)
    return results
