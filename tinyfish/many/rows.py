"""Outcomes as rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, cast

from tinyfish.many.key_text import plain_key, text_of
from tinyfish.many.outcome import RunOutcome

# The outcome's own columns: one before those of its value, the others after them.
KEY: Final = "key"
OTHERS: Final = ("error", "status", "run_id", "num_of_steps", "from_ledger", "from_cache")
RESULT: Final = "result"

_SCALARS: Final = (bool, int, float, str)


def row_of(key: object, outcome: RunOutcome[Any]) -> dict[str, Any]:
    """The row of an outcome: its key, the members of its value, and how it ended.

    A member with the name of another column is `result.<name>`. A value without members is `result`.
    """
    run, error = outcome.run, outcome.error
    return {
        KEY: plain_key(key),
        **_members(outcome),
        "error": None if error is None else f"{type(error).__name__}: {text_of(error)}",
        "status": None if run is None else str(run.status),
        "run_id": outcome.run_id,
        "num_of_steps": outcome.num_of_steps,
        "from_ledger": outcome.from_ledger,
        "from_cache": outcome.from_cache,
    }


def in_order(names: Iterable[str]) -> list[str]:
    """The columns of a table, in the order of `row_of`, whichever row had them first."""
    return [KEY, *dict.fromkeys(name for name in names if name != KEY and name not in OTHERS), *OTHERS]


def _members(outcome: RunOutcome[Any]) -> dict[str, Any]:
    try:
        value = plain(outcome.value)
    except Exception:  # noqa: BLE001 - the column `error` says so
        return {}
    if not isinstance(value, dict):
        return {} if value is None else {RESULT: value}
    members = cast("dict[str, Any]", value)
    taken = (KEY, *OTHERS)
    return {f"{RESULT}.{name}" if name in taken else name: member for name, member in members.items()}


def plain(value: Any) -> Any:
    """A value of a type that `returns=` can have, as dicts, lists and scalars. Nothing of the class is called."""
    names = _field_names(type(value))
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {str(name): plain(member) for name, member in members.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(member) for member in cast("Iterable[object]", value)]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """A value without members as one that any process can read again: nothing of a class that a function defines."""
    if isinstance(value, Enum):
        return plain(value.value)
    for kind in _SCALARS:
        if isinstance(value, kind):
            return value if type(value).__module__ == kind.__module__ else kind(value)
    return value if value is None or isinstance(value, Decimal | date | time | timedelta) else str(value)


def _field_names(kind: Any) -> list[str] | None:
    """The fields of a class: attrs, a dataclass, pydantic, msgspec, a NamedTuple."""
    if hasattr(kind, "__attrs_attrs__"):
        return [field.name for field in kind.__attrs_attrs__]
    for names in ("__dataclass_fields__", "model_fields", "__struct_fields__", "_fields"):
        if hasattr(kind, names):
            return list(getattr(kind, names))
    return None
