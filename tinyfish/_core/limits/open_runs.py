"""What open runs hold: their places among those that may be open, and the money that is reserved for them.

All clients of the process share the register, because any of them can be the one that sees how a run ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from tinyfish._core.limits.gate import Gate
from tinyfish._core.limits.stake import Stake
from tinyfish._core.listeners import Listeners
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.budget import Budget, Reservation, steps_told

RUN_LOOKS: Final = frozenset({"getRun", "getRunsBatch", "listRuns", "cancelRun", "cancelRunsBatch"})
"""The operations that return runs as they are."""

# How many runs are remembered only to count their steps.
_MOST_COUNTED: Final = 10_000
# The server can be late to know a new run. One that it doesn't know after this long is over.
_UNKNOWN_SECONDS: Final = 60.0
# A run whose end nobody has seen for this long doesn't count as open any more.
_MOST_OPEN_SECONDS: Final = 3600.0
# How many runs are looked at together.
_MOST_LOOKED_AT: Final = 1_000


class OpenRuns:
    """What the runs hold whose end wasn't seen yet. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a destructor may add a run, and interrupt the holder
        self._binding: dict[str, Stake] = {}
        self._counted: dict[str, Stake] = {}
        renew_in_children(self)

    def renew(self) -> None:
        """Reset the lock in the child of a fork, which may be the one that sees how the runs end."""
        self._lock = threading.RLock()

    def __bool__(self) -> bool:
        return bool(self._binding or self._counted)

    def add(self, run_id: str, stake: Stake) -> None:
        """A run was started."""
        if stake.slots is None and not stake.reservations:
            return
        with self._lock:
            self._keep(run_id, stake)
            while self._binding and (oldest := next(iter(self._binding))) != run_id:
                if not self._is_too_old(self._binding[oldest]):
                    break
                self._binding[oldest].give_back()
                self._keep(oldest, self._binding[oldest])

    def reserve(self, run_id: str, reservations: Sequence[Reservation], listeners: Listeners) -> None:
        """A job doesn't look at a run any more that goes on: what is reserved for it is settled by who sees its end."""
        if reservations:
            with self._lock:
                stake = self._binding.get(run_id) or self._counted.pop(run_id, None) or Stake((), listeners)
                stake.reservations = [*stake.reservations, *reservations]
                self._keep(run_id, stake)

    def _keep(self, run_id: str, stake: Stake) -> None:
        self._binding.pop(run_id, None)
        (self._binding if stake.binds else self._counted)[run_id] = stake
        if len(self._counted) > _MOST_COUNTED:
            del self._counted[next(iter(self._counted))]

    @staticmethod
    def _is_too_old(stake: Stake) -> bool:
        return stake.slots is not None and stake.slots.age > _MOST_OPEN_SECONDS

    def ended(self, run_id: object, num_of_steps: object, run: Any = None) -> None:
        """A run was seen to have ended.

        Args:
            run_id: Its id. It can be any run, and anything that a server sent.
            num_of_steps: How many steps it took, if that is known; can be anything too.
            run: The response that says so, if the listeners are to be told of the end.
        """
        if isinstance(run_id, str) and (run_id in self._binding or run_id in self._counted):
            with self._lock:
                stake = self._binding.get(run_id) or self._counted.get(run_id)
                if stake is None:
                    return
                steps = steps_told(num_of_steps)
                if stake.ended(steps):
                    self._binding.pop(run_id, None)
                    self._counted.pop(run_id, None)
                elif run_id in self._binding:
                    self._keep(run_id, stake)  # it may not bind any more
            if (teller := stake.listeners.teller()) is not None:
                if steps is not None and stake.reservations:
                    teller.spent(run_id, steps)
                if run is not None:
                    teller.run_ended(run_id, run.status, run)

    def saw_all(self, answer: object) -> None:
        """A response was received: look for runs in it."""
        for run in _runs_in(answer):
            from tinyfish.models.outcome import has_ended  # models of runs have loaded it

            run_id: object = getattr(run, "run_id", None)
            is_open = isinstance(run_id, str) and (run_id in self._binding or run_id in self._counted)
            if is_open and has_ended(getattr(run, "status", None)):
                self.ended(run_id, getattr(run, "num_of_steps", None), run)

    def held(self, gate: Gate) -> list[str]:
        """The runs to look at that hold a place of a gate, oldest first."""
        with self._lock:
            stakes = list(self._binding.items())
            return [
                run_id for run_id, stake in stakes if stake.slots is not None and stake.slots.gate is gate
            ][:_MOST_LOOKED_AT]

    def reserved(self, budgets: Iterable[Budget]) -> list[str]:
        """The runs for which some of these budgets has reserved something; first those that have ended."""
        wanted = set(budgets)
        with self._lock:
            found = [
                (stake.slots is not None, run_id)
                for run_id, stake in list(self._binding.items())
                if not wanted.isdisjoint(one.budget for one in stake.reservations)
            ]
        return [run_id for _, run_id in sorted(found, key=lambda entry: entry[0])][:_MOST_LOOKED_AT]

    def unknown(self, run_ids: Iterable[str]) -> None:
        """The server says that it has no such runs."""
        with self._lock:
            for run_id in run_ids:
                stake = self._binding.get(run_id)
                if stake is not None and stake.slots is not None and stake.slots.age > _UNKNOWN_SECONDS:
                    stake.give_back()
                    self._keep(run_id, stake)


OPEN_RUNS: Final = OpenRuns()


def _runs_in(answer: Any) -> Sequence[Any]:
    # By their names: importing all of these classes would load models that the call doesn't need. And in the child of a
    # fork, an import that another thread of the parent was in the middle of never ends.
    match type(answer).__name__:
        case "Run" | "CancelRunResponse":
            return [answer]
        case "RunListResponse" | "RunsBatchResponse":
            return cast("Sequence[Any]", answer.data)
        case "CancelRunsBatchResponse":
            return cast("Sequence[Any]", answer.results)
        case _:
            return ()
