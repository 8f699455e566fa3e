"""Where the API lists the agent's runs and research runs."""

from __future__ import annotations

from typing import Any, Final

from tinyfish_generated.api.research import list_research
from tinyfish_generated.api.runs import list_runs
from tinyfish_generated.models import ResearchListResponse, ResearchRun, SortDirection
from tinyfish_generated.rules import LIST_RUNS
from tinyfish_generated.types import Request

from tinyfish._core.calls.pagination import CursorPage, following
from tinyfish._core.contract_checks import largest
from tinyfish._core.recovery.listing import Listing, PageOf
from tinyfish.models import Run, RunListResponse
from tinyfish.models.run import sent_goal

PAGE_SIZE: Final = largest(LIST_RUNS["limit"])
_MAX_GOAL_FILTER_CHARS: Final = largest(LIST_RUNS["goal"])


def _runs(page: PageOf) -> Request[RunListResponse]:
    return list_runs(
        goal=page.keys[0][:_MAX_GOAL_FILTER_CHARS] if len(set(page.keys)) == 1 else None,
        created_after=page.created_after,
        sort_direction=SortDirection.DESC,
        limit=PAGE_SIZE,
        cursor=page.cursor,
    ).into(RunListResponse)


def _research_runs(page: PageOf) -> Request[ResearchListResponse]:
    """Without the filter `query`: how the server compares it isn't documented.

    A research run that it doesn't return would be started, and paid for, again.
    """
    return list_research(
        created_after=page.created_after,
        sort_direction=SortDirection.DESC,
        limit=PAGE_SIZE,
        cursor=page.cursor,
    )


def _following(page: CursorPage[Any]) -> str | None:
    return following(page.pagination)


RUNS: Final = Listing[RunListResponse, Run](
    noun="run",
    content="goal",
    call="client.runs.list(goal=...)",
    request=_runs,
    entries=lambda page: page.data,
    following=_following,
    id_of=lambda run: run.run_id,
    key_of=sent_goal,  # a run with a key has a line more
    created=lambda run: run.created_at,
    wait="client.runs.wait",
    newest_first=True,
    verbatim=True,
)

RESEARCH_RUNS: Final = Listing[ResearchListResponse, ResearchRun](
    noun="research run",
    content="query",
    call="client.research.list()",
    request=_research_runs,
    entries=lambda page: page.data,
    following=_following,
    id_of=lambda run: run.research_run_id,
    key_of=lambda run: run.query,
    created=lambda run: run.created_at,
    wait="client.research.wait",
    newest_first=True,
)
