"""Finding again what a start without an answer has started: the loops around `search.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define

from tinyfish._core.config import Adopt
from tinyfish._core.exchange import CallOptions, Ending, Uncertainty
from tinyfish._core.executor import AsyncExecutor, BaseExecutor, Executor
from tinyfish._core.search import LOOK_DELAYS, LOOK_SECONDS, Search, may_adopt, surely_taken
from tinyfish._core.starts import STARTS, Start
from tinyfish.errors import APIError, UncertainStartError
from tinyfish.models import Run


@define
class _Case:
    """One uncertain start, from its failure to the decision. No I/O."""

    search: Search
    _error: APIError
    _uncertainty: Uncertainty
    _start: Start
    _adopt: Adopt
    _executor: BaseExecutor
    _look_began: float = 0.0
    look_error: Exception | None = None

    @classmethod
    def open(
        cls, executor: BaseExecutor, ending: Ending[Any], start: Start, goals: Sequence[str], adopt: Adopt
    ) -> _Case | None:
        """The case of an uncertain ending; None if the ending is certain."""
        if ending.uncertain is None or ending.error is None:
            return None
        start.uncertain = True
        search = Search(goals, ending.uncertain.delivery, executor.server_clock)
        return cls(search, ending.error, ending.uncertain, start, adopt, executor)

    def begin_look(self) -> None:
        """A new look, from the first page on."""
        self.search.begin_look()
        self._look_began = self._executor.clock.now()

    @property
    def options(self) -> CallOptions:
        """The options of each call of a look: together they have LOOK_SECONDS."""
        remaining = self._look_began + LOOK_SECONDS - self._executor.clock.now()
        return CallOptions(timeout=max(0.001, remaining), max_retries=1)

    def looked(self, error: Exception | None) -> None:
        """Take in how a look went; the last one counts."""
        self.look_error = error

    def decide(self) -> list[Run]:
        """The runs that were started, in the order of their goals.

        Raises:
            UncertainStartError: That cannot be said.
        """
        goals = self.search.goals
        candidates = [run for run in self.search.candidates() if not STARTS.is_given(run.run_id)]
        by_goal = {run.goal: run for run in candidates}
        adoptable = may_adopt(
            self._adopt,
            complete=len(candidates) == len(goals) == len(by_goal),
            rival=STARTS.has_rival(self._start),
            sure=not STARTS.follows_uncertain(self._start)
            and surely_taken(self._uncertainty.failure, self._uncertainty.delivery)
            and self._executor.server_clock.offset is not None
            and self.look_error is None,
        )
        if adoptable and self._start.give(*(run.run_id for run in candidates)):
            self._start.uncertain = False
            return [by_goal[goal] for goal in goals]
        raise self._uncertain(candidates)

    def _uncertain(self, candidates: list[Run]) -> UncertainStartError:
        return UncertainStartError.of(
            self._error,
            _advice(candidates, self.look_error),
            candidates=tuple(candidates),
            window=self.search.window,
            look_error=self.look_error,
        )


def _advice(candidates: list[Run], look_error: Exception | None) -> str:
    if candidates:
        ids = ", ".join(run.run_id for run in candidates)
        return (
            f"{ids} {'was' if len(candidates) == 1 else 'were'} created with the same goal at that time. "
            f"If it is yours, client.runs.wait({candidates[-1].run_id!r}) gives its result."
        )
    if look_error is not None:
        return (
            "looking for it failed too. See client.runs.list(goal=...) for runs of this goal before starting it "
            "again."
        )
    return (
        "no run of this goal is listed for that time. It may be listed late: see client.runs.list(goal=...) once "
        "more before starting it again."
    )


def started_runs(
    executor: Executor, ending: Ending[Any], start: Start, goals: Sequence[str], adopt: Adopt
) -> list[Run] | None:
    """The runs of an uncertain start, found again; None if the ending is certain.

    Raises:
        UncertainStartError: It cannot be said which they are, or whether there are any.
    """
    case = _Case.open(executor, ending, start, goals, adopt)
    if case is None:
        return None
    for delay in LOOK_DELAYS:
        try:
            executor.sleep(delay)
            case.begin_look()
            cursor = case.search.saw(executor.send(case.search.request(), case.options))
            while cursor is not None:
                cursor = case.search.saw(executor.send(case.search.request(cursor), case.options))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the first error is the one that counts
            case.looked(error)
        else:
            case.looked(None)
    return case.decide()


async def started_runs_async(
    executor: AsyncExecutor, ending: Ending[Any], start: Start, goals: Sequence[str], adopt: Adopt
) -> list[Run] | None:
    """The runs of an uncertain start, found again; None if the ending is certain.

    Raises:
        UncertainStartError: It cannot be said which they are, or whether there are any.
    """
    case = _Case.open(executor, ending, start, goals, adopt)
    if case is None:
        return None
    for delay in LOOK_DELAYS:
        try:
            await executor.sleep(delay)
            case.begin_look()
            cursor = case.search.saw(await executor.send(case.search.request(), case.options))
            while cursor is not None:
                cursor = case.search.saw(await executor.send(case.search.request(cursor), case.options))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the first error is the one that counts
            case.looked(error)
        else:
            case.looked(None)
    return case.decide()
