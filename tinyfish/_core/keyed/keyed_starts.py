# Derived from async_keyed_starts.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Starting runs with keys: at most one run for each key. `keyed_start.py` has the decisions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve
from tinyfish_generated.api import agent as operations
from tinyfish_generated.models import AgentRunBatchRequest
from tinyfish_generated.types import Request

from tinyfish._core.calls.answer_checks import for_entries, one_run
from tinyfish._core.calls.batching import RUNS_IN_A_CALL
from tinyfish._core.calls.call_errors import not_sent_in_time
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.side_by_side import side_by_side
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.keyed.key_search import FoundRun, KeySearch
from tinyfish._core.keyed.keyed_call import KeyedCall
from tinyfish._core.keyed.keyed_start import KeyedStart, Step
from tinyfish._core.keyed.rejected_batches import refuses_one, rejects_one
from tinyfish._core.keyed.started import Started
from tinyfish._core.limits.gate import Slots
from tinyfish._core.recovery.stakes import carry_start, stakes_of
from tinyfish._core.waiting.wait_policy import may_poll_again, poll_options
from tinyfish._core.wire.incoming import Incoming
from tinyfish.errors import APIError, ClientClosedError, SDKError
from tinyfish.models import AgentRunBatchResponse

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.claims import Claim

RequestOf: TypeAlias = Callable[[Sequence[KeyedStart]], Request[Any]]
"""Makes the request for starts that are sent together."""

_SEARCHES_AT_ONCE = 8


def batch_request(starts: Sequence[KeyedStart]) -> Request[AgentRunBatchResponse]:
    """The request that starts runs together; they have the same `output_schema`."""
    bodies = [start.body_to_send for start in starts]
    schemas = [body.pop("output_schema", None) for body in bodies]
    empty = operations.queue_runs(body=AgentRunBatchRequest(runs=[])).into(AgentRunBatchResponse)
    schema = {} if schemas[0] is None else {"output_schema": schemas[0]}
    # The bodies are documents already: models of them would only be taken apart again.
    return for_entries(evolve(empty, body={"runs": bodies, **schema}), len(bodies))


def start_many(
    executor: Executor,
    starts: Sequence[KeyedStart],
    options: CallOptions,
    on_run_ids: OnRunIds,
    request_of: RequestOf = batch_request,
    *,
    is_patient: bool = True,
) -> list[Started]:
    """Start runs with keys; for keys that have runs, return these.

    Args:
        executor: The client's.
        starts: What to start; each key once.
        options: The options of the call: the time limit is that of all of it.
        on_run_ids: Called with the ids of the runs as soon as they're known.
        request_of: Makes the request.
        is_patient: Whether to wait for what others are starting, or have perhaps started.

    Returns:
        For each how it ended, with a run, a refusal or an error, in the order of `starts`.

    Raises:
        LedgerError: The ledger can't be used. Nothing was sent.
    """
    call = KeyedCall(starts, executor.clock, options.timeout, options.max_retries, is_patient)
    try:
        proceed(executor, call, options, on_run_ids, request_of)
    except BaseException as error:
        call.interrupted(error)
        raise
    finally:
        call.release(executor.book)
    return [start.result for start in starts]


def proceed(
    executor: Executor,
    call: KeyedCall,
    options: CallOptions,
    on_run_ids: OnRunIds,
    request_of: RequestOf,
) -> Incoming | None:
    """Do what is to be done, until all is known. Returns the stream, if one was requested and opened."""
    while not call.done:
        claim(executor, call)
        for start in call.at(Step.CHECK):
            _check(executor, start)
        for group in call.groups(RUNS_IN_A_CALL):
            opened = _send(executor, call, group, options, request_of)
            if opened is not None:
                return opened
        search(executor, call)
        call.put_off()
        record(executor, call.starts, on_run_ids)
        if not call.done and not call.at(Step.SEND):
            pause = call.pause()
            if (teller := executor.listeners.teller()) is not None:
                teller.waiting("search", pause)
            try:
                executor.sleep(pause)
            except ClientClosedError as error:
                call.closed(error)
                if not call.done:
                    raise
    record(executor, call.starts, on_run_ids)
    return None


def claim(executor: Executor, call: KeyedCall) -> None:
    """Claim the keys of those that have none yet.

    Raises:
        LedgerError: The ledger can't be used.
        ClientClosedError: The client is closed.
    """
    starts = call.at(Step.CLAIM)
    book = executor.book
    if book is None:
        for start in starts:
            start.begin_without_ledger(executor.clock.now())
    if book is None or not starts:
        return
    executor.closing.check()  # a closed client has closed its ledger too
    from concurrent.futures import Future

    from tinyfish.ledger.waiting import finished

    claimed: Future[list[Claim]] = Future()
    call.claiming = starts, claimed  # from here on, an interruption gives back what is claimed
    book.claim_many(starts, claimed)
    claims = finished(claimed)
    for start, answer in zip(starts, claims, strict=True):
        start.claimed(answer, executor.clock.now())
    call.claiming = None


