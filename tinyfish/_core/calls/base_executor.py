"""The state and decisions that the executors of both clients share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar, TypeVar

from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config, NotGiven, Timeout, check_max_retries, check_timeout

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.book import Book

T = TypeVar("T")


class BaseExecutor:
    """The state and decisions that both executors share.

    Attributes:
        awaits_callbacks: Whether callbacks can be coroutine functions.
    """

    awaits_callbacks: ClassVar[bool] = False

    def __init__(self, config: Config, clock: Clock, server_clock: ServerClock | None = None) -> None:
        self.config = config
        self.clock = clock
        self.server_clock = server_clock or ServerClock(clock)

    @functools.cached_property
    def book(self) -> Book | None:
        """The ledger, as this client uses it; None if there is none."""
        ledger = self.config.ledger
        if ledger is None:
            return None
        from tinyfish.ledger.book import Book, origin_of

        return Book(ledger, origin_of(self.config.url("agent", "/")), self.clock)

    def options(
        self, timeout: Timeout, max_retries: int | None, idle_timeout: float | None = None
    ) -> CallOptions:
        """The options of one call: its own, otherwise the client's.

        Raises:
            TypeError: An option has the wrong type.
            ValueError: An option has an invalid value.
        """
        return CallOptions(
            timeout=self.config.timeout if isinstance(timeout, NotGiven) else check_timeout(timeout),
            max_retries=self.config.max_retries if max_retries is None else check_max_retries(max_retries),
            idle_timeout=check_timeout(idle_timeout, "idle_timeout"),
        )

    def exchange(self, request: Request[T], options: CallOptions, base_url: str | None = None) -> Exchange[T]:
        """The exchange for a new call."""
        return Exchange(self.config, self.clock, request, options, self.server_clock, base_url)


class AsyncBaseExecutor(BaseExecutor):
    """What the async executor does differently."""

    awaits_callbacks = True
