"""Searches: of the pages that the sandbox knows, unless a rule says what they find."""

from urllib.parse import urlsplit

from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.rules import Rules
from tinyfish.sandbox.search_index import SearchIndex


class Searcher:
    """Searches.

    Args:
        index: The pages that are searched.
        rules: The rules that replace searching.
    """

    def __init__(self, index: SearchIndex, rules: Rules) -> None:
        self._index = index
        self._rules = rules

    async def search(
        self,
        query: str,
        *,
        include_domains: list[str],
        exclude_domains: list[str],
        after_date: str | None,
        before_date: str | None,
        limit: int,
        offset: int,
    ) -> tuple[list[JsonObject], int]:
        """One page of results, and how many there are in all.

        Raises:
            ApiError: A rule refuses the search.
        """
        rule = self._rules.take("search", query=query)
        scripted: list[JsonObject] | None = None if rule is None else await rule.answer("results")
        if scripted is not None:
            return scripted_results(scripted)[offset : offset + limit], len(scripted)
        found, total = self._index.find(
            query,
            include_domains=include_domains,
            exclude_domains=exclude_domains,
            after_date=after_date,
            before_date=before_date,
            limit=limit,
            offset=offset,
        )
        return [page.document(position) for position, page in enumerate(found, offset + 1)], total


def scripted_results(scripted: list[JsonObject]) -> list[JsonObject]:
    """The results that a rule defines; what it leaves out is filled."""
    return [
        {"position": position, "site_name": _site(one["url"]), "title": one["url"], "snippet": "", **one}
        for position, one in enumerate(scripted, 1)
    ]


def _site(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
