"""Rules: what runs return, without an agent."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypedDict

from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.output_schema import report
from tinyfish.sandbox.script.forms import check_rule
from tinyfish.sandbox.script.plain import plain_json
from tinyfish.sandbox.store import RunRecord

_MATCHED = ("goal", "url", "query")

Cancel = Literal["cancelled", "finished", "refused"]


class RuleOptions(TypedDict, total=False):
    """The options of a rule. All are optional; see `Sandbox.on`."""

    goal: str | re.Pattern[str] | Mapping[str, str]
    url: str | re.Pattern[str] | Mapping[str, str]
    query: str | re.Pattern[str] | Mapping[str, str]
    result: Any
    error: str | Mapping[str, Any]
    steps: int
    progress: list[str]
    latency: float
    hangs: bool
    cancel: Cancel
    times: int


@dataclass(slots=True, kw_only=True)
class Rule:
    """What matching runs do.

    Attributes:
        options: The rule's options.
        goal: The pattern that a run's goal must match; None for any goal.
        url: The pattern that a run's url must match; None for any url.
        query: The pattern that a research run's query must match; None for a rule of other runs.
        left: How many more runs it applies to; None for any number.
    """

    options: JsonObject
    goal: re.Pattern[str] | None
    url: re.Pattern[str] | None
    query: re.Pattern[str] | None
    left: int | None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Create a rule from its options.

        Raises:
            InvalidInputError: The rule has an invalid form.
        """
        options = plain_json(given)
        check_rule(options)
        return cls(
            options=options,
            goal=_pattern(options.get("goal")),
            url=_pattern(options.get("url")),
            query=_pattern(options.get("query")),
            left=options.get("times"),
        )

    @property
    def cancel(self) -> Cancel:
        """What a cancellation of its runs does."""
        found: Cancel = self.options.get("cancel", "cancelled")
        return found

    @property
    def error(self) -> JsonObject | None:
        """The RunError that its runs fail with."""
        error: Any = self.options.get("error")
        return (
            {"code": "TASK_FAILED", "message": error, "category": "AGENT_FAILURE"}
            if isinstance(error, str)
            else error
        )

    def __str__(self) -> str:
        """The runs that it matches."""
        said = [f"{name}={self.options[name]!r}" for name in _MATCHED if name in self.options]
        return f"{', '.join(said) or 'any run'}{' (used up)' if self.left == 0 else ''}"

    def fits(self, record: RunRecord) -> bool:
        """Whether it matches a run."""
        return (
            self.left != 0
            and self.query is None
            and (self.goal is None or self.goal.search(record.goal) is not None)
            and (self.url is None or self.url.search(record.url) is not None)
        )

    def fits_research(self, query: str) -> bool:
        """Whether it matches a research run."""
        return self.left != 0 and self.query is not None and self.query.search(query) is not None

    async def work(self, run: LiveRun) -> Any:
        """Execute a run as the rule says, instead of the agent.

        Raises:
            RunFailedError: The rule defines an error.
        """
        progress: list[str] = self.options.get("progress", [])
        count = max(self.options.get("steps", len(progress)), len(progress))
        pause: float = self.options.get("latency", 0.0) / (count + 1)
        for number in range(count):
            await asyncio.sleep(pause)
            await run.step(progress[number] if number < len(progress) else f"Step {number + 1} of {count}")
        await asyncio.sleep(pause)
        if self.options.get("hangs"):
            await asyncio.Event().wait()
        return self.outcome(run.record)

    def outcome(self, record: RunRecord) -> Any:
        """The result of a run.

        Raises:
            RunFailedError: The rule defines an error.
        """
        if self.error is not None:
            raise RunFailedError.scripted(self.error)
        result: Any = self.options.get("result")
        schema: JsonObject | None = record.request.get("output_schema")
        if schema is not None:
            record.schema_validation = report(result, schema)
        return result


class Rules:
    """The rules of a sandbox, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, given: Mapping[str, Any]) -> None:
        """Add a rule after all others.

        Raises:
            InvalidInputError: The rule has an invalid form.
        """
        self._rules.append(Rule.read(given))

    def clear(self) -> None:
        """Delete all rules."""
        self._rules.clear()

    def all(self) -> list[JsonObject]:
        """The options of all rules."""
        return [rule.options for rule in self._rules]

    def take(self, record: RunRecord) -> Rule | None:
        """The most specific matching rule; the first one if several are equally specific. Counts its use."""
        return _taken(rule for rule in self._rules if rule.fits(record))

    def take_research(self, query: str) -> Rule | None:
        """The most specific rule for a research run. Counts its use."""
        return _taken(rule for rule in self._rules if rule.fits_research(query))

    async def refuse(self, run: LiveRun) -> Any:
        """Fail a run that matches no rule.

        Raises:
            RunFailedError: Always; lists the rules.
        """
        rules = "".join(f"\n  {rule}" for rule in self._rules) or " none"
        raise RunFailedError(
            f"No rule matches this run: goal {run.record.goal!r}, url {run.record.url!r}. The rules are:{rules}",
            code="NO_RULE",
            help_message='Add a rule with sandbox.on(...), or use unmatched="read" to let the agent read the page.',
        )


def _taken(fitting: Iterable[Rule]) -> Rule | None:
    # max() returns the first of equal items: https://docs.python.org/3/library/functions.html#max
    rule = max(fitting, key=_specificity, default=None)
    if rule is not None and rule.left is not None:
        rule.left -= 1
    return rule


def _specificity(rule: Rule) -> int:
    """How specific a rule is: for each text, 2 if it's exact, 1 for a pattern, 0 for none."""
    return sum(_weight(rule.options.get(name)) for name in _MATCHED)


def _weight(given: str | JsonObject | None) -> int:
    if given is None or (isinstance(given, str) and not given.strip("*")):
        return 0
    return 1 if isinstance(given, dict) or "*" in given else 2


def _pattern(given: str | JsonObject | None) -> re.Pattern[str] | None:
    """The pattern that a text must match: the full text, ignoring case, or a regular expression to search for."""
    if given is None:
        return None
    if isinstance(given, str):
        # Only * is a wildcard: brackets and question marks are parts of goals and urls.
        parts = ".*".join(map(re.escape, given.split("*")))
        return re.compile(rf"\A{parts}\Z", re.IGNORECASE | re.DOTALL)
    return re.compile(given["regex"])
