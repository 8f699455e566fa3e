# Derived from async_reconciling.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Finding out what has become of what a ledger has without an end."""

from __future__ import annotations

from tinyfish_generated.api.runs import get_runs_batch
from tinyfish_generated.models import RunIdsRequest

from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.executor import Executor
from tinyfish._core.keyed.keyed_call import KeyedCall
from tinyfish._core.keyed.keyed_start import KeyedStart, Step
from tinyfish._core.keyed.keyed_starts import claim, record, search
from tinyfish.errors import InvalidArgumentError, UncertainStartError
from tinyfish.ledger.entry import LedgerEntry
from tinyfish.ledger.waiting import finished
from tinyfish.models import RunsBatchResponse


def reconcile(executor: Executor, options: CallOptions) -> list[LedgerEntry]:
    """See `client.reconcile`.

    Raises:
        InvalidArgumentError: The client has no ledger.
        LedgerError: The ledger can't be used.
        ClientClosedError: The client is closed.
        APIError: A call failed.
    """
    book = executor.book
    if book is None:
        raise InvalidArgumentError("reconcile() needs a ledger: pass ledger= to the client.")
    executor.closing.check()  # a closed client has closed its ledger too
    entries = finished(book.pending())
    unknown = [entry for entry in entries if entry.run_id is None]
    found = _find(executor, unknown, options)
    run_ids = [run_id for entry in entries if (run_id := entry.run_id or found.get(entry.key))]
    for chunk in chunks(run_ids):
        # The executor records the ends of the runs that it sees.
        request = get_runs_batch(body=RunIdsRequest(run_ids=chunk)).into(RunsBatchResponse)
        executor.send(request, options)
    now = finished(book.lookup([entry.key for entry in entries]))
    return [now.get(entry.key, entry) for entry in entries]


def _find(executor: Executor, entries: list[LedgerEntry], options: CallOptions) -> dict[str, str]:
    """Search for the runs of starts whose outcome isn't known."""
    book = executor.book
    if book is None or not entries:
        return {}
    starts = [KeyedStart.of_entry(entry) for entry in entries]
    call = KeyedCall(starts, executor.clock, options.timeout, 0)
    try:
        claim(executor, call)
        while True:
            search(executor, call)
            for start in call.at(Step.SEND):
                start.not_started()
            record(executor, starts, lambda *_: None)
            if not call.at(Step.SEARCH):
                break
            executor.sleep(call.pause())
    finally:
        call.release(book)
    failed = [
        start for start in starts if start.started and isinstance(start.started.error, UncertainStartError)
    ]
    if failed and call.look_error is not None:
        raise call.look_error
    return {start.key: start.run_id for start in starts if start.run_id}
