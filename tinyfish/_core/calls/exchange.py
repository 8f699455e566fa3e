"""One call from its first attempt to its end: every decision, no I/O.

The executors send what `next_call` returns, report the outcome, and wait as told. So sync and async differ only in how
they wait.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import quote, urlencode

from attrs import frozen
from tinyfish_generated.types import DecodeError, Request

from tinyfish._core.calls import salvaged_ids
from tinyfish._core.calls.call_errors import (
    connection_error,
    decode_error,
    not_sent_in_time,
    status_error,
    unprocessable_error,
)
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult, Uncertainty
from tinyfish._core.calls.error_body import NOT_JSON, ErrorBody, parsed
from tinyfish._core.calls.retry import (
    CATCH_ALL_CODE,
    REFUSING_STATUS,
    Effect,
    Verdict,
    effect_of,
    is_refusal,
    is_retryable_status,
    judge,
    refuses_start,
    retry_delay,
)
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.calls.stream_check import StreamCheck
from tinyfish._core.calls.told_call import ToldCall
from tinyfish._core.clock import Clock
from tinyfish._core.config import SILENT_READ_SECONDS, Config
from tinyfish._core.headers import FOREIGN_HEADERS, merged_headers
from tinyfish._core.limits.open_runs import OPEN_RUNS, RUN_LOOKS
from tinyfish._core.limits.traffic import Turn
from tinyfish._core.listeners import Listeners
from tinyfish._core.log import logger
from tinyfish._core.wire.answer import Answer
from tinyfish._core.wire.call import Call, Delivery, Failure, SendError
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import APIError, APIStatusError

T = TypeVar("T")

# The operation whose status 500 can have a run as the body, instead of the error envelope.
_RUN_IN_500_OPERATION: Final = "runAgent"


@frozen(eq=False)
class _Refusal(Generic[T]):
    """An answer that says that there is too much at the moment.

    Attributes:
        result: How the call ends if it isn't sent again.
        retry_after: Seconds that the server asked to wait; None if it didn't.
    """

    result: CallResult[T]
    retry_after: float | None


class Exchange(ToldCall, Generic[T]):
    """The course of one call.

    Args:
        config: The client's.
        clock: The client's.
        request: The request.
        options: Those of the call.
        server_clock: Updated from the responses.
        listeners: The client's.
        base_url: A host other than the API's, which must not get the key.
        turn: What its attempts have to wait for; None for nothing.

    Attributes:
        turn: The same.
        attempts: How often it was sent.
        failure: Why the last attempt failed; None if none has.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        request: Request[T],
        options: CallOptions,
        server_clock: ServerClock,
        listeners: Listeners,
        base_url: str | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.turn = turn
        self._config = config
        self._clock = clock
        self._request: Request[T] = request
        self._options = options
        self._server_clock = server_clock
        self._listeners = listeners
        self._base_url = base_url
        self._effect = effect_of(request)
        self._mask = Mask(config.api_key, request.body)
        self._began = clock.now()
        self._attempt_began = 0.0
        self._since: float | None = None
        self._head: tuple[int, Mapping[str, str]] = (0, {})
        self._is_under_way = False
        self._was_accepted = False
        self._refusals = 0
        self._refusal: _Refusal[T] | None = None
        self._teller = None
        self._sent = None
        self.attempts = 0
        self.failure: APIError | None = None

    def next_call(self) -> Call:
        """The next request to send."""
        self.attempts += 1
        self._is_under_way, self._was_accepted, self._refusal, self.failure = True, False, None, None
        self._attempt_began = self._clock.now()
        request, config = self._request, self._config
        remaining = self._remaining()
        idle_timeout = self._options.idle_timeout
        if self._effect is Effect.SAFE and not request.streams and self._may_retry:
            idle_timeout = SILENT_READ_SECONDS
        accepted = "text/event-stream, application/json" if request.streams else "application/json"
        foreign = self._base_url is not None
        headers = merged_headers({"Accept": accepted}, FOREIGN_HEADERS if foreign else config.default_headers)
        headers = merged_headers(headers, request.headers)
        content: bytes | None = None
        if request.body is not None:
            headers = merged_headers(headers, {"Content-Type": "application/json"})
            content = json.dumps(request.body, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self._base_url}{request.path}" if foreign else config.url(request.tag, request.path)
        teller = self._teller = self._listeners.teller(logging.DEBUG)
        if teller is not None:
            self._sent = teller.request_sent(self.number, request, url, self.attempts, len(self.run_bodies))
            if not foreign:
                headers = merged_headers(teller.headers_for(self._sent), headers)
        return Call(
            method=request.method,
            url=f"{url}?{urlencode(request.query, quote_via=quote)}" if request.query else url,
            headers=headers,
            api_key=None if foreign else config.api_key,
            content=content,
            timeout=None if remaining == float("inf") else remaining,
            idle_timeout=idle_timeout,
            is_start=self._effect is not Effect.SAFE,
            late_seconds=self._options.late_seconds,
            max_body_bytes=config.max_body_bytes,
            foreign=foreign,
            hides_content=self._mask.hides_body,
            teller=teller,
        )

    def opened(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether a response may be the requested stream: `is_stream` decides when its body begins."""
        if self._base_url is None:  # another host can have another clock
            self._server_clock.note(headers.get("date"), self._attempt_began)
        if not self._request.streams or not 200 <= status < 300:
            return False
        self._head = status, headers
        return True

    def is_stream(self, beginning: bytes, is_all: bool) -> bool | None:
        """Whether the response is the requested stream, to be read incrementally; None if more of it must be known."""
        status, headers = self._head
        verdict = StreamCheck.of(headers.get("content-type")).judge(beginning, is_all)
        if verdict:
            self._was_accepted = True
            self._tell_end(status, headers)
        return verdict

    def answered(self, answer: Answer) -> CallResult[T] | float:
        """Process a response. Returns how the call ended, or the seconds to wait before the next attempt."""
        try:
            return self._take_in(answer)
        except Exception as error:  # noqa: BLE001 - no answer, however odd, may hide that a start may have worked
            return self._not_taken_in(answer, error)

    def _take_in(self, answer: Answer) -> CallResult[T] | float:
        self._tell_end(answer.status, answer.headers)
        self._began += answer.delivery.waited  # for a free connection: not the call's own time
        if 200 <= answer.status < 300:
            return self._succeed(answer)
        request, response = answer.for_errors(self._mask)
        document = parsed(response.content)
        run = self._run_of_500(answer, document)
        if run is not None and cast("Mapping[str, Any]", document).get("run_id") is not None:
            return CallResult(value=run)
        body = ErrorBody.of(document)
        error = status_error(
            request,
            response,
            body,
            self._mask,
            product=self._request.tag,
            server_time=self._server_clock.now(),
            attempts=self.attempts,
        )
        if self._named(answer.content):
            failure = Failure.NAMES_RUN
        else:
            is_api = run is not None or body.code is not None
            failure = Failure.REFUSED if is_api else Failure.FOREIGN_ERROR
        # If nothing was created, the API reported that with a run, which has the reason.
        return self._failed(
            error, failure, answer.delivery, answer.content, error.retry_after, if_nothing_started=run
        )

    def _not_taken_in(self, answer: Answer, cause: Exception) -> CallResult[T] | float:
        """The result for an unexpected response. It relies on as little as possible."""
        error = unprocessable_error(answer, cause, self._mask, attempts=self.attempts)
        with contextlib.suppress(Exception):
            return self._failed(error, Failure.UNREADABLE_SUCCESS, answer.delivery, answer.content, None)
        # The search for ids in the body failed.
        return self._failed(error, Failure.UNREADABLE_SUCCESS, answer.delivery, b"", None)

    def not_answered(self, failed: SendError) -> CallResult[T] | float:
        """Process a failure. Returns how the call ended, or the seconds to wait before the next attempt."""
        self._began += failed.delivery.waited
        error = connection_error(failed, self._mask, attempts=self.attempts)
        self._tell_end(failed.status, {}, error)
        taken = failed.status is None or _may_have_started(failed.status)
        return self._failed(error, failed.failure, failed.delivery, failed.content if taken else b"", None)

    def _succeed(self, answer: Answer) -> CallResult[T] | float:
        document = parsed(answer.content)
        if self._request.streams:
            reason = "not with an event stream"
        elif answer.too_large:
            reason = f"its body is larger than max_body_bytes, {self._config.max_body_bytes:,} bytes"
        elif document is NOT_JSON and answer.content:
            reason = "its body is not JSON"
        else:
            try:
                value = self._request.decode(document if answer.content else None)
            except DecodeError as problem:
                reason = str(problem)
            else:
                if self.turn is not None and self.turn.is_start and refuses_start(value):
                    return self._refused(self.turn, CallResult(value=value), None)
                self._was_accepted = True
                if OPEN_RUNS and self._request.operation_id in RUN_LOOKS:
                    OPEN_RUNS.saw_all(value)
                return CallResult(value=value)
        error = decode_error(answer, document, reason, self._mask, attempts=self.attempts)
        return self._failed(error, Failure.UNREADABLE_SUCCESS, answer.delivery, answer.content, None)

    def _run_of_500(self, answer: Answer, document: object) -> T | None:
        if (
            answer.status != 500
            or self._request.operation_id != _RUN_IN_500_OPERATION
            or not isinstance(document, dict)
            or "run_id" not in document
        ):
            return None
        try:
            return self._request.decode(cast("dict[str, Any]", document))
        except DecodeError:
            return None

    def _failed(
        self,
        error: APIError,
        failure: Failure,
        delivery: Delivery,
        content: bytes,
        retry_after: float | None,
        *,
        if_nothing_started: T | None = None,
    ) -> CallResult[T] | float:
        delivery.end()
        self.failure = error
        status, code = (error.status_code, error.code) if isinstance(error, APIStatusError) else (None, None)
        named = self._named(content)
        if named and (status is None or _may_have_started(status)) and self._is_whole(named, content):
            return self._known_by_name(error, named, content)
        if self._effect is Effect.STARTS:
            # Not what was requested, or with a status that a start never has: reported, but not followed.
            error.run_id = named[0] if len(named) == 1 else None
            error.created_run_ids = named
        if failure is Failure.REFUSED and code is None:
            code = CATCH_ALL_CODE  # a run-shaped 500 without a run is that
        verdict = judge(self._effect, failure, status, code)
        if verdict in (Verdict.REPEAT, Verdict.FINAL):
            self._is_under_way = False
        if self.turn is not None and verdict is Verdict.REPEAT and is_refusal(status, code):
            return self._refused(self.turn, CallResult(value=if_nothing_started, error=error), retry_after)
        again: tuple[float, float] | None = None
        if verdict in (Verdict.REPEAT, Verdict.SEARCH) and self._may_retry:
            delay = retry_delay(self.attempts - self._refusals, retry_after, self._clock.random)
            # Waiting past the limit would end in a less useful error.
            if delay is not None and delay < self._remaining():
                if verdict is Verdict.REPEAT:
                    self.tell_retry(delay)
                    return delay
                now = self._clock.now()
                again = (now + delay, now + self._remaining())
        if verdict in (Verdict.UNCERTAIN, Verdict.SEARCH):
            # An earlier attempt may have started something that is listed late, so search for that too.
            self._since = delivery.began_at if self._since is None else self._since
            uncertain = Uncertainty(failure, delivery, self._since, again)
            return CallResult(value=if_nothing_started, error=error, uncertain=uncertain)
        return CallResult(value=if_nothing_started, error=error)

    def _refused(self, turn: Turn, result: CallResult[T], retry_after: float | None) -> CallResult[T] | float:
        """There is too much at the moment: the call waits for its turn again, and that isn't a retry."""
        self._is_under_way = False
        self._refusals += 1
        self._refusal = _Refusal(result, retry_after)
        if not turn.waits_when_refused:
            return result
        self.tell_retry(None)
        return 0.0

    def end_turn(self, turn: Turn) -> None:
        """An attempt is over."""
        if self._refusal is not None:
            turn.refused(self._refusal.retry_after)
        elif self._was_accepted:
            turn.accepted()
        else:
            turn.failed()

    def not_sent_in_time(self) -> CallResult[T]:
        """How the call ended, if the limits don't allow another attempt before the time limit."""
        if self._refusal is not None:
            return self._refusal.result
        return CallResult(error=not_sent_in_time(self._options.timeout))

    def _known_by_name(self, error: APIError, named: tuple[str, ...], content: bytes) -> CallResult[T]:
        """The result of a start whose response is damaged but names what was started."""
        if self._effect is Effect.OPENS:
            try:
                return CallResult(value=self._request.decode(salvaged_ids.session(content)))
            except DecodeError:
                return CallResult(error=error, named=named)
        if len(named) == 1:
            error.run_id = named[0]
        logger.debug("%s names %s; following it.", error, ", ".join(named))
        return CallResult(error=error, named=named)

    def _named(self, content: bytes) -> tuple[str, ...]:
        """The ids of what a start created, from an invalid response."""
        match self._effect:
            case Effect.SAFE:
                return ()
            case Effect.OPENS:
                return salvaged_ids.session_ids(content)
            case Effect.STARTS:
                return salvaged_ids.run_ids(content, self._request.tag)

    def _is_whole(self, named: tuple[str, ...], content: bytes) -> bool:
        """Whether the ids cover everything that was requested, in order."""
        runs: object = (self._request.body or {}).get("runs")
        count = len(cast("list[object]", runs)) if isinstance(runs, list) else 1
        if count == 1:
            return len(named) == 1
        return named == salvaged_ids.whole_batch(content, count)

    @property
    def may_have_started(self) -> bool:
        """Whether something was sent that may have started something, or is being sent."""
        return self._is_under_way or self._since is not None

    @property
    def ends(self) -> float:
        """The time limit, in monotonic seconds; infinity for none."""
        return float("inf") if self._options.timeout is None else self._began + self._options.timeout

    @property
    def _may_retry(self) -> bool:
        return self.attempts - self._refusals <= self._options.max_retries

    def _remaining(self) -> float:
        """Seconds left for the whole call; always above 0, so that a last attempt gets a chance."""
        return max(0.001, self.ends - self._clock.now())


def _may_have_started(status: int) -> bool:
    """Whether a start with this response status may have succeeded: any status that isn't a refusal."""
    return status < 300 or (is_retryable_status(status) and status != REFUSING_STATUS)
