"""The names on a page, and the values under them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Self

from tinyfish.sandbox.extract import Page
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

_NOT_IN_NAMES = re.compile(r"[\W_]+")


def normal(name: str) -> str:
    """A normalized name: "inStock", "in_stock" and "In stock" are the same."""
    return _NOT_IN_NAMES.sub("", name).casefold()


def singular(name: str) -> str:
    """The singular of a normalized name."""
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


class Scope:
    """A scope for looking up names: a whole page, or one of its records, such as a table row."""

    def __init__(self) -> None:
        self._values: dict[str, list[Any]] = {}
        self._records: list[tuple[str, list[Scope]]] = []

    @classmethod
    def of_page(cls, page: Page) -> Self:
        """All names of a page, the most reliable sources first."""
        scope = cls()
        for item in page.json_ld:
            scope._add_object(item)
        for name, value in page.open_graph.items():
            scope._add(name, value)
        for table in page.tables:
            scope._add_table(table)
        for heading in page.sections:
            scope._add(heading["text"], heading["body"])
        facts: dict[str, str | None] = {
            "title": page.title,
            "description": page.description,
            "url": page.url,
            "language": page.language,
        }
        for name, fact in facts.items():
            scope._add(name, fact)
        texts = [heading["text"] for heading in page.headings]
        scope._add("headings", texts)
        scope._add("headlines", texts)
        scope._add("links", [link["url"] for link in page.links])
        scope._records.append(("", [cls.of_object(item) for item in page.json_ld]))
        scope._records.append(("links", [cls.of_object(link) for link in page.links]))
        return scope

    def find(self, name: str) -> list[Any]:
        """The values under a name, the most reliable first."""
        return self._values.get(normal(name), [])

    def find_many(self, name: str) -> list[Any]:
        """The values under a name, or under its singular."""
        return self.find(name) or self._values.get(singular(normal(name)), [])

    def records(self, name: str, fields: Iterable[str]) -> list["Scope"]:
        """The records with most of the fields; those under the name itself come first."""
        wanted = [normal(field) for field in fields]

        def knows(group: tuple[str, list[Scope]]) -> tuple[int, bool, int]:
            own, records = group
            known = max((sum(field in record._values for field in wanted) for record in records), default=0)
            return known, own in {normal(name), singular(normal(name))}, len(records)

        if not self._records:
            return []
        _, best = max(self._records, key=knows)
        return [record for record in best if any(field in record._values for field in wanted)]

    @classmethod
    def of_object(cls, item: JsonObject) -> Self:
        """All names of one object."""
        scope = cls()
        scope._add_object(item)
        return scope

    def _add(self, name: str, value: Any) -> None:
        key = normal(name)
        if key and value is not None:
            self._values.setdefault(key, []).append(value)

    def _add_object(self, item: JsonObject) -> None:
        """An object's own names, then those of the objects inside it."""
        waiting = [item]
        while waiting:
            current = waiting.pop(0)
            for name, value in current.items():
                self._add(name, value)
                if is_object(value):
                    waiting.append(value)
                elif is_array(value) and (inner := [entry for entry in value if is_object(entry)]):
                    self._records.append((normal(name), [Scope.of_object(entry) for entry in inner]))

    def _add_table(self, table: JsonObject) -> None:
        columns: list[str] = table["columns"]
        rows: list[list[str]] = table["rows"]
        if {len(row) for row in rows} == {2}:
            for name, value in rows:
                self._add(name, value)
        for number, column in enumerate(columns):
            self._add(column, [row[number] for row in rows if number < len(row)])
        records = [Scope.of_object(row) for row in _as_objects(columns, rows)]
        self._records.append((normal(table["caption"] or ""), records))


def _as_objects(columns: list[str], rows: list[list[str]]) -> Iterator[JsonObject]:
    for row in rows:
        yield dict(zip(columns, row, strict=False))
