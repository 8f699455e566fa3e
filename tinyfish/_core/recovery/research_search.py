"""The search for the research run of an unanswered start. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from tinyfish_generated.api.research import list_research
from tinyfish_generated.models import ResearchListResponse, ResearchRun, SortDirection
from tinyfish_generated.types import Request

from tinyfish._core.recovery.run_search import PAGE_SIZE, StartSearch


class ResearchSearch(StartSearch[ResearchListResponse, ResearchRun]):
    """A search for the research run of one start: one query."""

    what = "research runs"

    def request(self, cursor: str | None = None) -> Request[ResearchListResponse]:
        """The request for the next page.

        Without the filter `query`: how the server compares it isn't documented, and a run that it doesn't return would
        be started, and paid for, again.
        """
        return list_research(
            created_after=self.window[0] if self._clock.sure else None,
            sort_direction=SortDirection.DESC,
            limit=PAGE_SIZE,
            cursor=cursor,
        )

    def saw(self, page: ResearchListResponse) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done."""
        return self._saw_entries(page.data, page.pagination)

    def id_of(self, entry: ResearchRun) -> str:
        """The research run's id."""
        return entry.research_run_id

    def goal_of(self, entry: ResearchRun) -> str:
        """The query."""
        return entry.query

    def others(self) -> list[ResearchRun]:
        """The research runs of that time whose query the server wrote in another way."""
        return [entry for entry in self._in_window() if self.goal_of(entry) not in self.goals]

    def advice(self, candidates: Sequence[ResearchRun], search_error: Exception | None) -> str:
        """What to do about the research runs, or about the search that found none or failed."""
        if candidates:
            ids = ", ".join(entry.research_run_id for entry in candidates)
            return (
                f"{ids} {'was' if len(candidates) == 1 else 'were'} created at that time. If it is yours, "
                f"client.research.wait({candidates[-1].research_run_id!r}) returns its result."
            )
        if search_error is not None:
            return "searching for it failed too. Check client.research.list() before starting it again."
        return (
            "no research run is listed for that time. It may be listed late: check client.research.list() once more "
            "before starting it again."
        )
