"""The models that do more than hold data; all others are the generated ones as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final, Protocol, Self, TypeVar

import tinyfish_generated.models as generated
from attrs import define
from tinyfish_generated.models import PaginationInfo, RunError, RunErrorCategory, RunStatus
from tinyfish_generated.types import Model, decode_each

from tinyfish.errors import RunBillingError, RunCancelledError, RunFailedError

TERMINAL_STATUSES: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


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


class Outcome:
    """How a run ended: shared by everything that tells it."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    @property
    def ok(self: EndedRun) -> bool:
        """Whether the run completed. That says that the agent finished, not that the goal was met."""
        return self.status == RunStatus.COMPLETED

    def raise_for_outcome(self: E) -> E:
        """Return this, unless the run failed or was cancelled.

        Raises:
            RunFailedError: The run failed; `RunBillingError` if for want of credits.
            RunCancelledError: The run was cancelled.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     headlines = client.agent.run(
            ...         goal="Extract the headlines", url="https://example.com"
            ...     ).raise_for_outcome().result
        """
        if self.status == RunStatus.FAILED:
            billing = self.error is not None and self.error.category == RunErrorCategory.BILLING_FAILURE
            raise (RunBillingError if billing else RunFailedError)(run=self)
        if self.status == RunStatus.CANCELLED:
            raise RunCancelledError(run=self)
        return self


@define(frozen=True, kw_only=True, eq=False, repr=False)
class AgentRunResponse(generated.AgentRunResponse, Outcome):
    """A run that was waited for.

    Attributes:
        adopted: The answer to the start was lost, and the run was found again by its goal and moment.
    """

    adopted: bool = False


@define(frozen=True, kw_only=True, eq=False, repr=False)
class AgentRunAsyncResponse(generated.AgentRunAsyncResponse):
    """A run that was started.

    Attributes:
        adopted: The answer to the start was lost, and the run was found again by its goal and moment.
    """

    adopted: bool = False


@define(frozen=True, kw_only=True, eq=False, repr=False)
class AgentRunBatchResponse(generated.AgentRunBatchResponse):
    """Runs that were started together.

    Attributes:
        adopted: An answer was lost, and its runs were found again by their goals and moment.
    """

    adopted: bool = False


@define(frozen=True, kw_only=True, eq=False, repr=False)
class Run(generated.Run, Outcome):
    """All that is known about one run."""

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, well or not."""
        return self.status in TERMINAL_STATUSES


@define(frozen=True, kw_only=True, eq=False, repr=False)
class RunListResponse(Model):
    """One page of runs.

    Attributes:
        data: The runs, in the order asked for.
        pagination: How many there are in all, and how to go on.
    """

    _names = generated.RunListResponse._names
    _required = generated.RunListResponse._required
    _known = generated.RunListResponse._known

    data: list[Run]
    pagination: PaginationInfo

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            data=decode_each(Run.decode, get("data")),
            pagination=PaginationInfo.decode(get("pagination")),
            extra_fields=extra_fields,
        )


@define(frozen=True, kw_only=True, eq=False, repr=False)
class RunsBatchResponse(Model):
    """Runs that were asked for by id.

    Attributes:
        data: The runs that were found, in the order asked for.
        not_found: The ids of which there is no run, in the order asked for; None if all were found.
    """

    _names = generated.RunsBatchResponse._names
    _required = generated.RunsBatchResponse._required
    _known = generated.RunsBatchResponse._known

    data: list[Run]
    not_found: list[str] | None = None

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            data=decode_each(Run.decode, get("data")),
            not_found=get("not_found"),
            extra_fields=extra_fields,
        )


@define(frozen=True, kw_only=True, eq=False, repr=False)
class CompleteEvent(generated.CompleteEvent, Outcome):
    """The run has ended. The last event of every stream.

    Attributes:
        recovered: The stream broke off; this is what the run itself says.
    """

    recovered: bool = False

    @property
    def result(self) -> dict[str, Any] | None:
        """The same as `result_json`: the name that runs have for it."""
        return self.result_json
