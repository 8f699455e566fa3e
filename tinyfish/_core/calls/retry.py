"""Whether and when a request can be sent again. Pure decisions, written once."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final

from tinyfish_generated.types import Request

from tinyfish._core.wire.call import Failure

BASE_DELAY_SECONDS: Final = 0.5
MAX_DELAY_SECONDS: Final = 8.0
# If a server requests a longer wait than this, the client doesn't wait; the error has the requested time.
MAX_RETRY_AFTER_SECONDS: Final = 60.0

# The API's codes for a refused start. The set of codes is open, and gateways use the same envelope: with any other
# code, a 408 or 5xx doesn't prove that nothing was started.
_REFUSAL_CODES: Final = frozenset({"RATE_LIMIT_EXCEEDED", "SERVICE_BUSY"})
_REFUSAL_STATUS: Final = 503
# The status of a refusal whatever the body says, unless that names a run.
REFUSING_STATUS: Final = 429
# The catch-all code of frameworks; it can come before or after the run was created.
CATCH_ALL_CODE: Final = "INTERNAL_ERROR"

# The operation that opens a session instead of starting runs.
_OPENING_OPERATION: Final = "createBrowserSession"


class Effect(enum.Enum):
    """What a request does on the server."""

    SAFE = enum.auto()
    """Sending it twice has the same effect as once: reads, cancels, deletes."""
    STARTS = enum.auto()
    """Sending it twice can start, and bill, runs twice."""
    OPENS = enum.auto()
    """Sending it twice can open a second browser session, which ends automatically if it isn't used."""


def effect_of(request: Request[Any]) -> Effect:
    """What a request does on the server. It starts something, unless the contract says that it's safe to repeat."""
    if request.safe_to_repeat:
        return Effect.SAFE
    return Effect.OPENS if request.operation_id == _OPENING_OPERATION else Effect.STARTS


class Verdict(enum.Enum):
    """The consequence of a failure."""

    REPEAT = enum.auto()
    """It can be sent again, if retries are left."""
    FINAL = enum.auto()
    """Sending it again won't help; nothing was started."""
    UNCERTAIN = enum.auto()
    """It may have started something, so it must not be sent again blindly."""
    SEARCH = enum.auto()
    """It may have started something. If a search succeeds and finds nothing, it can be sent again."""


def judge(effect: Effect, failure: Failure, status: int | None = None, code: str | None = None) -> Verdict:
    """Decide the consequence of a failure.

    ====================================================== ========= ========= =========
    what happened                                          SAFE      OPENS     STARTS
    ====================================================== ========= ========= =========
    never sent (connection refused, none free)             repeat    repeat    repeat
    never sent, for a reason on this side                  final     final     final
    sent, no whole answer (cut, reset, time limit)         repeat    uncertain uncertain
    429, with any body or none                             repeat    repeat    repeat
    API's envelope, 503 with a code of a refusal           repeat    repeat    repeat
    the same code with 408 or another 5xx                  repeat    repeat    search
    API's envelope, 408 / 5xx, INTERNAL_ERROR              repeat    repeat    search
    API's envelope, 408 / 5xx, with any other code         repeat    uncertain uncertain
    API's envelope, any other status                       final     final     final
    a body that names a run, 408 / 429 / 5xx               repeat    uncertain uncertain
    a body that names a run, any other status              final     uncertain uncertain
    foreign body, 408 / 5xx                                repeat    uncertain uncertain
    foreign body, any other status                         final     final     final
    a success that cannot be read                          final     uncertain uncertain
    ====================================================== ========= ========= =========

    INTERNAL_ERROR is what frameworks return when anything breaks, before or after the run was created. For a session,
    the API's reference says to try again.

    A 429 is a refusal, whoever sent it: the API, or a gateway that didn't forward the request.

    Args:
        effect: What the request does.
        failure: How it failed.
        status: The HTTP status, if the failure has one.
        code: The error code of the API's envelope.
    """
    safe = effect is Effect.SAFE
    retryable = status is not None and is_retryable_status(status)
    match failure:
        case Failure.NOT_SENT:
            return Verdict.REPEAT
        case Failure.LOCAL:
            return Verdict.FINAL
        case Failure.NO_ANSWER:
            return Verdict.REPEAT if safe else Verdict.UNCERTAIN
        case Failure.REFUSED:
            if not retryable:
                return Verdict.FINAL
            if safe or status == REFUSING_STATUS:
                return Verdict.REPEAT
            code = (code or "").upper()  # the API's spelling of codes varies in case
            if code not in _REFUSAL_CODES and code != CATCH_ALL_CODE:
                return Verdict.UNCERTAIN
            refused = code in _REFUSAL_CODES and status == _REFUSAL_STATUS
            return Verdict.REPEAT if refused or effect is Effect.OPENS else Verdict.SEARCH
        case Failure.NAMES_RUN:
            if not safe:
                return Verdict.UNCERTAIN
            return Verdict.REPEAT if retryable else Verdict.FINAL
        case Failure.FOREIGN_ERROR:
            if not retryable:
                return Verdict.FINAL
            return Verdict.REPEAT if safe or status == REFUSING_STATUS else Verdict.UNCERTAIN
        case Failure.UNREADABLE_SUCCESS:
            return Verdict.FINAL if safe else Verdict.UNCERTAIN


def is_refusal(status: int | None, code: str | None) -> bool:
    """Whether a failure that can be repeated says that there is too much at the moment, and not that something broke.

    Args:
        status: The HTTP status, if the failure has one.
        code: The error code of the API's envelope.
    """
    return status == REFUSING_STATUS or (
        status == _REFUSAL_STATUS and code is not None and code.upper() in _REFUSAL_CODES
    )


def refuses_start(answer: object) -> bool:
    """Whether a successful response to a start says that nothing was started, because too many runs are open."""
    error: object = getattr(answer, "error", None)
    if error is None or getattr(answer, "run_id", None) or getattr(answer, "run_ids", None):
        return False
    code: object = getattr(error, "code", None)
    message: object = getattr(error, "message", None)
    return (isinstance(code, str) and code.upper() in _REFUSAL_CODES) or (
        isinstance(message, str) and "too many pending runs" in message.lower()
    )


def is_retryable_status(status: int) -> bool:
    """Whether a status means a transient condition."""
    return status in (408, 429) or status >= 500


def retry_delay(attempt: int, retry_after: float | None, random: Callable[[], float]) -> float | None:
    """Seconds to wait before the next attempt; None if the server asked for too long a wait.

    Full jitter: a random time up to 0.5 s, 1 s, 2 s, 4 s, at most 8 s, so that clients that failed together don't
    retry together. The server's wait comes first in full, then the jitter.

    Args:
        attempt: The number of attempts so far, 1 or more.
        retry_after: Seconds that the server requested.
        random: Returns a number from 0 up to 1.
    """
    # The exponent is limited, so that a long-lived poll never computes a huge power.
    jitter = random() * min(MAX_DELAY_SECONDS, BASE_DELAY_SECONDS * 2.0 ** min(attempt - 1, 16))
    if retry_after is None:
        return jitter
    if retry_after > MAX_RETRY_AFTER_SECONDS:
        return None
    return retry_after + jitter
