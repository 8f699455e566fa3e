"""What is asked of everything that starts a run, or tells how one ended."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

from tinyfish_generated.models import RunError, RunErrorCategory, RunStatus

from tinyfish.errors import RunBillingError, RunCancelledError, RunDoubtfulError, RunFailedError, SDKError
from tinyfish.models.wanted import Wanted

if TYPE_CHECKING:
    from tinyfish.outcomes import Rule
    from tinyfish.typed import Reading, Repair

TERMINAL_STATUSES: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


def has_ended(status: object) -> bool:
    """Whether a status, which may be whatever a server sent, says that a run has ended."""
    return isinstance(status, str) and status in TERMINAL_STATUSES


class EndedRun(Protocol):
    """What tells how a run ended: a run, a response, a `CompleteEvent`."""

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
    # A type variable with a default (PEP 696), which Python itself knows from 3.13 on: a response that was
    # not asked for as a type has the JSON object as its value.
    from typing_extensions import TypeVar as TypeVarWithDefault

    V = TypeVarWithDefault("V", covariant=True, default=dict[str, Any] | None)
else:
    V = TypeVar("V", covariant=True)


class Typed(Generic[V]):
    """What was started, or has ended, with a type for its result."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    @property
    def wanted(self) -> Wanted[V] | None:
        """The type that the result is wanted as, for those who wait for it; None if none was asked for."""
        return cast("Wanted[V] | None", cast("Any", self)._wanted)  # a field of the models that inherit this


M = TypeVar("M", bound=Typed[Any])


def with_wanted(model: M, wanted: Wanted[Any] | None) -> M:
    """The same with a type for its result. Cheap: `attrs.evolve` would decode every field of the model."""
    if wanted is None:
        return model
    typed = copy.copy(model)
    typed.__dict__["_wanted"] = wanted
    typed.__dict__.pop("_reading", None)
    return typed


class Outcome(Typed[V]):
    """How a run ended: shared by everything that tells it."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    @property
    def value(self) -> V:
        """The result as the type that was asked for with `returns=`; without that, the result as it is.

        Raises:
            ResultMismatchError: It cannot be read as that type. The result itself is in `result`.
            RunFailedError: The run failed, and a type was asked for.
            RunCancelledError: The run was cancelled, and a type was asked for.
        """
        reading = self._read()
        return cast("V", cast("Any", self).result if reading is None else reading.value)

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What was put right to read the result as the type that was asked for; see `value`."""
        reading = self._read()
        return () if reading is None else reading.repairs

    def _read(self) -> Reading[Any] | None:
        ended = cast("Any", self)  # the fields are those of the models that inherit this
        wanted = self.wanted
        if wanted is None:
            return None
        if not has_ended(ended.status):
            raise SDKError(f"Run {ended.run_id} has no result yet: it is {ended.status}.")
        ended.raise_for_outcome()
        if ended._reading is None:
            # Frozen towards people; this is a cache, so that a value keeps its identity.
            object.__setattr__(self, "_reading", wanted.read(ended.result, run=self))
        return cast("Reading[Any]", ended._reading)

    @property
    def ok(self: EndedRun) -> bool:
        """Whether the run completed. That says that the agent finished, not that the goal was met."""
        return self.status == RunStatus.COMPLETED

    def raise_for_outcome(self: E, *, rules: Iterable[Rule] = ()) -> E:
        """Return this, unless the run failed or was cancelled.

        Args:
            rules: Also doubt the result of a completed run by these, such as `tinyfish.outcomes.DEFAULT_RULES`.
                Default: COMPLETED is taken for success.

        Raises:
            RunFailedError: The run failed; `RunBillingError` if for want of credits.
            RunCancelledError: The run was cancelled.
            RunDoubtfulError: By the rules given, the result is empty or tells of a failure.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     headlines = client.agent.run(
            ...         goal="Extract the headlines", url="https://example.com"
            ...     ).raise_for_outcome().result
        """
        if self.status == RunStatus.FAILED:
            # The error is whatever the server sent, a plain text too.
            billing = getattr(self.error, "category", None) == RunErrorCategory.BILLING_FAILURE
            raise (RunBillingError if billing else RunFailedError)(run=self)
        if self.status == RunStatus.CANCELLED:
            raise RunCancelledError(run=self)
        rules = tuple(rules)
        if rules and self.status == RunStatus.COMPLETED:
            from tinyfish.outcomes import doubts  # only ever loaded for those who want results read

            found = doubts(cast("Any", self).result, rules)
            if found:
                raise RunDoubtfulError(run=self, doubts=tuple(found))
        return self
