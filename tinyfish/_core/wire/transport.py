"""Sending HTTP requests.

A transport sends one request once and reports exactly what happened. `calls/` decides what to do about a failure.
"""

from __future__ import annotations

import functools
import weakref
from typing import Final

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.config import MAX_CONNECT_SECONDS
from tinyfish._core.wire.async_connections import AsyncGivenClient, AsyncOwnConnections
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.call import Call, Delivery, Failure
from tinyfish._core.wire.closing import AsyncClosing, Closing
from tinyfish._core.wire.connections import GivenClient, OwnConnections
from tinyfish._core.wire.deadline import Deadline
from tinyfish._core.wire.deferred_cleanup import Abandonable, Owed
from tinyfish._core.wire.failures import Watch, judge_failure, send_error
from tinyfish._core.wire.incoming import Incoming
from tinyfish._core.wire.outgoing import OutgoingRequest, RequestBody, outgoing, parts, step_limits
from tinyfish.errors import ClientClosedError, SDKError

# The timeouts of a caller's async client come first, because its pool loses slots when a waiting request is cancelled.
_GIVEN_CLIENT_SECONDS: Final = 0.25


class Transport:
    """Sends requests over its own connections, or over the caller's httpx client."""

    def __init__(self, clock: Clock, http_client: httpx.Client | None = None) -> None:
        self.owners: weakref.WeakSet[Abandonable] = weakref.WeakSet()
        """The owners of runs that must be cancelled before the connections are closed."""
        self._clock = clock
        self._connections = OwnConnections() if http_client is None else GivenClient(http_client)
        self.closing = Closing()

    def open(self, call: Call, closing: Closing) -> Incoming:
        """Send a request and wait for the response headers.

        Args:
            call: The call.
            closing: Ends the wait.

        Raises:
            SendError: There was no response.
            ClientClosedError: The client was closed.
        """
        delivery = Delivery(self._clock)
        request: OutgoingRequest | None = None
        try:
            made = self._connections.build(**parts(call, self._limits(call)))
            request = outgoing(made, call, delivery)
            request.extensions["trace"] = Watch(delivery, self._clock, closing.check).note
            cut = functools.partial(self._connections.cut, request)
            with closing.waiting(cut):
                response = self._connections.send(
                    request, delivery.begin, is_start=call.is_start, foreign=call.foreign
                )
        except SDKError as error:
            # Our own, before anything was sent; otherwise from the caller's hook, which can use another client.
            if (
                closing.closed
                or not delivery.begun
                or judge_failure(error, delivery) is not Failure.NO_ANSWER
            ):
                raise
            raise send_error(error, call, request, delivery, self._clock) from error
        except Exception as error:
            failed = send_error(error, call, request, delivery, self._clock)
            if closing.closed and failed.failure is Failure.NO_ANSWER:
                failed = send_error(ClientClosedError(), call, request, delivery, self._clock)
            raise failed from error
        return Incoming(response, call, delivery, self._clock, request, closing, cut)

    def _limits(self, call: Call) -> dict[str, object]:
        """The timeouts of one request: a total one until its response headers have arrived."""
        ends = float("inf") if call.timeout is None else self._clock.now() + call.timeout

        def step(silence: float | None) -> Deadline | None:
            return Deadline(self._clock.now, ends, silence).for_sockets()

        return {
            "connect": step(MAX_CONNECT_SECONDS),
            "read": step(call.idle_timeout),
            "write": step(None),
            "pool": call.timeout,
        }

    def close(self) -> None:
        """Close all connections, except the caller's own client, and end pending calls. Idempotent."""
        for owner in tuple(self.owners):
            owner.abandon()
        self.closing.close()
        self._connections.close()


class AsyncTransport:
    """Sends requests over its own connections, or over the caller's httpx client."""

    def __init__(self, clock: Clock, http_client: httpx.AsyncClient | None = None) -> None:
        self.owed = Owed()
        self._clock = clock
        self._connections = (
            AsyncOwnConnections(clock) if http_client is None else AsyncGivenClient(http_client)
        )
        self._grace = 0.0 if http_client is None else _GIVEN_CLIENT_SECONDS
        self.closing = AsyncClosing()

    async def open(self, call: Call, closing: AsyncClosing) -> AsyncIncoming:
        """Send a request and wait for the response headers.

        Args:
            call: The call.
            closing: Ends the wait.

        Raises:
            SendError: There was no response.
            ClientClosedError: The client was closed.
        """
        import anyio

        delivery = Delivery(self._clock)
        request: OutgoingRequest | None = None
        response: httpx.Response | None = None
        limits = step_limits(call)
        seconds = limits["pool"]  # the limits of the whole call
        try:
            with anyio.CancelScope() as scope:

                def begin() -> None:
                    delivery.begin()
                    if seconds is not None:
                        scope.deadline = anyio.current_time() + seconds + self._grace

                made = self._connections.build(**parts(call, limits))
                request = outgoing(made, call, delivery)
                request.stream = RequestBody(call.content or b"")
                request.extensions["trace"] = Watch(delivery, self._clock, closing.check).note_async
                with closing.waiting():
                    response = await self._connections.send(
                        request, begin, is_start=call.is_start, foreign=call.foreign
                    )
            if request is None or response is None:
                raise TimeoutError("the time limit is reached")
        except SDKError as error:
            # Our own, or from the caller's hook, which can use another client.
            if not delivery.begun or judge_failure(error, delivery) is not Failure.NO_ANSWER:
                raise
            raise send_error(error, call, request, delivery, self._clock) from error
        except Exception as error:
            raise send_error(error, call, request, delivery, self._clock) from error
        return AsyncIncoming(response, call, delivery, self._clock, request, closing)

    async def aclose(self) -> None:
        """Close all connections, except the caller's own client, and end pending calls. Idempotent."""
        await self.owed.settle()  # while there are connections
        self.closing.close()
        await self._connections.aclose()
