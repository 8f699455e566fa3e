"""The search index: the pages that the agent has read, and those that the user has added."""

import re
import sqlite3
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tinyfish.sandbox import clock
from tinyfish.sandbox.extract import Page
from tinyfish.sandbox.json_types import JsonObject

_SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS pages USING fts5 (
    url UNINDEXED, host UNINDEXED, date UNINDEXED, title, text, tokenize = 'unicode61 remove_diacritics 2'
);
"""
_WORD = re.compile(r"\w+")


class FoundPage(NamedTuple):
    """A page that a search found."""

    url: str
    host: str
    date: str
    title: str
    snippet: str

    def document(self, position: int) -> JsonObject:
        """The page as a SearchResult."""
        return {
            "position": position,
            "site_name": self.host,
            "title": self.title,
            "snippet": self.snippet,
            "url": self.url,
            "date": self.date,
        }


class SearchIndex:
    """A full-text index in the sandbox's database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._db.executescript(_SCHEMA)

    def clear(self) -> None:
        """Delete all pages."""
        self._db.execute("DELETE FROM pages")

    def add(self, page: Page, date: str | None = None) -> None:
        """Add a page, or replace it.

        Args:
            page: The page.
            date: The day it was published, as YYYY-MM-DD. Default: today.
        """
        self._db.execute("DELETE FROM pages WHERE url = ?", (page.url,))
        self._db.execute(
            "INSERT INTO pages (url, host, date, title, text) VALUES (?, ?, ?, ?, ?)",
            (
                page.url,
                urlsplit(page.url).hostname or "",
                date or clock.now()[:10],
                page.title or "",
                page.text,
            ),
        )

    def find(
        self,
        query: str,
        *,
        include_domains: list[str],
        exclude_domains: list[str],
        after_date: str | None,
        before_date: str | None,
        limit: int,
        offset: int,
    ) -> tuple[list[FoundPage], int]:
        """The pages with any of the query's words, best first, and how many there are."""
        words = " OR ".join(f'"{word}"' for word in _WORD.findall(query))
        if not words:
            return [], 0
        tests: list[tuple[str, list[Any]]] = [
            ("pages MATCH ?", [words]),
            ("(date >= ? OR ? IS NULL)", [after_date, after_date]),
            ("(date <= ? OR ? IS NULL)", [before_date, before_date]),
        ]
        if include_domains:
            tests.append(_on_domains(include_domains))
        if exclude_domains:
            excluded, names = _on_domains(exclude_domains)
            tests.append((f"NOT {excluded}", names))
        where = " AND ".join(test for test, _ in tests)
        values = [value for _, given in tests for value in given]
        # Only the fixed conditions above are part of the SQL text; every value is bound.
        total: int = self._db.execute(f"SELECT count(*) FROM pages WHERE {where}", values).fetchone()[0]  # noqa: S608
        rows = self._db.execute(
            "SELECT url, host, date, title, snippet(pages, 4, '', '', '...', 30) FROM pages"  # noqa: S608
            f" WHERE {where} ORDER BY rank LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [FoundPage(*row) for row in rows], total


def _on_domains(names: list[str]) -> tuple[str, list[Any]]:
    """The condition that a page is on one of some domains, or on a subdomain."""
    test = " OR ".join("host = ? OR host LIKE '%.' || ?" for _ in names)
    return f"({test})", [name for name in names for _ in range(2)]
