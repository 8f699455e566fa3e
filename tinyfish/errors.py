"""Every exception that tinyfish raises on purpose.

    SDKError
    ├── ClientClosedError              used after close(), or closed during the call (also a RuntimeError)
    ├── StreamBusyError                a second reader of a stream (also a RuntimeError)
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

An UncertainStartError is also what the start failed with: an APITimeoutError, an APIConnectionError, a
ResponseDecodeError or the class of its status, so that whatever catches the plain failure catches it too. If the
time was up and exactly one run fits, it is a WaitTimeoutError whose run_id is that run.

`tinyfish.ResultMismatchError`, for a result that is not of the type asked for with `returns=`, is an SDKError
too, loaded with what reads such results.

A wrong argument is a plain `ValueError` or `TypeError`, raised before anything is sent.

All of them pickle. A pickled error leaves its `request` and `response` behind; what they said that
matters (status, code, body, ids) travels with it. None of them ever holds an API key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tinyfish_generated import models as generated
from tinyfish_generated.types import picklable, shown, unpickled

if TYPE_CHECKING:
    from datetime import datetime

    import httpx
    from tinyfish_generated.models import AgentRunEvent, BrowserUsageItem

    from tinyfish.models import EndedRun, Run
    from tinyfish.outcomes import Doubt

_CLOSED_TEXT = "This client is closed. Create a new one, or close it only after its last use."
_SHOWN_BODY_CHARS = 300


class SDKError(Exception):
    """The base of every error of this package.

    Attributes:
        message: What went wrong, for a person.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        state = {k: picklable(v) for k, v in self.__dict__.items() if k not in ("request", "response")}
        return (_restore, (type(self), self.args, state))


def _restore(kind: type[SDKError], args: tuple[Any, ...], state: dict[str, Any]) -> SDKError:
    error = kind.__new__(kind, *args)
    error.args = args  # a kind of OSError does not take them from __new__
    error.__dict__.update({name: unpickled(value) for name, value in state.items()})
    return error


class ClientClosedError(SDKError, RuntimeError):
    """The client was closed, before the call or while it waited; make a new one, or close it later."""

    def __init__(self, message: str = _CLOSED_TEXT) -> None:
        super().__init__(message)


class StreamBusyError(SDKError, RuntimeError):
    """A stream was read by two threads or tasks at once. This is the second's error, and the first reads on."""


class RunOutcomeError(SDKError):
    """A run ended otherwise than completed.

    Attributes:
        run: What was raised for: a response, a run or a `CompleteEvent`.
        run_id: The run's id.
        error: The API's reason; None if it gave none.
        category: The reason's category. `SYSTEM_FAILURE` and `UNKNOWN` may pass when tried again,
            `AGENT_FAILURE` wants another input, `BILLING_FAILURE` wants credits (the API's own advice).
        retry_after: Seconds after which to try again, if the API said so.
        help_url: A page that helps, if the API named one.
        help_message: What to do, if the API said so.
    """

    def __init__(self, *, run: EndedRun) -> None:
        text = f"Run {run.run_id} ended {run.status}" if run.run_id else "The run could not be started"
        if run.error is not None:
            text += f": {shown(run.error, None)}"
        reason = run.error if isinstance(run.error, generated.RunError) else None  # it may be a plain text
        if reason is not None and reason.help_message:
            text += f" ({reason.help_message})"
        super().__init__(text)
        self.run = run
        self.run_id = run.run_id
        self.error = reason
        self.category = reason.category if reason else None
        self.retry_after = reason.retry_after if reason else None
        self.help_url = reason.help_url if reason else None
        self.help_message = reason.help_message if reason else None


class RunFailedError(RunOutcomeError):
    """The run failed; see `category` for whether another try may help."""


class RunBillingError(RunFailedError):
    """The run failed for want of credits."""


class RunCancelledError(RunOutcomeError):
    """The run was cancelled."""


class RunDoubtfulError(RunOutcomeError):
    """The run completed, and its result says that it did not work: it is empty, or tells of a refusal.

    Raised only by `raise_for_outcome(rules=...)`.

    Attributes:
        doubts: The reasons, as `tinyfish.outcomes.doubts` gives them.
    """

    def __init__(self, *, run: EndedRun, doubts: tuple[Doubt, ...]) -> None:
        super().__init__(run=run)
        reasons = "; ".join(f"{d.kind} at {d.path}: {d.text}" if d.text else d.kind for d in doubts)
        self.message = f"{self.message}, but its result is doubtful: {reasons}"
        self.args = (self.message,)
        self.doubts = doubts


class APIError(SDKError):
    """A call to the API failed.

    Attributes:
        request: The `httpx.Request`, without the API key; None after unpickling.
        response: The `httpx.Response`, if one came; None after unpickling.
        request_id: The server's name for the call, to quote to its support; None if it gave none.
        attempts: How often the request was sent, or tried to be, the last time included.
        run_id: The run that was waited for when a look at it failed: it goes on. None for other calls.
        created_run_ids: Runs that the same call had created before it failed (`agent.queue_many`).
    """

    request: httpx.Request | None = None
    response: httpx.Response | None = None
    run_id: str | None = None

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
        self.request = request
        self.response = response
        self.request_id = request_id
        self.attempts = attempts
        self.created_run_ids: tuple[str, ...] = ()

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
    """No answer came: the connection was refused, cut or reset."""


class APITimeoutError(APIConnectionError):
    """No answer came in time."""


