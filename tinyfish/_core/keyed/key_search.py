"""The search for the runs of a key. All decisions, no I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from attrs import define, field, frozen
from tinyfish_generated.api.runs import list_runs
from tinyfish_generated.models import SortDirection
from tinyfish_generated.types import Request

from tinyfish._core.calls.pagination import CursorWalk, has_next_page
from tinyfish._core.keyed.reference import Reference, parse
from tinyfish._core.recovery.run_listings import PAGE_SIZE
from tinyfish.models import Run, RunListResponse
from tinyfish.models.run import sent_goal

# A run that exists is listed within this time after its request was sent.
LISTED_WITHIN_SECONDS: Final = 15.0


@frozen
class FoundRun:
    """A run of a key."""

    reference: Reference
    run: Run


@define
class KeySearch:
    """One walk through the runs of one key, on all pages. Runs of other keys that the server returns are ignored."""

    _reference: Reference
    _walk: CursorWalk[Run] = field(init=False, factory=lambda: CursorWalk[Run](lambda run: run.run_id))
    _found: list[FoundRun] = field(init=False, factory=list[FoundRun])

    def request(self) -> Request[RunListResponse]:
        """The request for the next page."""
        return list_runs(
            goal=self._reference.search_text,
            sort_direction=SortDirection.DESC,
            limit=PAGE_SIZE,
            cursor=self._walk.cursor,
        ).into(RunListResponse)

    def saw(self, page: RunListResponse) -> bool:
        """Process a page; False if it was the last.

        Raises:
            ResponseDecodeError: The list goes in circles.
        """
        for run in self._walk.new(page.data, more=has_next_page(page.pagination)):
            reference = parse(sent_goal(run))
            if reference is not None and reference.key_part == self._reference.key_part:
                self._found.append(FoundRun(reference, run))
        return self._walk.advance(page.pagination)

    @property
    def found(self) -> list[FoundRun]:
        """The runs of the key, oldest first."""
        return sorted(self._found, key=_created)


def _created(found: FoundRun) -> datetime:
    """When a run was created; the far future if the server sent no valid time."""
    moment: object = getattr(found.run, "created_at", None)  # anything that the server sent
    return moment if isinstance(moment, datetime) else datetime.max.replace(tzinfo=UTC)
