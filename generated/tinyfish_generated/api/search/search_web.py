# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.search_domain_type import SearchDomainType
    from ...models.search_query_response import SearchQueryResponse


def search_web(
    *,
    query: str,
    purpose: str | None = None,
    location: str | None = None,
    language: str | None = None,
    include_domains: str | None = None,
    exclude_domains: str | None = None,
    after_date: str | None = None,
    before_date: str | None = None,
    recency_minutes: int | None = None,
    domain_type: SearchDomainType | None = None,
    pub_year_min: str | None = None,
    pub_year_max: str | None = None,
    page: int | None = None,
) -> Request[SearchQueryResponse]:
    """Search the web.

    Searches the web and returns a page of results. A search uses no credits. The search host,
    https://api.search.tinyfish.ai, has this as `GET /`.

    Args:
        query: What to search for.
        purpose: Why you search, in at most 2,000 characters; it improves the results.
        location: The country to search from, a two-letter code; US if left out.
        language: The language of the results, a two-letter code; en if left out.
        include_domains: Only results of these domains, separated by commas.
        exclude_domains: No results of these domains, separated by commas.
        after_date: Only results from this day on, as YYYY-MM-DD. Not with `research_paper`.
        before_date: Only results up to this day, as YYYY-MM-DD. Not with `research_paper`.
        recency_minutes: Only results of the last minutes, from 1 to 5256000. Not together with dates, or with
            `research_paper`.
        domain_type: What to search, `web`, `news` or `research_paper`; `web` if left out.
        pub_year_min: Only papers from this year on, in four digits. Only with `research_paper`.
        pub_year_max: Only papers up to this year, in four digits. Only with `research_paper`.
        page: Which page of results, from 0 to 10; the first, 0, if left out.
    """
    return Request(
        operation_id="searchWeb",
        tag="search",
        safe_to_repeat=True,
        method="GET",
        path="/v1/search",
        query=encode_query(
            {
                "query": query,
                "purpose": purpose,
                "location": location,
                "language": language,
                "include_domains": include_domains,
                "exclude_domains": exclude_domains,
                "after_date": after_date,
                "before_date": before_date,
                "recency_minutes": recency_minutes,
                "domain_type": domain_type,
                "pub_year_min": pub_year_min,
                "pub_year_max": pub_year_max,
                "page": page,
            }
        ),
        decode=models.SearchQueryResponse.decode_document,
    )
