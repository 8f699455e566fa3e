"""Sending HTTP requests.

A transport sends one request once and reports exactly what happened. `calls/` decides what to do about a failure.
"""

from __future__ import annotations

import functools
import weakref

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.config import MAX_CONNECT_SECONDS
from tinyfish._core.wire.call import Call, Delivery, Failure
from tinyfish._core.wire.closing import Closing
from tinyfish._core.wire.connections import GivenClient, OwnConnections
from tinyfish._core.wire.deadline import Deadline
from tinyfish._core.wire.deferred_cleanup import Abandonable
from tinyfish._core.wire.failures import Watch, judge_failure, send_error
from tinyfish._core.wire.incoming import Incoming
from tinyfish._core.wire.outgoing import OutgoingRequest, outgoing, parts
from tinyfish.errors import ClientClosedError, SDKError


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
            request.extensions["trace"] = Watch(delivery, self._clock, closing.check, call.teller).note
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
