"""What can be cancelled: the agent's runs, and research runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from attrs import frozen
from tinyfish_generated.models import CancelRunResponse, ResearchCancelResponse
from tinyfish_generated.types import Request

from tinyfish._core.calls.answer_checks import stop_research_run, stop_run


class Stopped(Protocol):
    """The response to a cancellation."""

    @property
    def status(self) -> object:
        """How the run has ended."""
        ...


C = TypeVar("C", bound=Stopped)


@frozen(kw_only=True)
class RunKind(Generic[C]):
    """A kind of run.

    Attributes:
        noun: What it is, for messages.
        methods: The resource whose methods wait for it and cancel it, for messages.
        stop: Makes the request that cancels one.
    """

    noun: str
    methods: str
    stop: Callable[[str], Request[C]]


AGENT_RUN: Final = RunKind[CancelRunResponse](noun="run", methods="runs", stop=stop_run)
RESEARCH_RUN: Final = RunKind[ResearchCancelResponse](
    noun="research run", methods="research", stop=stop_research_run
)
