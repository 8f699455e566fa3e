"""The wait for a research run."""

from __future__ import annotations

from typing import Final

from tinyfish_generated.models import ResearchRunDetail, ResearchRunStatus

from tinyfish._core.waiting.wait_policy import StateWait

_FINAL: Final = frozenset(
    {
        ResearchRunStatus.COMPLETED,
        ResearchRunStatus.FAILED,
        ResearchRunStatus.CANCELLED,
        ResearchRunStatus.TIMED_OUT,
    }
)


class ResearchWait(StateWait[ResearchRunDetail]):
    """The wait for one research run."""

    what = "Research run"
    methods = "research"

    def status_of(self, state: ResearchRunDetail) -> object:
        """The research run's status."""
        return state.status

    def is_final(self, state: ResearchRunDetail) -> bool:
        """Whether the research run has ended."""
        return state.status in _FINAL
