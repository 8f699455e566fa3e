"""Rules: what runs return, and what is found or refused by the other products."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypedDict

from tinyfish.sandbox.errors import ApiError, RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.output_schema import report
from tinyfish.sandbox.script.forms import check_rule
from tinyfish.sandbox.script.plain import plain_json
from tinyfish.sandbox.script.products import Product, product_of, products
from tinyfish.sandbox.store import RunRecord

Cancel = Literal["cancelled", "finished", "refused"]
Match = str | re.Pattern[str] | Mapping[str, str]


class RuleOptions(TypedDict, total=False):
    """The options of a rule. All are optional; see `Sandbox.on`."""

    product: Product
    goal: Match
    url: Match
    query: Match
    prompt: Match
    name: Match
    provider: Match
    result: Any
    citations: Sequence[str]
    refusal: Mapping[str, Any]
    error: str | Mapping[str, Any]
    steps: int
    progress: list[str]
    latency: float
    hangs: bool
    cancel: Cancel
    results: Sequence[Mapping[str, Any]]
    html: str
    page: Mapping[str, Any]
    spec: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    saved: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    wallet: Mapping[str, Any]
    times: int


@dataclass(slots=True, kw_only=True)
class Rule:
    """What matching runs do, or what another product does.

    Attributes:
        options: The rule's options.
        product: What it is for.
        patterns: The patterns that texts must match, by their names; a text without a pattern can be any.
        left: How many more times it applies; None for any number.
    """

    options: JsonObject
    product: str
    patterns: Mapping[str, re.Pattern[str]]
    left: int | None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Create a rule from its options.

        Raises:
            InvalidInputError: The rule has an invalid form.
        """
        options = plain_json(given)
        check_rule(options)
        product = product_of(options)
        matched = products()[product].matched
        patterns = {name: _pattern(options[name]) for name in matched if name in options}
        return cls(options=options, product=product, patterns=patterns, left=options.get("times"))

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
        said = [f"{name}={self.options[name]!r}" for name in self.patterns]
        return f"{', '.join(said) or 'any run'}{' (used up)' if self.left == 0 else ''}"

    def fits(self, product: str, texts: Mapping[str, str | None]) -> bool:
        """Whether it applies to something of a product, with these texts."""
        return (
            self.left != 0
            and self.product == product
            and all(_matches(pattern, texts.get(name)) for name, pattern in self.patterns.items())
        )

    @property
    def specificity(self) -> int:
        """How specific it is: for each text, 2 if it's exact, 1 for a pattern, 0 for none."""
        return sum(_weight(self.options[name]) for name in self.patterns)

    async def begin(self) -> None:
        """Take as long as the rule says."""
        await asyncio.sleep(self.options.get("latency", 0.0))
        if self.options.get("hangs"):
            await asyncio.Event().wait()

    @property
    def unreadable(self) -> tuple[str, int | None] | None:
        """Why a page can't be read, and its status; None if it can."""
        error: str | JsonObject | None = self.options.get("error")
        if error is None or isinstance(error, str):
            return None if error is None else (error, None)
        return error["error"], error.get("status")

    async def answer(self, name: str) -> Any:
        """What the rule says about a call, after as long as it says; None if it says nothing about that.

        Args:
            name: The option for it.

        Raises:
            ApiError: The rule refuses the call.
        """
        await self.begin()
        _refuse(self.options.get("error"))
        return self.options.get(name)

    def accept(self) -> None:
        """Check that the rule lets something be started.

        Raises:
            ApiError: The rule refuses it.
        """
        _refuse(self.options.get("refusal"))

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

    def find(self, product: Product, **texts: str | None) -> Rule | None:
        """The most specific matching rule; the first one if several are equally specific.

        Args:
            product: What the rule is for.
            **texts: The texts that it must match, by the names of the options for them.
        """
        fitting = (rule for rule in self._rules if rule.fits(product, texts))
        # max() returns the first of equal items: https://docs.python.org/3/library/functions.html#max
        return max(fitting, key=lambda rule: rule.specificity, default=None)

    def take(self, product: Product, **texts: str | None) -> Rule | None:
        """The rule that `find` finds. Counts its use."""
        rule = self.find(product, **texts)
        if rule is not None and rule.left is not None:
            rule.left -= 1
        return rule

    async def refuse(self, run: LiveRun) -> Any:
        """Fail a run that matches no rule.

        Raises:
            RunFailedError: Always; lists the rules.
        """
        rules = "".join(f"\n  {rule}" for rule in self._rules if rule.product == "agent") or " none"
        raise RunFailedError(
            f"No rule matches this run: goal {run.record.task!r}, url {run.record.url!r}. The rules are:{rules}",
            code="NO_RULE",
            help_message='Add a rule with sandbox.on(...), or use unmatched="read" to let the agent read the page.',
        )


def _refuse(refusal: JsonObject | None) -> None:
    """Answer a call with the status and the envelope that a rule says, if it says so.

    Raises:
        ApiError: It says so.
    """
    if refusal is not None:
        message = refusal.get("message", "A rule of the sandbox refuses this call")
        raise ApiError(refusal["status"], message, code=refusal.get("code"), details=refusal.get("details"))


def _matches(pattern: re.Pattern[str], text: str | None) -> bool:
    return text is not None and pattern.search(text) is not None


def _weight(given: str | JsonObject) -> int:
    if isinstance(given, str) and not given.strip("*"):
        return 0
    return 1 if isinstance(given, dict) or "*" in given else 2


def _pattern(given: str | JsonObject) -> re.Pattern[str]:
    """The pattern that a text must match: the full text, ignoring case, or a regular expression to search for."""
    if isinstance(given, str):
        # Only * is a wildcard: brackets and question marks are parts of goals and urls.
        parts = ".*".join(map(re.escape, given.split("*")))
        return re.compile(rf"\A{parts}\Z", re.IGNORECASE | re.DOTALL)
    return re.compile(given["regex"])
