"""What went wrong with a request: whether anything was sent, and the error message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.answer import without_key
from tinyfish._core.wire.call import Call, Delivery, Failure, SendError
from tinyfish.errors import ClientClosedError

if TYPE_CHECKING:  # loaded when somebody listens
    from tinyfish._core.teller import Teller

# Raised before a request is sent ...
_BEFORE: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy refused the tunnel
)
# ... and while or after it's sent.
_AFTER: Final = (
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
)


class Watch:
    """Records a request's progress from httpcore's trace events; a closed client sends nothing."""

    def __init__(
        self,
        delivery: Delivery,
        clock: Clock,
        check_open: Callable[[], None],
        teller: Teller | None = None,
    ) -> None:
        self._delivery = delivery
        self._now = clock.now
        self._check_open = check_open
        self._is_ours = False
        self._opening = None if teller is None else _Opening(teller, clock.now)

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Process an event."""
        _, _, event = event.partition(".")
        if self._opening is not None:
            self._opening.note(event)
        if event == "connect_tcp.started":
            self._delivery.peer = (str(info["host"]), int(info["port"]))
        elif event == "send_request_headers.started":
            # A CONNECT, which requests a tunnel from a proxy, isn't the request. Only this event distinguishes them.
            self._is_ours = getattr(info.get("request"), "method", None) != b"CONNECT"
            if self._is_ours:
                self._check_open()
                self._delivery.head_begun = True
                if self._opening is not None and self._delivery.peer is not None:
                    self._opening.used(*self._delivery.peer)
        elif event == "send_request_headers.complete" and self._is_ours:
            self._delivery.head_sent = True
        elif event == "send_request_body.complete" and self._is_ours:
            self._delivery.whole_at = self._now()

    async def note_async(self, event: str, info: Mapping[str, Any]) -> None:
        """Process an event."""
        self.note(event, info)


class _Opening:
    """Tells of a connection that was opened. httpcore holds a lock meanwhile, so it's told when it's used."""

    def __init__(self, teller: Teller, now: Callable[[], float]) -> None:
        self._teller = teller
        self._now = now
        self._began = self._ready_at = 0.0
        self._tls = False

    def note(self, event: str) -> None:
        """Process an event."""
        if event == "connect_tcp.started":
            self._began = self._now()
        elif event in ("connect_tcp.complete", "start_tls.complete"):
            self._ready_at, self._tls = self._now(), event.startswith("start_tls")

    def used(self, host: str, port: int) -> None:
        """A request is sent over it."""
        self._teller.connection_opened(host, port, tls=self._tls, elapsed=self._ready_at - self._began)


def judge_failure(error: Exception, delivery: Delivery, *, ours: bool = True) -> Failure:
    """Whether a request that failed had been sent.

    Args:
        error: The exception.
        delivery: The request's progress.
        ours: Whether the error is about this request, not about one that the caller's hook or auth made.
    """
    # A connection was requested, but sending never began: it failed while it was being established.
    is_connecting = delivery.peer is not None and not delivery.head_begun
    if ours and isinstance(error, _AFTER) and not is_connecting:
        return Failure.NO_ANSWER
    if not delivery.handed_over:
        return Failure.LOCAL
    if delivery.head_begun:
        # An invalid request (an illegal header, one stream too many) isn't sent.
        refused = isinstance(error, httpx.LocalProtocolError) and not delivery.head_sent
        return Failure.LOCAL if refused else Failure.NO_ANSWER
    if ours and isinstance(error, httpx.UnsupportedProtocol):
        return Failure.LOCAL
    if ours and isinstance(error, _BEFORE):
        return Failure.NOT_SENT
    return Failure.NOT_SENT if is_connecting else Failure.NO_ANSWER


def send_error(
    error: Exception, call: Call, request: httpx.Request | None, delivery: Delivery, clock: Clock
) -> SendError:
    """Convert any failure to one exception with all that is known.

    Args:
        error: The exception.
        call: The call.
        request: The httpx request; None if it couldn't be built.
        delivery: Its progress.
        clock: For the time when it ended.
    """
    delivery.ended_at = clock.now()
    ours = _speaks_of(error, request)
    clean = None if request is None else without_key(request, hides_content=call.hides_content)
    if isinstance(error, httpx.RequestError) and clean is not None and ours:
        error.request = clean  # it remains reachable as the cause of the raised error
    failure = judge_failure(error, delivery, ours=ours)
    timed_out = isinstance(error, httpx.TimeoutException | TimeoutError) and failure is not Failure.LOCAL
    return SendError(
        _text(error, failure, call, _place(call, request, delivery), timed_out=timed_out),
        failure=failure,
        timed_out=timed_out,
        delivery=delivery,
        request=clean,
    )


def _speaks_of(error: Exception, request: httpx.Request | None) -> bool:
    if not isinstance(error, httpx.RequestError) or request is None:
        return True
    try:
        subject = error.request
    except RuntimeError:  # it does not say
        return True
    return (subject.method, subject.url) == (request.method, request.url)


def _place(call: Call, request: httpx.Request | None, delivery: Delivery) -> str:
    """The host, and the proxy without its password."""
    if request is None:
        return call.url
    url = request.url
    host = url.netloc.decode("ascii")
    if delivery.peer is None:
        return host
    direct = (url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
    return host if delivery.peer == direct else f"{host} via the proxy {delivery.peer[0]}:{delivery.peer[1]}"


def _text(error: Exception, failure: Failure, call: Call, place: str, *, timed_out: bool) -> str:
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.PoolTimeout) and not str(error):
        reason = "no connection became free within the call's time limit"
    if isinstance(error, ClientClosedError):
        return f"Closed before the whole response from {place} arrived"
    if failure is Failure.LOCAL:
        kind = (
            ""
            if str(error) == "" or type(error).__module__.startswith("tinyfish")
            else f"{type(error).__name__}: "
        )
        return f"Nothing was sent to {place}, because the request failed locally: {kind}{reason}"
    if failure is Failure.NOT_SENT:
        return f"Could not connect to {place}: {reason}"
    if timed_out:
        limits = [seconds for seconds in (call.timeout, call.idle_timeout) if seconds is not None]
        return (
            f"No response from {place} within {min(limits):g} s"
            if limits
            else f"No response from {place}: {reason}"
        )
    return f"The connection to {place} broke before the whole response arrived: {reason}"
