"""Models as the rows of tables: a column for each field, and the type that the contract gives it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import attrs
from tinyfish_generated import models as generated
from tinyfish_generated.tabular import Tabular
from tinyfish_generated.types import Model

from tinyfish.tables import Kind, Kinds, Rows
from tinyfish.tables import flatten as flattened

_KINDS: Final[Mapping[str, Kind]] = {
    "bool": "boolean",
    "int": "integer",
    "float": "float",
    "Decimal": "float",
    "datetime": "datetime",
    "str": "text",
}


@attrs.frozen
class Collected(Tabular):
    """Entries that were collected, such as those of an async iterator."""

    entries: list[object]

    def _table_entries(self) -> list[object]:
        return self.entries


def table(entries: Iterable[object], model: type[Model] | None, *, flatten: bool) -> tuple[Rows, Kinds]:
    """The rows of entries, and the kinds of their columns.

    Args:
        entries: The entries, usually models.
        model: Their class, if it's known without them.
        flatten: Whether the members of objects are columns.
    """
    known = list(entries)
    first = next((type(entry) for entry in known if isinstance(entry, Model)), model)
    kinds = {} if first is None else _kinds(first)
    rows = map(row, known)
    if not flatten:
        return rows, kinds
    return flattened(rows), {name: kind for name, kind in kinds.items() if kind != "json"}


def row(entry: object) -> dict[str, object]:
    """The columns of an entry: its fields, `duration` in seconds, and what the contract doesn't know."""
    if not isinstance(entry, Model):
        return document(entry)
    names = entry._names  # pyright: ignore[reportPrivateUsage]
    cells: dict[str, object] = {name: getattr(entry, name) for name in names}
    if hasattr(entry, "duration"):
        cells["duration"] = cast("Any", entry).duration
    return (
        {**entry.extra_fields, **cells}
        if entry.extra_fields.keys() & cells
        else {**cells, **entry.extra_fields}
    )


def documents(entries: Iterable[object]) -> Iterator[dict[str, object]]:
    """The entries as JSON objects."""
    return map(document, entries)


def document(entry: object) -> dict[str, object]:
    """An entry as a JSON object: a model's is the API's, and an object of a user's class has its fields."""
    if isinstance(entry, Model):
        return entry.to_dict()
    if isinstance(entry, Mapping):
        return {str(name): value for name, value in cast("Mapping[object, object]", entry).items()}
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return dataclasses.asdict(entry)
    if attrs.has(type(entry)):
        return attrs.asdict(cast("Any", entry))
    dump = getattr(entry, "model_dump", None)  # pydantic's
    return cast("dict[str, object]", dump()) if callable(dump) else {"value": entry}


def _kinds(model: type[Model]) -> dict[str, Kind]:
    names = model._names  # pyright: ignore[reportPrivateUsage]
    kinds: dict[str, Kind] = {a.name: _kind(str(a.type)) for a in attrs.fields(model) if a.name in names}
    if hasattr(model, "duration") and "duration" not in names:
        kinds["duration"] = "float"
    return kinds


def _kind(annotation: str) -> Kind:
    """What a column of a field of that type has; objects and lists are JSON."""
    name = annotation.removesuffix(" | None")
    found = getattr(generated, name, None)
    is_object = isinstance(found, type) and issubclass(found, Model)
    return "json" if is_object or name.startswith(("dict[", "list[")) else _KINDS.get(name, "text")
