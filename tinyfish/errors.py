"""The exceptions that tinyfish raises.

    SDKError
    ├── InvalidArgumentError           a wrong argument; nothing was sent (also a ValueError)
    │   └── IdempotencyConflictError   a key that was used for another goal, url or options
    ├── InvalidArgumentTypeError       ... of the wrong type (also a TypeError)
    ├── WebhookError                   what was received is not the message of a webhook (also a ValueError)
    ├── ClientClosedError              used after close(), or closed during the call (also a RuntimeError)
    ├── LedgerError                    the ledger can't be used; nothing was sent
    ├── StreamBusyError                a second reader of a stream (also a RuntimeError)
    ├── BudgetExceededError            a start could exceed a budget; nothing was sent
    ├── RunOutcomeError                a run did not complete, or its result is doubtful (raise_for_outcome)
    │   ├── RunFailedError             it failed
    │   │   └── RunBillingError        ... because the account is out of credits
    │   ├── RunCancelledError          it was cancelled
    │   └── RunDoubtfulError           it completed, but its result suggests that it did not work
    └── APIError                       a call to the API failed
        ├── APIConnectionError         no response: connection refused, dropped or reset
        │   ├── APITimeoutError        no response in time
        │   │   └── WaitTimeoutError   ... and the run is known (also a TimeoutError)
        │   └── StreamInterruptedError an event stream ended before its run
        │       └── SSEParseError      ... because the response is not an event stream
        ├── UncertainStartError        a start that may or may not have happened
        ├── ResponseDecodeError        a successful response whose body does not match the contract
        └── APIStatusError             the API returned an error status
            ├── BadRequestError             400
            ├── AuthenticationError         401
            ├── PaymentRequiredError        402
            ├── PermissionDeniedError       403
            ├── NotFoundError               404
            ├── RequestTimeoutError         408
            ├── ConflictError               409
            ├── UnprocessableEntityError    422
            ├── RateLimitError              429
            └── InternalServerError         5xx

An UncertainStartError is also an instance of the original error's class: an APITimeoutError, an APIConnectionError, a
ResponseDecodeError or the class of its status. Code that catches the original error catches it too. If the time limit
was reached and exactly one run matches, it is a WaitTimeoutError whose run_id is that run.

`tinyfish.ResultMismatchError`, for a result that doesn't match the type given in `returns=`, is an SDKError too. It is
loaded with the code that reads such results.

`tinyfish.SchemaError`, for a type in `returns=` that a schema can't express, is an InvalidArgumentTypeError.

All errors can be pickled. Pickling drops `request` and `response`, but keeps their status, code, body and ids. No
error ever contains an API key.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from tinyfish_generated import models as generated
from tinyfish_generated.types import Model, picklable, shown, unpickled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    import httpx
    from tinyfish_generated.models import (
        AgentRunEvent,
        BrowserUsageItem,
        DatasetRunEvent,
        ResearchStreamEvent,
    )

    from tinyfish._core.calls.error_body import ErrorBody
    from tinyfish.models import EndedRun, Run
    from tinyfish.outcomes import Doubt


_CLOSED_TEXT = "This client is closed. Create a new one, or close it only after its last use."


class SDKError(Exception):
    """The base of every error of this package.

    Attributes:
        message: What went wrong, human-readable.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def is_retryable(self) -> bool:
        """Whether the same call can be made again and may succeed: nothing was started, or a key prevents a second run.

        For queues and engines that decide by the error alone. False if it wouldn't help, or isn't certain.
        """
        return False

    def __reduce__(self) -> tuple[Any, ...]:
        state = {k: picklable(v) for k, v in self.__dict__.items() if k not in ("request", "response")}
        return (_restore, (type(self), self.args, state))


def _restore(kind: type[SDKError], args: tuple[Any, ...], state: dict[str, Any]) -> SDKError:
    error = kind.__new__(kind, *args)
    error.args = args  # subclasses of OSError don't take them from __new__
    error.__dict__.update({name: unpickled(value) for name, value in state.items()})
    return error


class InvalidArgumentError(SDKError, ValueError):
    """An argument, or an environment variable, has an invalid value. Nothing was sent."""


# What a message of an IdempotencyConflictError says of each difference.
_DIFFERENT = {
    "goal": "another goal",
    "url": "another url",
    "options": "other options (the class in returns= counts too)",
}


