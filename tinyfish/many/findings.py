"""What the ledger, and starts with keys, say about the items of a job. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tinyfish._core.clock import Clock
from tinyfish._core.keyed.keyed_start import KeyedStart
from tinyfish._core.keyed.started import Started
from tinyfish._core.requests.responses import response_of_refusal
from tinyfish._core.waiting.wait_policy import is_transient
from tinyfish.errors import (
    APIError,
    APIStatusError,
    AuthenticationError,
    ClientClosedError,
    LedgerError,
    PaymentRequiredError,
    RateLimitError,
    RunOutcomeError,
    SDKError,
    UncertainStartError,
)
from tinyfish.many.actions import UNSTARTED, Ended, Failed, Found, Later, NotSent, Refused, Running
from tinyfish.many.items import Item

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.entry import LedgerEntry

# How the API says that too many runs are open: with status 429, or in the response to a batch.
_TOO_MANY: Final = re.compile(r"\btoo many\b.*\b(runs|requests)\b", re.IGNORECASE)
_TOO_MANY_CODES: Final = frozenset({"RATE_LIMIT_EXCEEDED", "SERVICE_BUSY"})
_NO_CREDITS_CODE: Final = "INSUFFICIENT_CREDITS"


def keyed_start(item: Item[Any], max_age: float | None) -> KeyedStart:
    """The start of an item."""
    return KeyedStart(
        item.ledger_key,
        item.request,
        fingerprint=item.fingerprint,
        is_new=not item.recipe.has_ledger,
        was_sent=not item.recipe.has_ledger and item.failures > 0,
        max_age=max_age if item.attempt == 1 and item.takes_cached else None,  # another try is to start a run
        ended_attempts=item.attempt - 1,
    )


def found_in_ledger(item: Item[Any], entry: LedgerEntry | None) -> Found:
    """What a ledger says about an item."""
    if item.error is not None:
        return Failed(item.error)
    if entry is None or not entry.is_finished:
        return UNSTARTED
    if not item.matches(entry.fingerprint):
        return UNSTARTED if item.error is None else Failed(item.error)  # a conflict shows when it's claimed
    return Ended(entry, entry.attempt)


def found_of_start(started: Started, clock: Clock) -> Found:
    """How the start of an item has ended."""
    if started.error is not None and started.later is not None:
        return Later(started.later, started.error)
    if started.error is not None:
        return _failed(started.error)
    entry = started.entry
    if entry is not None and entry.is_finished:
        return Ended(entry, started.attempt, started.from_cache)
    ended = None if entry is None else started.ended
    if ended is not None:
        return Ended(ended, started.attempt, started.from_cache)
    if started.run_id:
        age = 0.0 if entry is None else max(0.0, clock.wall() - entry.started_at.timestamp())
        is_new = entry is None and (started.run is None or started.adopted)
        return Running(started.run_id, started.attempt, age, is_new)
    return _refused(started.refusal)


def ends_the_job(found: Found) -> SDKError | None:
    """The reason if no start can succeed any more: the key is wrong, there are no credits, the ledger fails."""
    error = found.error if isinstance(found, Failed) else None
    if not isinstance(error, SDKError) or isinstance(error, UncertainStartError):
        return None
    if isinstance(error, APIStatusError) and error.code == _NO_CREDITS_CODE:
        return error
    fatal = (AuthenticationError, PaymentRequiredError, LedgerError, ClientClosedError)
    return error if isinstance(error, fatal) else None


def _failed(error: SDKError) -> Found:
    if isinstance(error, UncertainStartError):
        return Failed(error, getattr(error, "retry_after", None))
    if isinstance(error, APIStatusError) and _says_too_many(error.code, error.message):
        return Refused(error.retry_after, error)
    if isinstance(error, RateLimitError):
        return Refused(error.retry_after, error)
    if isinstance(error, APIError) and is_transient(error):
        return NotSent(error)
    return Failed(error)


def _refused(refusal: Any) -> Found:
    """The API has answered that it starts nothing."""
    if refusal is None:
        return UNSTARTED
    error = getattr(refusal, "error", None)
    if _says_too_many(getattr(error, "code", None), getattr(error, "message", None)):
        return Refused(getattr(error, "retry_after", None))
    try:
        response_of_refusal(refusal, None).raise_for_outcome()
    except RunOutcomeError as failure:
        return Failed(failure.with_traceback(None))
    return UNSTARTED


def _says_too_many(code: object, message: object) -> bool:
    if isinstance(code, str) and code.upper() in _TOO_MANY_CODES:
        return True
    return isinstance(message, str) and _TOO_MANY.search(message) is not None
