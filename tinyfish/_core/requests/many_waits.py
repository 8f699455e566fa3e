# Derived from async_many_waits.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Waiting for many runs. `waiting/wait_many.py` has the decisions."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from tinyfish._core.callbacks import call_back
from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_calls import after_cancel_many
from tinyfish._core.cancellation.cancelling import cancel_all_quietly
from tinyfish._core.cancellation.run_guard import RunGuard
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.requests.run_lookups import found_in_order, get_many_request
from tinyfish._core.requests.wait_arguments import WaitArguments
from tinyfish._core.waiting.wait_many import WaitMany
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted


def ended_runs(
    executor: Executor,
    guard: RunGuard,
    call: WaitArguments,
    wanted: Mapping[str, Wanted[Any] | None],
) -> Generator[Run[Any]]:
    """Yield runs as they end.

    Args:
        executor: The client's.
        guard: What owns the runs meanwhile.
        call: The options of the wait.
        wanted: The ids of the runs, each with the type of its result.

    Raises:
        WaitTimeoutError: Some haven't ended in time.
        NotFoundError: Some don't exist. Raised after all others have ended.
        APIError: Polling failed, and not for a transient reason.
    """
    wait = WaitMany(
        list(wanted),
        executor.clock,
        executor.listeners,
        call.timeout,
        call.poll_interval,
    )
    with guard:
        guard.add(*wanted)
        while not wait.done:
            for chunk in wait.round():
                try:
                    answer = executor.send(get_many_request(chunk), wait.poll_options)
                except APIError as error:
                    wait.poll_failed(error)
                    continue
                for run in wait.polled(chunk, answer):
                    guard.discard(run.run_id)
                    yield with_wanted(run, wanted[run.run_id])
                if call.on_update is not None:
                    for run in wait.updated:
                        call_back(call.on_update, run)
            guard.discard(*wait.missing)
            if wait.done:
                break
            try:
                pause = wait.pause()
            except WaitTimeoutError as error:
                if not call.cancel_policy.cancels:
                    raise
                results = cancel_all_quietly(executor, guard.guarded.run_ids)
                ended_late, late = after_cancel_many(error, results)
                guard.discard(*error.run_ids)
                for ids in chunks(ended_late):
                    found = executor.send(get_many_request(ids), executor.options(NOT_GIVEN, None))
                    for run in found_in_order(ids, found.data).data:
                        yield with_wanted(run, wanted[run.run_id])
                raise late from error
            executor.sleep(pause)
    wait.check_none_missing()
