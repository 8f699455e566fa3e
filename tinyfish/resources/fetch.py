# Derived from async_fetch.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.fetch`: read web pages, without an agent."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tinyfish_generated.api import fetch as operations
from tinyfish_generated.models import (
    FetchError,
    FetchFormat,
    FetchHighlights,
    FetchResponse,
    FetchResult,
    FetchUsageItem,
    FetchUsageResponse,
    UsageStatus,
)
from tinyfish_generated.params import FetchFormatLiteral, FetchHighlightsParam, UsageStatusFilterLiteral
from tinyfish_generated.types import Request

from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import numbered_items
from tinyfish._core.calls.side_by_side import side_by_side
from tinyfish._core.checks import Moment
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.fetch_requests import (
    CALLS_AT_A_TIME,
    URLS_IN_A_CALL,
    Answer,
    checked_options,
    fetch_request,
    fetchable,
    in_order_of,
    merged,
    refusal,
    refused_urls,
    rounds,
    url_list,
)
from tinyfish._core.requests.usage_requests import usage_filters, usage_id_in
from tinyfish._core.signatures import explicit
from tinyfish.errors import APIError


class Fetch(Live):
    """`client.fetch`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def get_contents(
        self,
        urls: Iterable[str],
        *,
        purpose: str | None = None,
        format: FetchFormat | FetchFormatLiteral | None = None,
        include_html_head: bool | None = None,
        links: bool | None = None,
        image_links: bool | None = None,
        ttl: int | None = None,
        per_url_timeout_ms: int | None = None,
        if_none_match: str | None = None,
        if_modified_since: str | datetime | None = None,
        include_etag_and_last_modified: bool | None = None,
        highlights: FetchHighlights | FetchHighlightsParam | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> FetchResponse:
        """Read any number of web pages: ten per call, with several calls at once.

        Every URL has either a result or an error, in the order of the URLs. Duplicate URLs are read once. If a call
        fails, only its own pages are errors, unless all calls fail.

        Args:
            urls: The URLs of the pages, http or https.
            purpose: Why you read them, at most 2,000 characters.
            format: What a page's `text` is: `"markdown"`, `"html"`, or `"json"` for an object. Default: markdown.
            include_html_head: Whether to include the head in HTML.
            links: Whether to list the links of the pages. Default: False.
            image_links: Whether to list the images of the pages. Default: False.
            ttl: How old a stored copy of a page can be, in seconds; 0 always reads the page. Default: any age.
            per_url_timeout_ms: The time limit of each page in milliseconds, 1 to 110000.
            if_none_match: Read the page only if its ETag differs from this one; otherwise the result is `not_modified`.
                Only for a single URL.
            if_modified_since: Read the page only if it was changed after this time: a datetime, or an HTTP date such
                as a result's `last_modified`. Only for a single URL.
            include_etag_and_last_modified: Whether to return `etag` and `last_modified`. Default: False.
            highlights: Which parts of the pages to return; only for markdown. The account needs the feature.
            timeout: The limit of each call in seconds, at least 150; None for no limit. Default: the client's.
            max_retries: How often each call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            APIError: The call failed; if there were several, all of them.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     response = client.fetch.get_contents(["https://example.com/news/"])
            ...     print([page.title for page in response.results], response.errors)
        """
        options = checked_options(locals())
        call_options = self._executor.options(timeout, max_retries)
        return self._fetch(url_list(urls, options), options, call_options)

    @explicit()
    def iter_contents(
        self,
        urls: Iterable[str],
        *,
        purpose: str | None = None,
        format: FetchFormat | FetchFormatLiteral | None = None,
        include_html_head: bool | None = None,
        links: bool | None = None,
        image_links: bool | None = None,
        ttl: int | None = None,
        per_url_timeout_ms: int | None = None,
        include_etag_and_last_modified: bool | None = None,
        highlights: FetchHighlights | FetchHighlightsParam | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[FetchResult | FetchError]:
        """Iterate over many pages, in the order of their URLs; they are read as needed, up to 80 at a time.

        Args:
            urls: The URLs of the pages, http or https; can be an endless generator.
            purpose: Why you read them, at most 2,000 characters.
            format: What a page's `text` is: `"markdown"`, `"html"`, or `"json"` for an object. Default: markdown.
            include_html_head: Whether to include the head in HTML.
            links: Whether to list the links of the pages. Default: False.
            image_links: Whether to list the images of the pages. Default: False.
            ttl: How old a stored copy of a page can be, in seconds; 0 always reads the page. Default: any age.
            per_url_timeout_ms: The time limit of each page in milliseconds, 1 to 110000.
            include_etag_and_last_modified: Whether to return `etag` and `last_modified`. Default: False.
            highlights: Which parts of the pages to return; only for markdown. The account needs the feature.
            timeout: The limit of each call in seconds, at least 150; None for no limit. Default: the client's.
            max_retries: How often each call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; raised immediately.
            TypeError: An argument has the wrong type.
            APIError: All calls for the next pages failed.

        Example:
            >>> from tinyfish import FetchError, TinyFish
            >>> with TinyFish() as client:
            ...     for page in client.fetch.iter_contents(["https://example.com/", "nonsense"]):
            ...         print(page.error if isinstance(page, FetchError) else page.title)
        """
        options = checked_options(locals())
        call_options = self._executor.options(timeout, max_retries)
        parts = rounds(urls)

        def pages() -> Generator[FetchResult | FetchError]:
            for some in parts:
                response = self._fetch(some, options, call_options)
                found: list[FetchResult | FetchError] = [*response.results, *response.errors]
                yield from in_order_of(some, found)

        return Items(pages())

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
    ) -> FetchUsageResponse:
        """Get one page of the list of read pages; `iter_usage` returns all of them.

        Args:
            start_after: Only those read after this time: a datetime, a date (midnight UTC) or an ISO 8601 string.
                Without a time zone it's UTC.
            end_before: Only those read before this time.
            status: Only those with this outcome, `"completed"` or `"failed"`.
            limit: The number of entries per page, 1 to 1000. Default: 100.
            page: The page's number, starting at 1. Default: 1.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.fetch.usage(status="failed").total)
        """
        request = operations.list_fetch_usage(**usage_filters(locals()))
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
    ) -> Items[FetchUsageItem]:
        """Iterate over the list of read pages; the list is requested as needed.

        Args:
            start_after: Only those read after this time: a datetime, a date (midnight UTC) or an ISO 8601 string.
                Without a time zone it's UTC.
            end_before: Only those read before this time.
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
            ...     for entry in client.fetch.iter_usage(start_after="2026-01-01"):
            ...         print(entry.url, entry.status, entry.latency_ms)
        """
        filters = {**locals(), "limit": page_size}
        options = self._executor.options(timeout, max_retries)

        def request(page: int) -> Request[FetchUsageResponse]:
            return operations.list_fetch_usage(**usage_filters({**filters, "page": page}))

        request(1)
        items = numbered_items(lambda page: self._executor.send(request(page), options), usage_id_in)
        return Items(items)

    def _fetch(
        self, urls: Sequence[str], options: dict[str, Any], call_options: CallOptions
    ) -> FetchResponse:
        """Read pages, ten per call."""
        executor = self._executor.closable()
        parts = list(chunks(fetchable(urls), URLS_IN_A_CALL))
        jobs = [partial(_answer, executor, part, options, call_options) for part in parts]
        answers = side_by_side(jobs, CALLS_AT_A_TIME, executor.closing.close)
        return merged(urls, [part for answer in answers for part in answer])


def _answer(
    executor: Executor, urls: list[str], options: dict[str, Any], call_options: CallOptions
) -> list[tuple[list[str], Answer]]:
    """Read up to ten pages in one call; in two calls, if the first was rejected because of some of them."""
    try:
        response = executor.send(fetch_request(urls, options), call_options)
    except APIError as error:
        refused = refused_urls(error, urls)
        others = [url for url in urls if url not in refused]
        if not refused:
            return [(urls, error)]
        answers: list[tuple[list[str], Answer]] = [(refused, refusal(refused, error))]
        return [*answers, *_answer(executor, others, options, call_options)] if others else answers
    return [(urls, response)]
