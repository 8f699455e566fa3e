"""What went wrong on the way of a request, as far as it matters: whether a byte of it had left, and what to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.answer import without_key
from tinyfish._core.wire.call import Call, Delivery, Failure, SendError
from tinyfish.errors import ClientClosedError

# What is raised before the sending of a request ...
_BEFORE: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy refused the tunnel
)
# ... and what is raised by it, or after it.
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
    """Notes how far a request has come, from the trace events of httpcore; a closed client sends none."""

    def __init__(self, delivery: Delivery, clock: Clock, check_open: Callable[[], None]) -> None:
        self._delivery = delivery
        self._now = clock.now
        self._check_open = check_open
        self._is_ours = False

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Take in an event."""
        _, _, event = event.partition(".")
        if event == "connect_tcp.started":
            self._delivery.peer = (str(info["host"]), int(info["port"]))
        elif event == "send_request_headers.started":
            # A CONNECT, by which a tunnel is asked of a proxy, is not the request. Only this event tells them apart.
            self._is_ours = getattr(info.get("request"), "method", None) != b"CONNECT"
            if self._is_ours:
                self._check_open()
                self._delivery.head_begun = True
        elif event == "send_request_headers.complete" and self._is_ours:
            self._delivery.head_sent = True
        elif event == "send_request_body.complete" and self._is_ours:
            self._delivery.whole_at = self._now()

    async def note_async(self, event: str, info: Mapping[str, Any]) -> None:
        """Take in an event."""
        self.note(event, info)


def judge_failure(error: Exception, delivery: Delivery, *, ours: bool = True) -> Failure:
    """Whether a request that failed had been sent.

    Args:
        error: What was raised.
        delivery: What is known of the request's way.
        ours: Whether it speaks of this request, and not of one that a hook or login of the caller's has made.
    """
    # A connection was asked for, and the sending over it never began: it broke while it came about.
    is_connecting = delivery.peer is not None and not delivery.head_begun
    if ours and isinstance(error, _AFTER) and not is_connecting:
        return Failure.NO_ANSWER
    if not delivery.handed_over:
        return Failure.LOCAL
    if delivery.head_begun:
        # What cannot be put into the form of a request (an illegal header, one stream too many) is not sent.
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
    """Whatever went wrong as one exception that says what is known.

    Args:
        error: What was raised.
        call: What was to be sent.
        request: The same for httpx; None if it could not be made.
        delivery: What is known of its way.
        clock: Tells when it ended.
    """
    delivery.ended_at = clock.now()
    ours = _speaks_of(error, request)
    clean = None if request is None else without_key(request)
    if isinstance(error, httpx.RequestError) and clean is not None and ours:
        error.request = clean  # it stays reachable as the cause of what is raised
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
    """Whom it was sent to, and by which proxy. A proxy's password is not in it."""
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