class WaitTimeoutError(APITimeoutError, TimeoutError):
    """Something that was waited for did not happen in time. Only the waiting has ended.

    A run goes on, unless the text says that it was cancelled; `runs.wait(error.run_id)` waits on,
    `runs.cancel(error.run_id)` stops it.

    Attributes:
        run_id: The run that was waited for; None if it was something else.
        last_run: The run as it was last seen; None if it never was.
        run_ids: All runs that were waited for and have not ended; more than one only of `runs.wait_many`.
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
    """An event stream ended before its run did. The run goes on: `runs.wait(run_id)` follows it.

    Attributes:
        run_id: The run whose stream it was; None if the stream broke before it said so.
        last_event: The last event that came; None if none did.
    """

    def __init__(
        self, message: str, *, run_id: str | None = None, last_event: AgentRunEvent | None = None
    ) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.last_event = last_event


class SSEParseError(StreamInterruptedError):
    """An event stream holds what no event stream holds: an event that is not JSON, or one too large.

    Attributes:
        raw: The piece that did not parse, its start if it is long.
    """

    def __init__(
        self,
        message: str,
        *,
        raw: str = "",
        run_id: str | None = None,
        last_event: AgentRunEvent | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, last_event=last_event)
        self.raw = raw


class ResponseDecodeError(APIError):
    """The server reported success, and its body is not what the contract says.

    Nothing is thrown away: the body is here, and the call may well have done its work.

    Attributes:
        status_code: The HTTP status, 2xx.
        body: The body as text.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        body: str,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            message, request=request, response=response, request_id=request_id, attempts=attempts
        )
        self.status_code = status_code
        self.body = body


class APIStatusError(APIError):
    """The API, or something on the way to it, answered with an error status.

    Attributes:
        status_code: The HTTP status; any number a server may send.
        code: The API's error code, such as `"INVALID_INPUT"`; None if the body was not the API's.
            The set is open: compare with strings.
        details: The API's details; for `INVALID_INPUT` a list of objects with `path` and `message`.
        body: The whole body as text.
        retry_after: Seconds that the server asked to wait; None if it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: str | None = None,
        details: Any = None,
        body: str = "",
        retry_after: float | None = None,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            message, request=request, response=response, request_id=request_id, attempts=attempts
        )
        self.status_code = status_code
        self.code = code
        self.details = details
        self.body = body
        self.retry_after = retry_after

    def __str__(self) -> str:
        head = f"{self.status_code} {self.code}" if self.code else f"HTTP {self.status_code}"
        return f"{head}: {super().__str__()}"


class BadRequestError(APIStatusError):
    """400: the API refused the input; `details` says which field and why."""


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
    """404: no such run or session for this key, or a product that the plan does not include."""


class RequestTimeoutError(APIStatusError):
    """408: the server waited too long for the request."""


class ConflictError(APIStatusError):
    """409: the state of the thing does not allow it now."""


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, and still not acceptable."""


class RateLimitError(APIStatusError):
    """429: too many requests or too many pending runs; see `retry_after`."""


class InternalServerError(APIStatusError):
    """5xx: the server, or a proxy before it, failed."""


class UncertainStartError(APIError):
    """A start got no answer that tells whether it happened. It was not sent again, since that may bill twice.

    It is also what the start failed with, an `APITimeoutError` for example. If the time was up and exactly one run
    fits, it is a `WaitTimeoutError`.

    Attributes:
        candidates: What may have come of it: runs of the same goal, or browser sessions, created in the
            window; oldest first. They may also be another program's.
        run_id: The only run that fits, if there is exactly one. It is not surely yours, else it would have been
            adopted.
        window: Between which moments, by the server's clock, it was created if it was; None if it was
            not looked for.
        look_error: Why the looking failed; None if it did not.
    """

    candidates: tuple[Run, ...] | tuple[BrowserUsageItem, ...] = ()
    window: tuple[datetime, datetime] | None = None
    look_error: Exception | None = None
    _failed_with: type[APIError] = APIError

    @staticmethod
    def of(
        error: APIError,
        advice: str,
        *,
        candidates: tuple[Run, ...] | tuple[BrowserUsageItem, ...],
        window: tuple[datetime, datetime] | None,
        look_error: Exception | None,
        run: Run | None = None,
    ) -> UncertainStartError:
        """The same failure, told as an uncertain start; `run` is the only one that fits, if there is one."""
        failed_with: type[APIError] = type(error)
        if run is not None and isinstance(error, APITimeoutError):
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
        if run is not None:
            uncertain.run_id = run.run_id
            if isinstance(uncertain, WaitTimeoutError):
                uncertain.last_run = run
                uncertain.run_ids = (run.run_id,)
        uncertain.__cause__ = error.__cause__
        return uncertain

    def __reduce__(self) -> tuple[Any, ...]:
        _, (_, args, state) = super().__reduce__()
        return (_restore_uncertain, (self._failed_with, args, state))


_UNCERTAIN: dict[type[APIError], type[UncertainStartError]] = {APIError: UncertainStartError}


def _uncertain(failed_with: type[APIError]) -> type[UncertainStartError]:
    """The class of an uncertain start that is also what the start failed with. Tracebacks show the public name."""
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
}


def status_error_class(status_code: int) -> type[APIStatusError]:
    """The class that stands for a status."""
    if status_code >= 500:
        return InternalServerError
    return _BY_STATUS.get(status_code, APIStatusError)


def body_excerpt(body: str) -> str:
    """The start of a foreign body, on one line, for a message."""
    text = " ".join(body.split())
    return text if len(text) <= _SHOWN_BODY_CHARS else text[:_SHOWN_BODY_CHARS] + "…"
