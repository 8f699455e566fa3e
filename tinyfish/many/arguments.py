"""The checked arguments of `run_many`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import frozen
from tinyfish_generated.models import BrowserProfile

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.config import NOT_GIVEN, check_timeout
from tinyfish._core.hints import argument_hint
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.window import Window
from tinyfish._core.requests.run_request import RUN_CHECKS
from tinyfish.budget import Budget, budgets_of_a_start
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.many.engine import Engine
from tinyfish.many.items import Reader, Recipe
from tinyfish.many.retrying import Judge, Retry
from tinyfish.models.returns import OutputSpec, read_options
from tinyfish.options import ManyOptions
from tinyfish.outcomes import DEFAULT_RULES, checked_rules

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger import Ledger

DEFAULT_MAX_CONCURRENCY: Final = 20


@frozen(kw_only=True, eq=False, repr=False)
class ManyArguments:
    """The checked arguments of `run_many`; see `ManyOptions`."""

    items: Reader[Any]
    recipe: Recipe
    judge: Judge
    call_options: CallOptions
    max_concurrency: int
    per_minute: int | None
    run_timeout: float | None
    stuck_after: float | None
    ledger: Ledger | None
    owns_ledger: bool
    max_age: float | None
    progress: Callable[[Any], object] | bool | None
    cancel_on_exit: bool
    dry_run: bool

    @classmethod
    def of(cls, executor: BaseExecutor, items: object, returns: Any, given: ManyOptions) -> ManyArguments:
        """Check the arguments.

        Raises:
            TypeError: An argument doesn't exist, or has the wrong type.
            ValueError: An argument has an invalid value.
        """
        config = executor.config
        for name in given:
            if name in ManyOptions.__annotations__:
                continue
            if name in RUN_CHECKS:
                raise InvalidArgumentTypeError(
                    f"run_many has no argument {name!r}; set it in each item: {{{name!r}: ...}}."
                )
            hint = argument_hint(name, [*ManyOptions.__annotations__, "returns"])
            raise InvalidArgumentTypeError(f"run_many has no argument {name!r}{hint}")
        profiles = _profiles(given.get("browser_profile"))
        ledger, owns_ledger = _ledger(executor, given.get("ledger"))
        budget = given.get("budget")
        if budget is not None and not isinstance(budget, Budget):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(f"budget must be a Budget, not {budget!r}.")
        job = given.get("job")
        if job is not None and ledger is None:
            raise InvalidArgumentError(
                f"job={job!r} names the items in a ledger, and there is none; pass ledger= too."
            )
        max_age = check_timeout(given.get("max_age"), "max_age")
        if max_age is not None and ledger is None:
            raise InvalidArgumentError(
                "max_age= takes results from a ledger, and there is none; pass ledger= too."
            )
        rules = given.get("rules")
        progress = given.get("progress")
        if not isinstance(progress, bool):
            checks.callback("progress", progress, may_be_async=executor.awaits_callbacks)
        recipe = Recipe(
            output_spec=OutputSpec.of(
                returns,
                given.get("output_schema"),
                read_options(given),
                in_goal=config.schema_in_goal_or(given.get("schema_in_goal")),
            ),
            api_integration=config.api_integration,
            profiles=profiles,
            job=None if job is None else checks.job_name(job),
            has_ledger=ledger is not None,
            rules=DEFAULT_RULES if rules is None else checked_rules(rules),
            budgets=_budgets(executor, budget),
        )
        return cls(
            items=Reader(items, recipe),
            recipe=recipe,
            judge=Judge(retry=_retry(given.get("retry")), profiles=max(1, len(profiles))),
            call_options=executor.options(given.get("timeout", NOT_GIVEN), given.get("max_retries")),
            max_concurrency=checks.integer(1)(
                "max_concurrency", given.get("max_concurrency", DEFAULT_MAX_CONCURRENCY)
            ),
            per_minute=_at_least_one("per_minute", given.get("per_minute")),
            run_timeout=check_timeout(given.get("run_timeout"), "run_timeout"),
            stuck_after=check_timeout(given.get("stuck_after"), "stuck_after"),
            ledger=ledger,
            owns_ledger=owns_ledger,
            max_age=max_age,
            progress=progress,
            cancel_on_exit=checks.boolean("cancel_on_exit", given.get("cancel_on_exit", False)),
            dry_run=checks.boolean("dry_run", given.get("dry_run", False)),
        )

    def engine(self, executor: BaseExecutor) -> Engine[Any]:
        """What decides for the job."""
        dice, limits = executor.clock.random, executor.limits
        return Engine(
            window=Window(self.max_concurrency, dice),
            rate=Rate(self.per_minute),
            judge=self.judge,
            dice=dice,
            listeners=executor.listeners,
            places=(lambda: math.inf) if limits is None else lambda: limits.runs.free,
            run_timeout=self.run_timeout,
            stuck_after=self.stuck_after,
            dry_run=self.dry_run,
            patience=self.call_options.timeout,
        )

    def close(self) -> None:
        """Close the ledger, if it was opened for the job."""
        if self.owns_ledger and self.ledger is not None:
            self.ledger.close()


def _ledger(executor: BaseExecutor, given: object) -> tuple[Ledger | None, bool]:
    """The ledger, and whether it was opened for the job."""
    if given is None:
        return executor.config.ledger, False
    from tinyfish.ledger import Ledger

    return (given, False) if isinstance(given, Ledger) else (Ledger(cast("str", given)), True)


def _at_least_one(name: str, value: object) -> int | None:
    return None if value is None else checks.integer(1)(name, value)


def _profiles(given: object) -> tuple[BrowserProfile, ...]:
    if given is None:
        return ()
    values: Iterable[object] = [given] if isinstance(given, str) else checks.items("browser_profile", given)
    check = checks.choice([profile.value for profile in BrowserProfile])
    profiles = tuple(BrowserProfile(cast("str", check("browser_profile", value))) for value in values)
    if not profiles or len(set(profiles)) < len(profiles):
        raise InvalidArgumentError(
            f"browser_profile must be a profile, or a list of different ones, not {given!r}."
        )
    return profiles


def _retry(given: object) -> Retry | None:
    if given is None or isinstance(given, Retry):
        return given
    if isinstance(given, bool) or not isinstance(given, int):
        raise InvalidArgumentTypeError(f"retry must be a number of times or a Retry, not {given!r}.")
    return Retry(times=checks.integer(0)("retry", given)) if given else None


def _budgets(executor: BaseExecutor, budget: Budget | None) -> tuple[Budget, ...]:
    """The budgets in which items reserve what they may cost: those of any start, and the job's own."""
    own = () if budget is None else (budget,)
    return tuple(dict.fromkeys((*budgets_of_a_start(executor.budget), *own)))
