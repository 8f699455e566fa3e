"""Makes the events of `tinyfish.hooks`, and passes them to the listeners. Loaded when somebody listens."""

from __future__ import annotations

import contextlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlencode

from attrs import evolve

from tinyfish._core.event_log import write
from tinyfish._core.headers import check_headers
from tinyfish._core.log import logger, name_of, reason_of
from tinyfish.budget import steps_told
from tinyfish.errors import APIError
from tinyfish.hooks import (
    Adopted,
    BudgetSpent,
    ClientClosed,
    ClientEvent,
    ConnectionOpened,
    Hook,
    Listener,
    Recovered,
    RecoveredBy,
    RequestEnded,
    RequestSent,
    Retrying,
    RunEnded,
    RunStarted,
    StartFailed,
    Waiting,
    WaitingUntil,
)

if TYPE_CHECKING:
    from tinyfish_generated.types import Request

    from tinyfish._core.clock import Clock
    from tinyfish.budget import Budget

# How many runs are remembered: when they were started, and that their ends were told.
_MOST_RUNS: Final = 10_000
_RUN_PATH: Final = re.compile(r"/v1/(?:runs|research-run)/(?!batch(?:/|$))([^/]+)")
# How jobs start runs. What has another path comes with its request.
_JOB_START_PATH: Final = "/v1/automation/run-batch"
_LOGIN: Final = re.compile(r"(?<=//)[^/@]*@")


