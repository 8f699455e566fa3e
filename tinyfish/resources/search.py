# Derived from async_search.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.search`: search the web."""

from __future__ import annotations

from collections.abc import Generator

from tinyfish_generated.api import search as operations
from tinyfish_generated.models import (
    SearchDomainType,
    SearchQueryResponse,
    SearchResult,
    SearchUsageItem,
    SearchUsageResponse,
    UsageStatus,
)
from tinyfish_generated.params import SearchDomainTypeLiteral, UsageStatusFilterLiteral
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import numbered_items
from tinyfish._core.calls.pagination import Walk
from tinyfish._core.checks import Moment
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.search_requests import LAST_PAGE, Day, Domains, search_request, url_of
from tinyfish._core.requests.usage_requests import usage_filters, usage_id_in
from tinyfish._core.signatures import explicit


class Search(Live):
    """Web search; available as `client.search`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def query(
        self,
        query: str,
        *,
        purpose: str | None = None,
        location: str | None = None,
        language: str | None = None,
        include_domains: Domains | None = None,
        exclude_domains: Domains | None = None,
        after_date: Day | None = None,
        before_date: Day | None = None,
        recency_minutes: int | None = None,
        domain_type: SearchDomainType | SearchDomainTypeLiteral | None = None,
        pub_year_min: int | None = None,
        pub_year_max: int | None = None,
        page: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> SearchQueryResponse:
        """Search the web, and return one page of results; `iter` returns the results of all pages.

        A search uses no credits (search API reference).

        Args:
            query: What to search for.
            purpose: What the search is for, in at most 2,000 characters; it improves the results.
            location: The country to search from, a two-letter code such as `"DE"`. Default: `"US"`.
            language: The language of the results, a two-letter code such as `"de"`. Default: `"en"`.
            include_domains: Only results from these domains: a list, or a string with commas.
            exclude_domains: No results from these domains.
            after_date: Only results from this day on: a date or a string such as `"2026-01-31"`.
            before_date: Only results up to this day.
            recency_minutes: Only results of that many last minutes, 1 to 5,256,000. Can't be combined with dates.
            domain_type: What to search: `"web"`, `"news"` or `"research_paper"`. Default: `"web"`. Papers have no date
                filters.
            pub_year_min: Only papers from this year on.
            pub_year_max: Only papers up to this year.
            page: The page of results, 0 to 10. Default: 0.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject, or two of them can't be combined.
            TypeError: An argument has the wrong type.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for result in client.search.query("tide tables").results:
            ...         print(result.title, result.url)
        """
        return self._executor.send(search_request(locals()), self._executor.options(timeout, max_retries))

    @explicit()
    def iter(
        self,
        query: str,
        *,
        limit: int | None = None,
        purpose: str | None = None,
        location: str | None = None,
        language: str | None = None,
        include_domains: Domains | None = None,
        exclude_domains: Domains | None = None,
        after_date: Day | None = None,
        before_date: Day | None = None,
        recency_minutes: int | None = None,
        domain_type: SearchDomainType | SearchDomainTypeLiteral | None = None,
        pub_year_min: int | None = None,
        pub_year_max: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[SearchResult]:
        """Iterate over the results of pages 0 to 10, requested as needed. Each URL is returned once.

        Args:
            query: What to search for.
            limit: The maximum number of results. Default: all.
            purpose: What the search is for, in at most 2,000 characters; it improves the results.
            location: The country to search from, a two-letter code such as `"DE"`. Default: `"US"`.
            language: The language of the results, a two-letter code such as `"de"`. Default: `"en"`.
            include_domains: Only results from these domains: a list, or a string with commas.
            exclude_domains: No results from these domains.
            after_date: Only results from this day on: a date or a string such as `"2026-01-31"`.
            before_date: Only results up to this day.
            recency_minutes: Only results of that many last minutes, 1 to 5,256,000. Can't be combined with dates.
            domain_type: What to search: `"web"`, `"news"` or `"research_paper"`. Default: `"web"`. Papers have no date
                filters.
            pub_year_min: Only papers from this year on.
            pub_year_max: Only papers up to this year.
            timeout: The limit of the call for each page in seconds; None for no limit. Default: the client's.
            max_retries: How often the call for a page can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; raised immediately, before the first page.
            TypeError: An argument has the wrong type.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for result in client.search.iter("tide tables", limit=25):
            ...         print(result.position, result.url)
        """
        given = locals()
        options = self._executor.options(timeout, max_retries)
        left = None if limit is None else checks.integer(1)("limit", limit)

        def items() -> Generator[SearchResult]:
            walk, count = Walk[SearchResult](url_of), 0
            for page in range(LAST_PAGE + 1):
                answer = self._executor.send(search_request({**given, "page": page}), options)
                new = list(walk.new(answer.results, more=False))
                for result in new:
                    yield result
                    count += 1
                    if count == left:
                        return
                if not new:  # the last page was the one before
                    return

        search_request({**given, "page": 0})
        return Items(items())

    @explicit()
    def usage(
        self,
        *,
        start_after: Moment | None = None,
        end_before: Moment | None = None,
        status: UsageStatus | UsageStatusFilterLiteral | None = None,
        limit: int | None = None,
        page: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> SearchUsageResponse:
        """Get one page of the list of past searches; `iter_usage` returns all of them.

        Args:
            start_after: Only those made after this time: a datetime, a date (midnight UTC) or an ISO 8601 string.
                Without a time zone it's UTC.
            end_before: Only those made before this time.
            status: Only those with this outcome, `"completed"` or `"failed"`.
            limit: The number of entries per page, 1 to 1000. Default: 100.
            page: The page's number, from 1. Default: 1.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.search.usage(status="failed").total)
        """
        request = operations.list_search_usage(**usage_filters(locals()))
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def iter_usage(
        self,
        *,
        start_after: Moment | None = None,
        end_before: Moment | None = None,
        status: UsageStatus | UsageStatusFilterLiteral | None = None,
        page_size: int = 100,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[SearchUsageItem]:
        """Iterate over all searches that were made; the list is requested as needed.

        Args:
            start_after: Only those made after this time: a datetime, a date (midnight UTC) or an ISO 8601 string.
                Without a time zone it's UTC.
            end_before: Only those made before this time.
            status: Only those with this outcome, `"completed"` or `"failed"`.
            page_size: How many entries to request at a time, 1 to 1000. Default: 100.
            timeout: The limit of the call for each page in seconds; None for no limit. Default: the client's.
            max_retries: How often the call for a page can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject; raised immediately.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for entry in client.search.iter_usage(start_after="2026-01-01"):
            ...         print(entry.query, entry.result_count)
        """
        filters = {**locals(), "limit": page_size}
        options = self._executor.options(timeout, max_retries)

        def request(page: int) -> Request[SearchUsageResponse]:
            return operations.list_search_usage(**usage_filters({**filters, "page": page}))

        request(1)
        items = numbered_items(lambda page: self._executor.send(request(page), options), usage_id_in)
        return Items(items)
