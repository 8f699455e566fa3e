"""Which queues a call has to pass, and what becomes of its places there. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from attrs import asdict, frozen
from tinyfish_generated.types import Request

from tinyfish._core.limits.gate import Gate, Place, Slots
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.stake import Stake
from tinyfish._core.limits.window import Window

RUN_STARTS: Final = frozenset({"runAgent", "queueRun", "streamRun", "queueRuns"})
"""The operations that start runs of the agent."""

# What ends something that costs money never waits.
_NEVER_WAITING: Final = frozenset(
    {
        "cancelRun",
        "cancelRunsBatch",
        "cancelResearch",
        "cancelDatasetRun",
        "cancelProfileSetup",
        "deleteBrowserSession",
        "deleteMonitor",
    }
)


@frozen(kw_only=True)
class Maxima:
    """The numbers that the caller gave; None for no limit. See `tinyfish.Limits`."""

    max_open_runs: int | None = None
    runs_per_minute: int | None = None
    calls_per_minute: int | None = None
    search_per_minute: int | None = None
    fetch_per_minute: int | None = None
    max_concurrent_calls: int | None = None

    @property
    def given(self) -> dict[str, int]:
        """Those that aren't None."""
        return {name: most for name, most in asdict(self).items() if most is not None}


class Traffic:
    """The queues of the clients that share limits.

    Every kind of call has a queue of its own, which learns from the server's refusals. After that there is one for all.

    Attributes:
        runs: The queue of starts. A run that was started stays in until its end is seen.
    """

    def __init__(self, maxima: Maxima) -> None:
        self.runs = _gate(maxima.max_open_runs, maxima.runs_per_minute)
        self._calls = _gate(maxima.max_concurrent_calls, maxima.calls_per_minute)
        self._kinds = {
            "searchWeb": _gate(None, maxima.search_per_minute),
            "fetchContents": _gate(None, maxima.fetch_per_minute),
        }

    def turn(self, request: Request[Any]) -> Turn | None:
        """What a call has to wait for; None for nothing."""
        operation = request.operation_id
        if operation in _NEVER_WAITING:
            return None
        if operation in RUN_STARTS:
            return Turn(self.runs, len(bodies_of(request)), self._calls, is_start=True)
        kind = operation if operation in self._kinds else request.tag
        gate = self._kinds.get(kind) or self._kinds.setdefault(kind, _gate(None, None))
        pages: object = (request.body or {}).get("urls")
        count = len(cast("list[object]", pages)) if operation == "fetchContents" else 1
        return Turn(gate, count, self._calls)


class Turn:
    """A call's way through the queues, for each of its attempts.

    Attributes:
        count: How many slots it needs of its kind: one for each run, page or call.
        is_start: Whether it starts runs. Then these have its slots when it's over.
    """

    def __init__(self, kind: Gate, count: int, calls: Gate, *, is_start: bool = False) -> None:
        self.count = count
        self.is_start = is_start
        self._kind = kind
        self._calls = calls
        self._slots: Slots | None = None
        self._call: Slots | None = None
        self._number: int | None = None

    @property
    def waits_when_refused(self) -> bool:
        """Whether it waits for another turn if the server refuses it. Not a batch: fewer runs may be accepted."""
        return not self.is_start or self.count == 1

    def lend(self, stakes: Iterable[Stake]) -> None:
        """Take the places of runs that have some already."""
        if self.is_start:
            places = [stake.slots for stake in stakes if stake.slots is not None]
            self._slots = Slots.merged(places) if places else None

    def hand_over(self, stakes: Iterable[Stake]) -> None:
        """Give runs the places that it has."""
        if self.is_start and self._slots is not None:
            for stake in stakes:
                stake.slots = self._slots.take_one()

    def next_place(self, now: Callable[[], float]) -> tuple[Gate, Place] | None:
        """The queue that the next attempt has to wait in now; None if it can be sent.

        Args:
            now: The time, in monotonic seconds.
        """
        if self._slots is None:
            gate, count = self._kind, self.count
        elif self._call is None:
            gate, count = self._calls, 1
        else:
            return None
        place = Place(count, count, now, self._number)
        self._number = place.number  # whoever is sent back waits where he did
        return gate, place

    def passed(self, slots: Slots) -> None:
        """The wait is over."""
        if self._slots is None:
            self._slots = slots
        else:
            self._call = slots

    def given_up(self) -> None:
        """Nothing is sent any more."""
        self._end(keep=False)

    def accepted(self) -> None:
        """The server has done what the attempt asked for."""
        if self._slots is not None:
            self._slots.accepted()
        self._end(keep=self.is_start)

    def refused(self, retry_after: float | None) -> None:
        """The server has refused the attempt, because there were too many.

        Args:
            retry_after: Seconds that it asked to wait; None if it didn't.
        """
        if self._slots is not None:
            self._slots.refused(retry_after)
        self._end(keep=False)

    def failed(self) -> None:
        """The attempt has failed for any other reason, or it isn't known what became of it."""
        self._end(keep=self.is_start)

    def _end(self, *, keep: bool) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.give_back()
        if not keep and self._slots is not None:
            self._slots.give_back()
            self._slots = None


def bodies_of(request: Request[Any]) -> list[Mapping[str, Any]]:
    """The runs that a start asks for."""
    body: Mapping[str, Any] = request.body or {}
    runs: list[Mapping[str, Any]] = body.get("runs", [body])
    return runs


def _gate(at_a_time: int | None, per_minute: int | None) -> Gate:
    return Gate(Window(at_a_time), Rate(per_minute))
