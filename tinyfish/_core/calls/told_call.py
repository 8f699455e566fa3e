"""What the listeners are told of one call. If nobody listens, that is nothing."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.retry import Effect
from tinyfish._core.clock import Clock
from tinyfish._core.limits.traffic import RUN_STARTS, bodies_of
from tinyfish._core.listeners import Listeners
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import APIError

if TYPE_CHECKING:  # loaded when somebody listens
    from tinyfish._core.teller import Teller
    from tinyfish.hooks import RequestSent

_NUMBERS: Final = itertools.count(1)


class ToldCall:
    """The part of an exchange that tells the listeners.

    Attributes:
        attempts: How often it was sent.
        failure: Why the last attempt failed; None if none has.
    """

    attempts: int
    failure: APIError | None
    _request: Request[Any]
    _options: CallOptions
    _effect: Effect
    _listeners: Listeners
    _clock: Clock
    _mask: Mask
    _attempt_began: float
    _refusals: int
    _teller: Teller | None
    """Set for each attempt, if somebody listens."""
    _sent: RequestSent | None
    """What was told of the attempt, until its end is told."""
    _is_over = False

    @functools.cached_property
    def number(self) -> int:
        """The call's number in this process. Only listeners need it."""
        return next(_NUMBERS)

    @property
    def run_bodies(self) -> Sequence[Mapping[str, Any]]:
        """The runs that it starts: of the agent, or a research run."""
        if self._request.operation_id in RUN_STARTS:
            return bodies_of(self._request)
        if self._effect is Effect.STARTS and self._request.tag == "research":
            return (self._request.body or {},)
        return ()

    def tell_retry(self, delay: float | None) -> None:
        """It's sent again: after some seconds, or when the limits allow it."""
        if (teller := self._listeners.teller()) is not None:
            # A call that waits for its turn isn't counted as a retry.
            is_counted = delay is not None
            teller.retrying(
                self._request,
                self.failure,
                delay,
                call=self.number,
                attempt=self.attempts - self._refusals if is_counted else self.attempts,
                max_retries=self._options.max_retries if is_counted else None,
            )

    def tell_started(
        self, run_ids: Iterable[str], kind: str = "run", bodies: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """It has started runs.

        Args:
            run_ids: Their ids.
            kind: What they are.
            bodies: What was asked for, if that isn't exactly what was sent.
        """
        if (teller := self._listeners.teller()) is not None:
            asked = iter(self.run_bodies if bodies is None else bodies)
            for run_id in run_ids:
                teller.run_started(run_id, kind, self.number, next(asked, None))

    def tell_recovered(
        self, run_ids: Iterable[str], kind: str, error: APIError | None, *, adopted: bool
    ) -> None:
        """What it has started is known, although there was no valid response.

        Args:
            run_ids: The ids of what it has started.
            kind: What they are.
            error: What was wrong with the response.
            adopted: Whether a search has found them. Otherwise the response names them.
        """
        if (teller := self._listeners.teller()) is not None:
            for run_id in run_ids:
                teller.recovered(run_id, "search" if adopted else "response", error, kind)
                if adopted:
                    teller.adopted(run_id, kind)

    def tell_start_failed(self, *, uncertain: bool, error: BaseException | None = None) -> None:
        """It's over, and no run of it is known. Told once.

        Args:
            uncertain: Whether there may be one.
            error: Why, if that isn't the failure of its last attempt.
        """
        if self._is_over or not self.attempts or not self.run_bodies:
            return
        self._is_over = True
        if (teller := self._listeners.teller()) is not None:
            teller.start_failed(self.number, error or self.failure, uncertain=uncertain)

    def interrupted(self, error: BaseException) -> None:
        """An attempt was interrupted from outside, before its end."""
        self._tell_end(None, {}, error)

    def _tell_end(
        self, status: int | None, headers: Mapping[str, str], error: BaseException | None = None
    ) -> None:
        """An attempt is over, if that wasn't told before."""
        sent, self._sent = self._sent, None
        if sent is not None and self._teller is not None:
            request_id = headers.get("x-request-id")
            self._teller.request_ended(
                sent,
                self._clock.now() - self._attempt_began,
                status=status,
                request_id=None if request_id is None else self._mask.text(request_id),
                error=error,
            )
