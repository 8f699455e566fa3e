"""A search for what an unanswered start has started is sure only if it has seen everything that can match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from clients import FakeTime
from tinyfish_generated.models import BrowserUsageResponse

from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.recovery.browser_sessions import SessionSearch
from tinyfish._core.recovery.run_listings import PAGE_SIZE, RUNS
from tinyfish._core.recovery.run_search import MAX_PAGES, StartSearch
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.errors import APITimeoutError
from tinyfish.models import RunListResponse

NOW = "2026-11-01T09:00:00Z"


def run_search(time: FakeTime) -> StartSearch[Any, Any]:
    uncertainty = Uncertainty(Failure.NO_ANSWER, Delivery(time.clock), time.seconds)
    return StartSearch(RUNS, ["g"], uncertainty, ServerClock(time.clock))


def session_search(time: FakeTime) -> SessionSearch:
    uncertainty = Uncertainty(Failure.NO_ANSWER, Delivery(time.clock), time.seconds)
    return SessionSearch(uncertainty, ServerClock(time.clock), APITimeoutError("No answer"))


def page_of_runs(number: int) -> RunListResponse:
    run = {"run_id": f"r{number}", "status": "RUNNING", "goal": "other", "created_at": NOW}
    pagination = {"total": 1000, "next_cursor": f"c{number}", "has_more": True}
    return RunListResponse.from_dict({"data": [run], "pagination": pagination})


def page_of_sessions(number: int) -> BrowserUsageResponse:
    item = {"session_id": f"s{number}", "start_time": NOW, "status": "running"}
    numbers = {"total": 1000, "limit": 100, "page": number, "total_pages": 10, "has_more": True}
    return BrowserUsageResponse.from_dict({"items": [item], **numbers})


@pytest.mark.parametrize(
    ("new", "page", "what"),
    [
        (run_search, page_of_runs, f"{MAX_PAGES} pages of runs"),
        (session_search, page_of_sessions, f"{MAX_PAGES * PAGE_SIZE} sessions"),
    ],
    ids=["runs", "sessions"],
)
def test_a_list_that_is_too_long_to_be_read_leaves_it_unsure_each_time(
    new: Callable[[FakeTime], Any], page: Callable[[int], Any], what: str
) -> None:
    search = new(FakeTime())
    for _ in range(2):
        search.begin_search()
        for number in range(1, MAX_PAGES):
            assert search.saw(page(number)) is not None
        with pytest.raises(OverflowError, match=f"more than {what} are listed"):
            search.saw(page(MAX_PAGES))