class IdempotencyConflictError(InvalidArgumentError):
    """The key was used for a run with another goal, url or options. Nothing was sent.

    Attributes:
        key: The key.
        differs: What differs: "goal", "url" or "options". Without a ledger, it's known only of the goal, so this may
            have two of them.
        run_id: The key's run, if there is one.
    """

    key: str = ""
    differs: tuple[str, ...] = ()
    run_id: str | None = None

    @classmethod
    def of(cls, key: str, differs: Iterable[str], run_id: str | None) -> IdempotencyConflictError:
        """The error for a key.

        Args:
            key: The key.
            differs: What differs.
            run_id: The key's run.
        """
        differs = tuple(differs)
        about = f"run {run_id}" if run_id else "another start"
        what = " or ".join(_DIFFERENT[each] for each in differs)
        error = cls(
            f"idempotency_key {key!r} was used for {about}, with {what}. Use another key for "
            "another task, or the same arguments to get that run."
        )
        error.key, error.differs, error.run_id = key, differs, run_id
        return error


class InvalidArgumentTypeError(SDKError, TypeError):
    """An argument doesn't exist, is missing, or has the wrong type. Nothing was sent."""


class WebhookError(SDKError, ValueError):
    """What was received isn't the message of a webhook. The message of this error doesn't show it."""


class LedgerError(SDKError):
    """The ledger can't be used: its disk is full, or it's locked, damaged or of a newer version. Nothing was sent."""

    def __init__(self, message: str, *, is_retryable: bool = False) -> None:
        super().__init__(message)
        self._is_retryable = is_retryable

    @property
    def is_retryable(self) -> bool:
        """Whether the cause may pass: a lock, or a full disk."""
        return self._is_retryable


class ClientClosedError(SDKError, RuntimeError):
    """The client was closed, before or during the call. Create a new one, or close it later."""

    def __init__(self, message: str = _CLOSED_TEXT) -> None:
        super().__init__(message)


class StreamBusyError(SDKError, RuntimeError):
    """Two threads or tasks read a stream at once. The second gets this error; the first is unaffected."""


class BudgetExceededError(SDKError):
    """A start could exceed a `tinyfish.Budget`. Nothing was sent.

    Attributes:
        unit: What isn't left: `"runs"`, `"steps"` or `"usd"`.
        limit: The budget's limit, in that unit.
        left: What is left of it: neither used nor reserved by runs that may still use it.
        needed: What the start would have to reserve.
    """

    def __init__(
        self, *, unit: str, limit: Decimal | int, left: Decimal | int, needed: Decimal | int
    ) -> None:
        name = "US dollars" if unit == "usd" else unit
        super().__init__(
            f"This start could exceed the budget of {limit:,} {name}: it needs {needed:,}, and {left:,} are left. "
            "Nothing was sent."
        )
        self.unit = unit
        self.limit = limit
        self.left = left
        self.needed = needed


class RunOutcomeError(SDKError):
    """A run didn't complete, or its result is doubtful.

    The message begins with the reason, and ends with the run's id.

    Attributes:
        run: The object that it was raised for: a response, a run or a `CompleteEvent`.
        run_id: The run's id.
        error: The API's reason; None if it gave none.
        category: The reason's category. The API's advice: retry after `SYSTEM_FAILURE` and `UNKNOWN`, change the input
            after `AGENT_FAILURE`, and add credits after `BILLING_FAILURE`.
        retry_after: Seconds to wait before trying again, if the API gave them.
        help_url: A help page, if the API named one.
        help_message: The API's advice, if it gave any.
    """

    def __init__(self, *, run: EndedRun) -> None:
        reason = run.error if isinstance(run.error, generated.RunError) else None  # it may be a string
        text = shown(run.error, None) if run.error else None
        if reason is not None and not reason.message:
            text = reason.code
        if reason is not None and reason.help_message:
            text = f"{text} ({reason.help_message})" if text else reason.help_message
        super().__init__(_outcome_text(text, run))
        self.run = run
        self.run_id = run.run_id
        self.error = reason
        self.category = reason.category if reason else None
        self.retry_after = reason.retry_after if reason else None
        self.help_url = reason.help_url if reason else None
        self.help_message = reason.help_message if reason else None


