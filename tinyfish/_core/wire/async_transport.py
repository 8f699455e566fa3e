"""Sending HTTP requests in an event loop: the same as transport.py."""

from __future__ import annotations

from typing import Final

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.async_connections import AsyncGivenClient, AsyncOwnConnections
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.call import Call, Delivery, Failure
from tinyfish._core.wire.closing import AsyncClosing
from tinyfish._core.wire.deferred_cleanup import Owed
from tinyfish._core.wire.failures import Watch, judge_failure, send_error
from tinyfish._core.wire.outgoing import OutgoingRequest, RequestBody, outgoing, parts, step_limits
from tinyfish.errors import SDKError

# The timeouts of a caller's async client come first, because its pool loses slots when a waiting request is cancelled.
_GIVEN_CLIENT_SECONDS: Final = 0.25


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
                request.extensions["trace"] = Watch(
                    delivery, self._clock, closing.check, call.teller
                ).note_async
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
