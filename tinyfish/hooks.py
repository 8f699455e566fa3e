"""What a client tells its listeners: `TinyFish(on_event=...)`.

Every event is an object of one of these classes, which are all in `ClientEvent`. They say what the client does; what an
agent does in its browser is told by the events of a stream. No event contains an API key, and none contains a goal, the
query of a URL or a result, unless a listener asks for that with `Hook.capture`.

A listener is called in the thread, or the task, that does the work, so it should be quick. It isn't awaited. No lock is
held meanwhile. What it raises is logged once, and ignored. Threads can call it at the same time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from decimal import Decimal


@frozen(kw_only=True)
class RequestSent:
    """A request is sent: the first attempt of a call, or a repetition. `RequestEnded` follows, whatever happens.

    Attributes:
        call: The number of the call in this process. All attempts of a call have the same.
        operation: The API's name of what is called, such as `"getRun"`.
        method: The HTTP method.
        url: The URL, without its query.
        path: The path of the URL.
        attempt: The number of the attempt, from 1.
        run_id: The run that it's about; None if it isn't about one, or if that isn't known yet.
        starts: How many runs it starts; 0 for other calls.
        query: The query of the URL; None unless it was asked for (`Capture.query`).
    """

    call: int
    operation: str
    method: str
    url: str
    path: str
    attempt: int
    run_id: str | None = None
    starts: int = 0
    query: str | None = None


@frozen(kw_only=True)
class RequestEnded:
    """A request was answered, or failed. A stream is answered when its first bytes are.

    Attributes:
        call: The number of the call, as in its `RequestSent`.
        operation: The API's name of what is called.
        method: The HTTP method.
        url: The URL, without its query.
        path: The path of the URL.
        attempt: The number of the attempt, from 1.
        elapsed: How long it took, in seconds.
        run_id: The run that it's about; None if it isn't about one, or if that isn't known yet.
        status: The HTTP status; None without a response.
        request_id: The server's id of the call; None if it sent none.
        error: The class of the error, such as `"ConnectError"`, if there was no whole response; None otherwise.
    """

    call: int
    operation: str
    method: str
    url: str
    path: str
    attempt: int
    elapsed: float
    run_id: str | None = None
    status: int | None = None
    request_id: str | None = None
    error: str | None = None


@frozen(kw_only=True)
class Retrying:
    """Something has failed, and is sent again after `delay`.

    Attributes:
        method: The HTTP method.
        path: The path of the URL.
        reason: Why, in words: the status and its code, or the network error.
        delay: Seconds until it's sent again; None if that is when the client's limits allow it.
        attempt: How often it was sent so far; 0 if that isn't counted, as for polls.
        max_retries: How often it can be repeated; None if only the time limits that.
        call: The number of the call; None if a new call is made.
        run_id: The run that it's about; None if it isn't about one, or if that isn't known yet.
        status: The HTTP status; None without a response.
        code: The API's code; None if the response had none.
        retry_after: Seconds that the server asked to wait (`Retry-After`); None if it didn't.
        error: The class of the error, such as `"ConnectError"` or `"InternalServerError"`.
    """

    method: str
    path: str
    reason: str
    delay: float | None
    attempt: int = 0
    max_retries: int | None = None
    call: int | None = None
    run_id: str | None = None
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    error: str | None = None


@frozen(kw_only=True)
class RunStarted:
    """A run was started, and its id is known.

    Attributes:
        run_id: Its id.
        kind: What it is: `"run"`, `"research run"`, or what else was made, such as `"dataset"`.
        call: The number of the call that started it; None if that isn't known.
        goal: Its goal, or the query of a research run; None unless it was asked for (`Capture.goal`).
        url: The page that it opens; None unless it was asked for (`Capture.goal`).
    """

    run_id: str
    kind: str = "run"
    call: int | None = None
    goal: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class StartFailed:
    """A call that should have started runs is over, and there is none that is known.

    Attributes:
        call: The number of the call.
        reason: Why, in words.
        uncertain: Whether a run may have been started anyway.
        error: The class of the error; None if the API answered that it starts nothing.
    """

    call: int
    reason: str
    uncertain: bool
    error: str | None = None


@frozen(kw_only=True)
class Recovered:
    """An answer was lost or damaged, but not what it was about.

    Attributes:
        run_id: The run.
        by: How: the damaged response names the run (`"response"`), a search has found it (`"search"`), or a broken
            stream goes on by polling its run (`"polling"`) or with another connection (`"reconnection"`).
        reason: What was wrong, in words.
        kind: What it is, as in `RunStarted`.
    """

    run_id: str
    by: RecoveredBy
    reason: str
    kind: str = "run"


RecoveredBy: TypeAlias = Literal["response", "search", "polling", "reconnection"]


@frozen(kw_only=True)
class Adopted:
    """A run that a search has found is treated as the one that was started, because the response was lost.

    Attributes:
        run_id: The run.
        kind: What it is, as in `RunStarted`.
    """

    run_id: str
    kind: str = "run"


@frozen(kw_only=True)
class RunEnded:
    """A run has ended, and the client has seen that: told once for each run.

    It's told for runs that the client has started, and for those that it waits for, streams or cancels.

    Attributes:
        run_id: Its id.
        status: How it has ended, such as `"COMPLETED"`, `"FAILED"` or `"CANCELLED"`.
        kind: What it is, as in `RunStarted`.
        steps: How many steps it took; None if that isn't known, as at the end of a stream.
        elapsed: Seconds since the client started it; None if it didn't.
        error: The API's code for its failure, such as `"SITE_BLOCKED"`; None if there is none.
        result: Its result; None unless it was asked for (`Capture.result`).
    """

    run_id: str
    status: str
    kind: str = "run"
    steps: int | None = None
    elapsed: float | None = None
    error: str | None = None
    result: Any = field(default=None, repr=False)


@frozen(kw_only=True)
class Waiting:
    """The client waits before it goes on.

    Attributes:
        until: For what: the next poll of runs (`"poll"`), the client's limits (`"turn"`), the next search for a lost
            start (`"search"`).
        seconds: How long, at most.
        run_ids: The runs that it's about, if they are known.
        status: The status of the run at the last poll of a single one; None otherwise.
    """

    until: WaitingUntil
    seconds: float
    run_ids: tuple[str, ...] = ()
    status: str | None = None


WaitingUntil: TypeAlias = Literal["poll", "turn", "search"]


@frozen(kw_only=True)
class BudgetSpent:
    """The steps of a run are known that the client has started: told once for each run.

    Attributes:
        run_id: The run.
        run_steps: Its steps.
        run_usd: What they cost, in US dollars; None if the price of a step isn't known.
        runs: How many runs the client has used so far, as in `client.spent`.
        steps: Their steps.
        usd: What these cost, in US dollars; None if the price of a step isn't known.
    """

    run_id: str
    run_steps: int
    run_usd: Decimal | None
    runs: int
    steps: int
    usd: Decimal | None


@frozen(kw_only=True)
class ConnectionOpened:
    """A connection was opened, and a request is sent over it.

    Attributes:
        host: The host that was connected to: the server's, or the proxy's.
        port: The port.
        tls: Whether it's encrypted.
        elapsed: How long that took, in seconds.
    """

    host: str
    port: int
    tls: bool
    elapsed: float


@frozen(kw_only=True)
class ClientClosed:
    """The client was closed: nothing follows."""


ClientEvent: TypeAlias = (
    RequestSent
    | RequestEnded
    | Retrying
    | RunStarted
    | StartFailed
    | Recovered
    | Adopted
    | RunEnded
    | Waiting
    | BudgetSpent
    | ConnectionOpened
    | ClientClosed
)


@frozen(kw_only=True)
class Capture:
    """What events may contain that can be confidential.

    Attributes:
        goal: The goals of runs, and the pages that they open.
        query: The queries of the API's URLs.
        result: The results of runs.
    """

    goal: bool = False
    query: bool = False
    result: bool = False


class Hook(ABC):
    """A listener that does more than listen: it can ask for content, and add headers to requests.

    Attributes:
        capture: What its events may contain. Default: nothing that can be confidential.

    Example:
        >>> from tinyfish import TinyFish
        >>> from tinyfish.hooks import Capture, ClientEvent, Hook, RequestSent, RunStarted
        >>> class Goals(Hook):
        ...     capture = Capture(goal=True)
        ...     def __call__(self, event: ClientEvent) -> None:
        ...         if isinstance(event, RunStarted):
        ...             print(event.run_id, event.goal)
        ...     def headers(self, event: RequestSent) -> dict[str, str]:
        ...         return {"X-Call": f"{event.call}-{event.attempt}"}
        >>> client = TinyFish(api_key="...", on_event=Goals())
    """

    capture: Capture = Capture()

    @abstractmethod
    def __call__(self, event: ClientEvent) -> object:
        """Take an event."""

    def headers(self, event: RequestSent) -> Mapping[str, str]:
        """Headers to send with this request, such as a trace context. Called after the event was told.

        They don't replace headers that the client sends, and aren't sent to hosts other than the API's.
        """
        return self._NO_HEADERS

    _NO_HEADERS: ClassVar[Mapping[str, str]] = {}


Listener: TypeAlias = Callable[[ClientEvent], object]
OnEvent: TypeAlias = Listener | Sequence[Listener]