def _outcome_text(reason: str | None, run: EndedRun) -> str:
    outcome = f"run ended {run.status}: {run.run_id}" if run.run_id else "run could not be started"
    return f"The {outcome}" if reason is None else f"{reason}; the {outcome}"


class RunFailedError(RunOutcomeError):
    """The run failed. `category` tells whether another try may help."""


class RunBillingError(RunFailedError):
    """The run failed because the account is out of credits."""


class RunCancelledError(RunOutcomeError):
    """The run was cancelled."""


class RunDoubtfulError(RunOutcomeError):
    """The run completed, but its result suggests that it didn't work: it's empty, or mentions a block or failure.

    Raised only by `raise_for_outcome(rules=...)`.

    Attributes:
        doubts: The reasons, from `tinyfish.outcomes.doubts`.
    """

    def __init__(self, *, run: EndedRun, doubts: tuple[Doubt, ...]) -> None:
        super().__init__(run=run)
        reasons = "; ".join(f"{d.kind} at {d.path}: {d.text}" if d.text else d.kind for d in doubts)
        self.message = _outcome_text(f"The result is doubtful: {reasons}", run)
        self.args = (self.message,)
        self.doubts = doubts


class APIError(SDKError):
    """A call to the API failed.

    Attributes:
        request: The `httpx.Request`, without the API key; None after unpickling.
        response: The `httpx.Response`, if there is one; None after unpickling.
        request_id: The server's id of the call, to quote in support requests; None if it sent none.
        attempts: How often the client sent the request or tried to, including the last time.
        run_id: The run that was being waited for when a poll failed; the run goes on. None for other calls.
        created_run_ids: Runs that the same call had created before it failed (`agent.queue_many`).
        idempotency_key: The caller's key for the start that failed; None if it has none, or it wasn't a start.
    """

    request: httpx.Request | None = None
    response: httpx.Response | None = None
    run_id: str | None = None
    idempotency_key: str | None = None

    def __init__(
        self,
        message: str,
        *,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.request = _request_of(response) if request is None else request
        self.response = response
        self.request_id = request_id
        self.attempts = attempts
        self.created_run_ids: tuple[str, ...] = ()

    @property
    def _pays_once(self) -> bool:
        """Whether the same call, made again, starts nothing that was started already."""
        return self.idempotency_key is not None or (self.run_id is None and not self.created_run_ids)

    def __str__(self) -> str:
        notes: list[str] = []
        if self.run_id and self.run_id not in self.message:
            notes.append(f"run {self.run_id}")
        if self.attempts > 1:
            notes.append(f"{self.attempts} attempts")
        if self.request_id:
            notes.append(f"request id {self.request_id}")
        return f"{self.message} ({', '.join(notes)})" if notes else self.message


class APIConnectionError(APIError):
    """The server didn't respond: the connection was refused, dropped or reset."""

    @property
    def is_retryable(self) -> bool:
        """Whether the call can be made again: if no run of it goes on, or a key finds it."""
        return self._pays_once


class APITimeoutError(APIConnectionError):
    """The server didn't respond in time."""


class WaitTimeoutError(APITimeoutError, TimeoutError):
    """A wait reached its time limit. Only the waiting has ended.

    The run goes on, unless the message says that it was cancelled. `runs.wait(error.run_id)` resumes the wait,
    `runs.cancel(error.run_id)` stops the run.

    Attributes:
        run_id: The run that was being waited for; None if it was something else.
        last_run: The run at the last successful poll; None if there was none.
        run_ids: All runs that were being waited for and have not ended; only `runs.wait_many` can have more than one.
    """

    def __init__(
        self,
        message: str,
        *,
        run_id: str | None = None,
        last_run: Run | None = None,
        run_ids: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.last_run = last_run
        self.run_ids = run_ids if run_ids is not None else (run_id,) if run_id else ()


class StreamInterruptedError(APIConnectionError):
    """An event stream ended before its run did. The run goes on: `runs.wait(run_id)` waits for it.

    Attributes:
        run_id: The stream's run; None if the stream broke before it named the run.
        last_event: The last event received; None if there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        run_id: str | None = None,
        last_event: AgentRunEvent | ResearchStreamEvent | DatasetRunEvent | None = None,
    ) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.last_event = last_event


class SSEParseError(StreamInterruptedError):
    """An event stream contains something invalid: an event that isn't JSON, or one that is too large.

    Attributes:
        line: The text that couldn't be parsed; only its beginning if it's long.
    """

    def __init__(
        self,
        message: str,
        *,
        line: str = "",
        run_id: str | None = None,
        last_event: AgentRunEvent | ResearchStreamEvent | DatasetRunEvent | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, last_event=last_event)
        self.line = line


class ResponseDecodeError(APIError):
    """The server reported success, but the body doesn't match the contract.

    Nothing is lost: the error has the body, and the call may have succeeded.

    Attributes:
        status_code: The HTTP status, 2xx.
        body: The body as text.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        body: str | None = None,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            message, request=request, response=response, request_id=request_id, attempts=attempts
        )
        self.status_code = (
            (200 if response is None else response.status_code) if status_code is None else status_code
        )
        self.body = _text_of(response) if body is None else body


class APIStatusError(APIError):
    """The API, or a proxy in front of it, returned an error status.

    Attributes:
        status_code: The HTTP status; can be any number.
        code: The API's error code, such as `"INVALID_INPUT"`; None if the body has none. New codes may be added:
            compare with strings.
        details: The API's details. For `INVALID_INPUT`: a list of objects with `path` and `message`.
        body: The whole body as text.
        retry_after: Seconds that the server asked the client to wait; None if it didn't.

    For your tests: `RateLimitError("Slow down", response=response)` has everything that an `httpx.Response` says, and
    `RateLimitError("Slow down")` only its status.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        details: Any = None,
        body: str | None = None,
        retry_after: float | None = None,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        if response is not None and status_code is None:
            status_code = response.status_code
            said, asked = _error_in(response)
            code, details = code or said.code, said.details if details is None else details
            retry_after = asked if retry_after is None else retry_after
            request_id = request_id or said.request_id or response.headers.get("x-request-id")
        super().__init__(
            message, request=request, response=response, request_id=request_id, attempts=attempts
        )
        self.status_code = self._usual_status() if status_code is None else status_code
        self.code = code
        self.details = details
        self.body = _text_of(response) if body is None else body
        self.retry_after = retry_after

    @property
    def is_retryable(self) -> bool:
        """Whether the call can be made again: if the status is a passing one, and no run of it goes on."""
        return self._pays_once and (self.status_code in (408, 429) or self.status_code >= 500)

    def _usual_status(self) -> int:
        for status, kind in _BY_STATUS.items():
            if isinstance(self, kind):
                return status
        raise InvalidArgumentTypeError(f"{type(self).__name__} needs response= or status_code=.")

    def __str__(self) -> str:
        head = f"{self.status_code} {self.code}" if self.code else f"HTTP {self.status_code}"
        return f"{head}: {super().__str__()}"


class BadRequestError(APIStatusError):
    """400: the API rejected the input; `details` names the field and the reason."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing, unknown or revoked."""


class PaymentRequiredError(APIStatusError):
    """402: out of credits, or no subscription."""

    @property
    def wallet_url(self) -> str | None:
        """Where to add credits, if the API said so."""
        details: object = self.details
        url = cast("dict[str, object]", details).get("wallet_url") if isinstance(details, dict) else None
        return url if isinstance(url, str) else None


class PermissionDeniedError(APIStatusError):
    """403: not allowed for this key: a feature that is not enabled, or no credits."""


class NotFoundError(APIStatusError):
    """404: the key has no such run or session, or the plan doesn't include the product."""


class RequestTimeoutError(APIStatusError):
    """408: the server waited too long for the request."""


class ConflictError(APIStatusError):
    """409: the resource's current state doesn't allow this."""


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, but not acceptable."""


class RateLimitError(APIStatusError):
    """429: too many requests or too many pending runs; see `retry_after`."""


class InternalServerError(APIStatusError):
    """5xx: the server, or a proxy in front of it, failed."""


class UncertainStartError(APIError):
    """It's not known whether a start happened. It wasn't sent again, because that could bill twice.

    It's also an instance of the original error's class, for example an `APITimeoutError`. If the time limit was
    reached and exactly one run matches, it's a `WaitTimeoutError`.

    Attributes:
        candidates: What it may have started: runs with the same goal, browser sessions, or monitors and the like with
            the same content, created in the window. They may belong to another program.
        run_id: The matching run, if there is exactly one. It isn't certainly yours; otherwise it would have been
            adopted.
        window: The time range, on the server's clock, in which it was created if it exists; None if the client didn't
            search.
        look_error: Why the search failed; None if it didn't.
        retry_after: With an `idempotency_key`: in how many seconds a call with the same key can tell. None without one.
    """

    candidates: tuple[Run, ...] | tuple[BrowserUsageItem, ...] | tuple[Model, ...] = ()
    window: tuple[datetime, datetime] | None = None
    look_error: Exception | None = None
    retry_after: float | None = None
    _failed_with: type[APIError] = APIError

    @staticmethod
    def of(
        error: APIError,
        advice: str,
        *,
        candidates: tuple[Run, ...] | tuple[BrowserUsageItem, ...] | tuple[Model, ...],
        window: tuple[datetime, datetime] | None,
        look_error: Exception | None,
        run: Run | None = None,
        run_id: str | None = None,
    ) -> UncertainStartError:
        """The same failure as an uncertain start.

        Args:
            error: The failure.
            advice: What is known about what it may have started, and what to do.
            candidates: What it may have started.
            window: When.
            look_error: Why the search failed.
            run: The matching run, if there is exactly one.
            run_id: The id of what matches, if it's exactly one and not a run of the agent.
        """
        run_id = run.run_id if run is not None else run_id
        failed_with: type[APIError] = type(error)
        if run_id is not None and isinstance(error, APITimeoutError):
            failed_with = WaitTimeoutError
        kind = _uncertain(failed_with)
        message = f"{error.message.rstrip('.')}. It may have started anyway: {advice}"
        uncertain = kind.__new__(kind)
        uncertain.args = (message,)
        uncertain.__dict__.update(error.__dict__)
        uncertain.message = message
        uncertain.candidates = candidates
        uncertain.window = window
        uncertain.look_error = look_error
        if run_id is not None:
            uncertain.run_id = run_id
            if isinstance(uncertain, WaitTimeoutError):
                uncertain.last_run = run
                uncertain.run_ids = (run_id,)
        uncertain.__cause__ = error.__cause__
        return uncertain

    @property
    def is_retryable(self) -> bool:
        """Whether the call can be made again: only with a key, which finds the run."""
        return self.idempotency_key is not None

    def __reduce__(self) -> tuple[Any, ...]:
        _, (_, args, state) = super().__reduce__()
        return (_restore_uncertain, (self._failed_with, args, state))


_UNCERTAIN: dict[type[APIError], type[UncertainStartError]] = {APIError: UncertainStartError}


def _uncertain(failed_with: type[APIError]) -> type[UncertainStartError]:
    """A subclass that is also the original error's class. Tracebacks show the public name."""
    if failed_with not in _UNCERTAIN:
        members = {
            "__module__": __name__,
            "__doc__": UncertainStartError.__doc__,
            "_failed_with": failed_with,
        }
        kind = type(UncertainStartError.__name__, (UncertainStartError, failed_with), members)
        _UNCERTAIN.setdefault(failed_with, cast("type[UncertainStartError]", kind))
    return _UNCERTAIN[failed_with]


def _restore_uncertain(failed_with: type[APIError], args: tuple[Any, ...], state: dict[str, Any]) -> SDKError:
    return _restore(_uncertain(failed_with), args, state)


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: RequestTimeoutError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    500: InternalServerError,
}


def status_error_class(status_code: int) -> type[APIStatusError]:
    """The error class for a status."""
    if status_code >= 500:
        return InternalServerError
    return _BY_STATUS.get(status_code, APIStatusError)


def _request_of(response: httpx.Response | None) -> httpx.Request | None:
    try:
        return None if response is None else response.request
    except RuntimeError:  # it was made without one
        return None


def _text_of(response: httpx.Response | None) -> str:
    try:
        return "" if response is None else response.text
    except RuntimeError:  # it was not read
        return ""


def _error_in(response: httpx.Response) -> tuple[ErrorBody, float | None]:
    """What the API's error in a response says, and how many seconds the server asked to wait."""
    from tinyfish._core.calls.error_body import ErrorBody, parsed
    from tinyfish._core.calls.retry_after import parse_retry_after

    said = ErrorBody.of(parsed(_text_of(response).encode()))
    return said, parse_retry_after(response.headers.get("retry-after"), time.time())
