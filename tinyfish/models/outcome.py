"""The shared behaviour of objects that start a run or hold its outcome."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

from tinyfish_generated.models import RunError, RunErrorCategory, RunStatus

from tinyfish.errors import RunBillingError, RunCancelledError, RunDoubtfulError, RunFailedError, SDKError
from tinyfish.models.returns import Wanted

if TYPE_CHECKING:
    from tinyfish.outcomes import Rule
    from tinyfish.typed import Reading, Repair

TERMINAL_STATUSES: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


def has_ended(status: object) -> bool:
    """Whether a status, which can be anything that a server sent, means that the run has ended."""
    return isinstance(status, str) and status in TERMINAL_STATUSES


def is_undoubted(ended: Outcome[Any]) -> bool:
    """Whether it completed, and the default rules find nothing to doubt in its result.

    That is found out once, because a ledger asks for it and then a job.
    """
    known: bool | None = vars(ended).get("_undoubted")
    if known is not None:
        return known
    from tinyfish.outcomes import doubts  # loaded only if somebody asks

    run: Any = ended  # the subclasses have the fields
    is_it: bool = run.status == RunStatus.COMPLETED and not doubts(run.result)
    vars(ended)["_undoubted"] = is_it
    return is_it


class EndedRun(Protocol):
    """An object that holds a run's outcome: a run, a response, a `CompleteEvent`."""

    @property
    def run_id(self) -> str | None:
        """The run's id; None if it was never created."""

    @property
    def status(self) -> RunStatus:
        """How the run ended."""
        ...

    @property
    def error(self) -> RunError | None:
        """Why it failed."""


E = TypeVar("E", bound=EndedRun)

if TYPE_CHECKING:
    # A type variable with a default (https://peps.python.org/pep-0696/), which Python supports since 3.13. Without
    # returns=, a response's value is the JSON object.
    from typing_extensions import TypeVar as TypeVarWithDefault

    V = TypeVarWithDefault("V", covariant=True, default=dict[str, Any] | None)
else:
    V = TypeVar("V", covariant=True)


class Typed(Generic[V]):
    """A started or finished run, with a type for its result."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    @property
    def wanted(self) -> Wanted[V] | None:
        """The type to read the result as, for waits; None if none was given."""
        # No field: it isn't part of the document, and whatever lists a model's fields would show it.
        wanted: Wanted[V] | None = vars(self).get("_wanted")
        return wanted


M = TypeVar("M", bound=Typed[Any])


def with_wanted(model: M, wanted: Wanted[Any] | None) -> M:
    """A copy with a type for its result. Cheap, while `attrs.evolve` would decode every field of the model."""
    if wanted is None:
        return model
    typed = copy.copy(model)
    typed.__dict__["_wanted"] = wanted
    typed.__dict__.pop("_reading", None)
    return typed


class Outcome(Typed[V]):
    """A run's outcome: the base of all classes that hold one."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    @property
    def value(self) -> V:
        """The result as the type given in `returns=`. Without `returns=`, the raw result.

        Raises:
            ResultMismatchError: The result can't be read as that type. `result` has the raw result.
            RunFailedError: The run failed, and a type was given.
            RunCancelledError: The run was cancelled, and a type was given.
        """
        reading = self._read()
        return cast("V", cast("Any", self).result if reading is None else reading.value)

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The repairs that were needed to read the result as the given type; see `value`."""
        reading = self._read()
        return () if reading is None else reading.repairs

    def _read(self) -> Reading[Any] | None:
        ended = cast("Any", self)  # the subclasses have the fields
        wanted = self.wanted
        if wanted is None:
            return None
        if not has_ended(ended.status):
            raise SDKError(f"Run {ended.run_id} has no result yet: it is {ended.status}.")
        ended.raise_for_outcome()
        if "_reading" not in vars(self):
            vars(self)["_reading"] = wanted.read(
                ended.result, run=self
            )  # so that it's always the same object
        return cast("Reading[Any]", vars(self)["_reading"])

    @property
    def ok(self: EndedRun) -> bool:
        """Whether the run completed. This means that the agent finished, not that it met the goal."""
        return self.status == RunStatus.COMPLETED

    def raise_for_outcome(self: E, *, rules: Iterable[Rule] = ()) -> E:
        """Return this, unless the run failed or was cancelled.

        Args:
            rules: Rules to check a completed run's result with, such as `tinyfish.outcomes.DEFAULT_RULES`. Default:
                COMPLETED counts as success.

        Raises:
            RunFailedError: The run failed; `RunBillingError` if the account is out of credits.
            RunCancelledError: The run was cancelled.
            RunDoubtfulError: According to the rules, the result is empty or mentions a failure.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     headlines = client.agent.run(
            ...         goal="Extract the headlines", url="https://example.com"
            ...     ).raise_for_outcome().result
        """
        if self.status == RunStatus.FAILED:
            # The error can be anything that the server sent, even a string.
            billing = getattr(self.error, "category", None) == RunErrorCategory.BILLING_FAILURE
            raise (RunBillingError if billing else RunFailedError)(run=self)
        if self.status == RunStatus.CANCELLED:
            raise RunCancelledError(run=self)
        if rules != () and self.status == RunStatus.COMPLETED:
            from tinyfish.outcomes import checked_rules, doubts  # loaded only if rules are given

            checked = checked_rules(rules)
            found = doubts(cast("Any", self).result, checked) if checked else []
            if found:
                raise RunDoubtfulError(run=self, doubts=tuple(found))
        return self
