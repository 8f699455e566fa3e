"""The state and decisions that the executors of both clients share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config, NotGiven, Timeout, check_max_retries, check_timeout
from tinyfish._core.limits.traffic import Traffic
from tinyfish._core.listeners import Listeners
from tinyfish.budget import Budget

if TYPE_CHECKING:
    from tinyfish.ledger.book import Book  # without a ledger, it isn't loaded
    from tinyfish.models import RunsBatchResponse

T = TypeVar("T")

# How long a look at open runs can take.
_LOOK_SECONDS: Final = 30.0


class BaseExecutor:
    """The state and decisions that both executors share.

    Attributes:
        awaits_callbacks: Whether callbacks can be coroutine functions.
        limits: The queues that calls have to pass; None without limits.
        budget: Counts what the runs of the client use, and limits that if it has limits.
        listeners: Who is told what the client does.
    """

    awaits_callbacks: ClassVar[bool] = False

    def __init__(
        self,
        config: Config,
        clock: Clock,
        server_clock: ServerClock | None = None,
        limits: Traffic | None = None,
        budget: Budget | None = None,
        listeners: Listeners | None = None,
    ) -> None:
        self.config = config
        self.clock = clock
        self.server_clock = server_clock or ServerClock(clock)
        self.limits = limits
        self.budget = Budget() if budget is None else budget
        self.listeners = Listeners(clock, self.budget) if listeners is None else listeners

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
        # Another host has nothing to do with the API's limits.
        turn = None if self.limits is None or base_url is not None else self.limits.turn(request)
        return Exchange(
            self.config,
            self.clock,
            request,
            options,
            self.server_clock,
            self.listeners,
            base_url,
            turn,
        )


class AsyncBaseExecutor(BaseExecutor):
    """What the async executor does differently."""

    awaits_callbacks = True


def look_request(run_ids: list[str]) -> Request[RunsBatchResponse]:
    """The call that gets open runs."""
    from tinyfish_generated.api.runs import get_runs_batch
    from tinyfish_generated.models import RunIdsRequest

    from tinyfish.models import RunsBatchResponse

    return get_runs_batch(body=RunIdsRequest(run_ids=run_ids)).into(RunsBatchResponse)


def look_options(seconds: float) -> CallOptions:
    """The options of that call.

    Args:
        seconds: How much time is left.
    """
    return CallOptions(timeout=max(0.001, min(_LOOK_SECONDS, seconds)), max_retries=0)