class Teller:
    """Tells the listeners of one client what it does. Thread-safe.

    Args:
        clock: The client's.
        budget: The client's.
        listeners: The user's listeners. The log is one too.
    """

    def __init__(self, clock: Clock, budget: Budget, listeners: Sequence[Listener]) -> None:
        self._clock = clock
        self._budget = budget
        self._listeners = listeners
        self._failed: set[int] = set()
        # Each operation on these is atomic.
        self._began: OrderedDict[str, float] = OrderedDict()
        self._ended: OrderedDict[str, object] = OrderedDict()

    # Requests

    def request_sent(
        self, call: int, request: Request[Any], url: str, attempt: int, starts: int
    ) -> RequestSent:
        """A request is about to be sent.

        Args:
            call: The number of the call.
            request: The request.
            url: Its URL, without the query.
            attempt: The number of the attempt.
            starts: How many runs it starts.
        """
        event = RequestSent(
            call=call,
            operation=request.operation_id,
            method=request.method,
            url=_LOGIN.sub("", url),
            path=request.path,
            attempt=attempt,
            run_id=_run_of(request.path),
            starts=starts,
        )
        self._tell(event, query={"query": urlencode(request.query)})
        return event

    def headers_for(self, event: RequestSent) -> Mapping[str, str]:
        """The headers that hooks add to a request."""
        added: dict[str, str] = {}
        for hook in self._listeners:
            if isinstance(hook, Hook):
                try:
                    added |= check_headers(hook.headers(event), "headers")
                except Exception as error:  # noqa: BLE001 - a listener must not break a call
                    self._warn(hook, error)
        return added

    def request_ended(
        self,
        sent: RequestSent,
        elapsed: float,
        *,
        status: int | None = None,
        request_id: str | None = None,
        error: BaseException | None = None,
    ) -> None:
        """A request was answered, or has failed."""
        self._tell(
            RequestEnded(
                call=sent.call,
                operation=sent.operation,
                method=sent.method,
                url=sent.url,
                path=sent.path,
                attempt=sent.attempt,
                elapsed=elapsed,
                run_id=sent.run_id,
                status=status,
                request_id=request_id,
                error=None if error is None else name_of(error),
            )
        )

    def retrying(
        self,
        request: Request[Any],
        error: APIError | None,
        delay: float | None,
        *,
        call: int | None = None,
        attempt: int = 0,
        max_retries: int | None = None,
    ) -> None:
        """A call has failed, and is made again.

        Args:
            request: The request.
            error: Why; None if the API answered that it starts nothing, because too many runs are open.
            delay: Seconds until then; None if that depends on the client's limits.
            call: The number of the call, if it's the same one.
            attempt: How often it was sent.
            max_retries: How often it can be repeated.
        """
        self._retrying(
            error,
            delay,
            method=request.method,
            path=request.path,
            run_id=_run_of(request.path),
            call=call,
            attempt=attempt,
            max_retries=max_retries,
        )

    def asking_again(self, error: APIError | None, delay: float | None, run_id: str | None = None) -> None:
        """A poll has failed, or the start of a job's runs: it's made again, as a new call.

        Args:
            error: Why; None if the API answered that it starts nothing, because too many runs are open.
            delay: Seconds until then; None if that depends on limits.
            run_id: The run that it's about.
        """
        sent = None if error is None else error.request
        method, path = ("POST", _JOB_START_PATH) if sent is None else (sent.method, sent.url.path)
        self._retrying(error, delay, method=method, path=path, run_id=run_id)

    def connection_opened(self, host: str, port: int, *, tls: bool, elapsed: float) -> None:
        """A connection was opened."""
        self._tell(ConnectionOpened(host=host, port=port, tls=tls, elapsed=elapsed))

    def closed(self) -> None:
        """The client was closed."""
        self._tell(ClientClosed())

    def _retrying(self, error: APIError | None, delay: float | None, **more: Any) -> None:
        self._tell(
            Retrying(
                reason="too many runs are open" if error is None else reason_of(error),
                delay=delay,
                status=getattr(error, "status_code", None),
                code=getattr(error, "code", None),
                retry_after=getattr(error, "retry_after", None),
                error=None if error is None else name_of(error),
                **more,
            )
        )

    # Runs

    def run_started(
        self,
        run_id: str,
        kind: str = "run",
        call: int | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """A run was started.

        Args:
            run_id: Its id.
            kind: What it is.
            call: The number of the call that started it.
            body: What the call sent for it.
        """
        self._ended.pop(run_id, None)  # servers that are made for tests use ids again
        self._began[run_id] = self._clock.now()
        _shorten(self._began)
        given = body or {}
        goal = {"goal": given.get("goal") or given.get("query"), "url": given.get("url")}
        self._tell(RunStarted(run_id=run_id, kind=kind, call=call), goal=goal)

    def start_failed(self, call: int, error: BaseException | None, *, uncertain: bool) -> None:
        """A start is over, and no run of it is known."""
        if error is None:
            reason, name = "the API answered without a run", None
        else:
            reason, name = reason_of(error), name_of(error)
        self._tell(StartFailed(call=call, reason=reason, uncertain=uncertain, error=name))

    def recovered(self, run_id: str, by: RecoveredBy, error: BaseException | None, kind: str = "run") -> None:
        """An answer was lost, and what it was about wasn't."""
        reason = "" if error is None else reason_of(error)
        self._tell(Recovered(run_id=run_id, by=by, reason=reason, kind=kind))

    def adopted(self, run_id: str, kind: str = "run") -> None:
        """A run that was found is treated as the one that was started."""
        self._tell(Adopted(run_id=run_id, kind=kind))

    def run_ended(self, run_id: str, status: object, run: object = None, kind: str = "run") -> None:
        """A run was seen to have ended. It's told only once.

        Args:
            run_id: Its id.
            status: Its status.
            run: What has its steps, error and result, if it has them.
            kind: What it is.
        """
        token = object()
        if self._ended.setdefault(run_id, token) is not token:
            return
        _shorten(self._ended)
        began = self._began.pop(run_id, None)
        code: object = getattr(getattr(run, "error", None), "code", None)
        self._tell(
            RunEnded(
                run_id=run_id,
                status=str(status),
                kind=kind,
                steps=steps_told(getattr(run, "num_of_steps", None)),
                elapsed=None if began is None else self._clock.now() - began,
                error=code if isinstance(code, str) else None,
            ),
            result={"result": getattr(run, "result", None)},
        )

    def waiting(
        self, until: WaitingUntil, seconds: float, run_ids: Sequence[str] = (), status: object = None
    ) -> None:
        """The client waits."""
        if seconds > 0:
            shown = None if status is None else str(status)
            self._tell(Waiting(until=until, seconds=seconds, run_ids=tuple(run_ids), status=shown))

    def spent(self, run_id: str, steps: int) -> None:
        """The steps of a run are known, and counted."""
        spent, price = self._budget.spent, self._budget.usd_per_step
        self._tell(
            BudgetSpent(
                run_id=run_id,
                run_steps=steps,
                run_usd=None if price is None else steps * price,
                runs=spent.runs,
                steps=spent.steps,
                usd=spent.usd,
            )
        )

    # The listeners

    def _tell(self, event: ClientEvent, **content: Mapping[str, object]) -> None:
        """Pass an event to all listeners.

        Args:
            event: The event.
            **content: What to add for those that have asked for it: attributes, by their name in `Capture`.
        """
        write(event)
        for listener in self._listeners:
            try:
                listener(_for(listener, event, content))
            except Exception as error:  # noqa: BLE001 - a listener must not break a call, or lose a run
                self._warn(listener, error)

    def _warn(self, listener: Listener, error: Exception) -> None:
        """Log that a listener has failed: the first time."""
        if id(listener) not in self._failed:
            self._failed.add(id(listener))
            logger.warning(
                "The listener %r of on_event has failed, which is ignored.", listener, exc_info=error
            )


def _for(listener: Listener, event: ClientEvent, content: Mapping[str, Mapping[str, object]]) -> ClientEvent:
    """An event, with what a listener has asked for."""
    if content and isinstance(listener, Hook):
        for name, attributes in content.items():
            if getattr(listener.capture, name):
                event = cast("ClientEvent", evolve(cast("Any", event), **attributes))
    return event


def _run_of(path: str) -> str | None:
    """The run that a path is about."""
    run = _RUN_PATH.match(path)
    return None if run is None else unquote(run[1])


def _shorten(entries: OrderedDict[str, Any]) -> None:
    if len(entries) > _MOST_RUNS:
        with contextlib.suppress(KeyError):
            entries.popitem(last=False)