def _check(executor: Executor, start: KeyedStart) -> None:
    try:
        run = executor.send(one_run(start.result.run_id or ""), poll_options(None))
    except APIError:
        start.checked(None)
    else:
        start.checked(run)


def _send(
    executor: Executor,
    call: KeyedCall,
    group: Sequence[KeyedStart],
    options: CallOptions,
    request_of: RequestOf,
) -> Incoming | None:
    slots: Slots | None = None
    if executor.limits is not None and len(group) > 1:
        slots = executor.hold_runs(len(group), call.ends)
        if slots is None:
            for start in group:
                start.failed_surely(call.refusal or not_sent_in_time(options.timeout))
            return None
        group = group[: slots.count]
    request = request_of(group)
    try:
        stakes = stakes_of(executor, request, slots)
    except SDKError as error:  # a budget doesn't allow it
        for start in group:
            start.failed_surely(error)
        return None
    for start, stake in zip(group, stakes, strict=True):
        start.stake = stake
    book = executor.book
    searched = [start.key for start in group if start.searched]
    if book is not None and searched:
        from tinyfish.ledger.waiting import finished

        finished(book.send_again(searched))
    for start in group:
        start.sending()
    own = CallOptions(
        timeout=call.remaining,
        max_retries=options.max_retries,
        idle_timeout=options.idle_timeout,
        late_seconds=options.late_seconds,
    )
    exchange = executor.exchange(request, own)
    for before in dict.fromkeys(start.call for start in group if start.call is not None):
        before.tell_retry(0.0)
        before.tell_start_failed(uncertain=False)
    for start in group:
        start.call = exchange
    try:
        outcome = carry_start(executor, exchange, stakes)
    finally:
        if not exchange.may_have_started:  # perhaps it was interrupted while it waited for its turn
            for start in group:
                start.may_exist = False
    if not isinstance(outcome, CallResult):
        for start in group:
            start.opened()
        return outcome
    if executor.limits is not None and len(group) > 1 and outcome.was_refused:
        call.refusal = outcome.error
        for start in group:
            start.send_later()
        return None
    answered(executor, group, outcome)
    return None


def answered(executor: Executor, group: Sequence[KeyedStart], outcome: CallResult[Any]) -> None:
    """Process how a request for these starts ended."""
    if outcome.uncertain is not None and outcome.error is not None:
        for start in group:
            start.failed_perhaps(outcome.error, executor.clock.now())
        return
    if outcome.error is not None and not outcome.named:
        if len(group) > 1 and rejects_one(outcome.error):
            for start in group:
                start.send_alone()
            return
        for start in group:
            start.failed_surely(outcome.error)
        return
    answer = outcome.value
    run_ids = outcome.named or getattr(answer, "run_ids", None) or (getattr(answer, "run_id", None),)
    for start, run_id in zip(group, run_ids, strict=False):
        if run_id:
            start.damage = outcome.error if outcome.named else None
            start.has_run(run_id)
    if len(group) > 1 and not any(run_ids) and refuses_one(answer):
        for start in group:
            start.send_alone()
        return
    for start in group:
        if start.step is not Step.DONE:
            start.refused(answer)


def search(executor: Executor, call: KeyedCall) -> None:
    """Search for those that it's time to search for."""
    due = call.to_search()
    if not due:
        return
    began = executor.clock.now()
    looks = side_by_side(
        [functools.partial(_look, executor, start) for start in due],
        _SEARCHES_AT_ONCE,
        lambda: None,
    )
    for start, look in zip(due, looks, strict=True):
        if isinstance(look, SDKError):
            call.look_error = look
            transient = isinstance(look, APIError) and may_poll_again(look)
            start.look_failed(look, executor.clock.now(), transient=transient)
        else:
            start.looked(look, began, call.may_send(start))


def _look(executor: Executor, start: KeyedStart) -> list[FoundRun] | SDKError:
    walk = KeySearch(start.reference)
    try:
        while walk.saw(executor.send(walk.request(), poll_options(None))):
            pass
    except SDKError as error:
        return error
    return walk.found


def record(executor: Executor, starts: Iterable[KeyedStart], on_run_ids: OnRunIds) -> None:
    """Tell the caller and the ledger of runs that have become known. A failure is logged: the runs are paid for."""
    new = [start for start in starts if start.step is Step.DONE and not start.recorded]
    for start in new:
        start.recorded = True
        if start.result.ended is None:
            on_run_ids(start.run_id)
        start.settle()
        start.tell()
    book = executor.book
    if book is None or not new:
        return
    runs = [(start.key, start.attempt, start.run_id) for start in new if start.holds and start.run_id]
    ended = [start.result.run for start in new if start.result.run is not None]
    nothing = [start.key for start in new if start.holds and not start.run_id and not start.may_exist]
    written = [book.record_runs(runs)] if runs else []
    if nothing:
        written.append(book.forget(nothing))
    for start in new:
        start.holds = start.holds and not start.run_id and start.may_exist
    for one in written:
        book.settle(one)
    for run in ended:
        book.note(run)
