"""Reading lists, and objects whose keys are data."""

from __future__ import annotations

from typing import Any

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.errors import Problem
from tinyfish.typed.keys import denies, knows
from tinyfish.typed.repairs import Repair, inside
from tinyfish.typed.schema import KEY, VALUE
from tinyfish.typed.shapes import Anything, Listing, Shape, Table, class_names, keys_of, takes
from tinyfish.typed.values import at, is_list, is_object, kind_of, shown


def read_list(attempt: Attempt, shape: Listing, raw: Any, path: str) -> Any:
    """Read a list, also from an object or a string that contains one."""
    if is_list(raw):
        return attempt.built(shape.build, path, lambda: _items(attempt, shape.item, raw, path))
    if not attempt.strict and isinstance(raw, str):
        return attempt.from_text(shape, raw, path, ("list", "object"))
    if not attempt.strict and is_object(raw):
        return _list_from_object(attempt, shape, raw, path)
    return attempt.mismatch(shape, raw, path)


def _items(attempt: Attempt, item: Shape, raw: list[Any], path: str) -> list[Any]:
    """Read a list's items. Bad items are skipped if the caller wants that."""
    good: list[Any] = []
    problems: list[Problem] = []
    skipped: list[str] = []
    for index, each in enumerate(raw):
        where = f"{path}[{index}]"
        trial = attempt.like()
        value = trial.read(item, each, where)
        if trial.problems:
            problems += trial.problems
            skipped.append(where)
            continue
        good.append(value)
        attempt.adopt(trial)
    if problems and good and attempt.rules.on_bad_item == "skip":
        for where in skipped:
            attempt.repaired(where, "bad-item-skipped")
    elif problems:
        attempt.problems += problems
        attempt.good = good
    return good


def _list_from_object(attempt: Attempt, shape: Listing, raw: dict[str, Any], path: str) -> Any:
    """Read an object's only list, or the object as the only item. Never guesses."""
    item_keys = keys_of(shape.item)
    attempts: list[tuple[Attempt, Any]] = []
    if (found := inside(raw, item_keys or frozenset(), "list", class_names(shape))) is not None:
        trial, value = attempt.tried(shape, found[0], path + at(*found[1]), strict=False)
        trial.repairs.insert(0, Repair(path, "wrapping-key"))
        attempts.append((trial, value))
        if item_keys is None and not trial.problems:  # any object could be an item, so use the list
            attempt.adopt(trial)
            return value
    if takes(shape.item, "object") and (item_keys is None or knows(item_keys, raw)):
        trial, value = attempt.tried(shape, [raw], path, strict=False)
        trial.repairs.insert(0, Repair(path, "object-for-list"))
        attempts.append((trial, value))
    fitting = [each for each in attempts if not each[0].problems] or attempts[:1]
    if len(fitting) != 1:
        return attempt.mismatch(shape, raw, path)
    trial, value = fitting[0]
    attempt.adopt(trial)
    return value


def read_table(attempt: Attempt, shape: Table, raw: Any, path: str) -> Any:
    """Read an object whose keys are data, also from the list of entries that its schema requested."""
    if is_list(raw) and all(_is_entry(each) for each in raw):
        return _table_of_entries(attempt, shape, raw, path)
    asks_entries = not isinstance(shape.value, Anything)
    if asks_entries and is_object(raw) and _is_entry(raw):
        if attempt.strict:
            return attempt.mismatch(shape, raw, path)
        attempt.repaired(path, "object-for-list")
        return {raw[KEY]: attempt.read(shape.value, raw[VALUE], f"{path}.{VALUE}")}
    if isinstance(raw, str) and not attempt.strict:
        return attempt.from_text(shape, raw, path, ("object", "list"))
    if not is_object(raw):
        return attempt.mismatch(shape, raw, path)
    trial = attempt.like()
    value = {key: trial.read(shape.value, each, path + at(key)) for key, each in raw.items()}
    if trial.problems and not attempt.strict and len(raw) == 1:
        [(key, inner)] = raw.items()
        if kind_of(inner) in ("object", "list") and not denies(key, class_names(shape)):
            unwrapped, inner_value = attempt.tried(shape, inner, path + at(key), strict=False)
            if not unwrapped.problems:
                attempt.repaired(path, "wrapping-key")
                trial, value = unwrapped, inner_value
    attempt.adopt(trial)
    return value


def _table_of_entries(attempt: Attempt, shape: Table, raw: list[dict[str, Any]], path: str) -> Any:
    table: dict[str, Any] = {}
    for index, entry in enumerate(raw):
        if entry[KEY] in table:
            attempt.problems.append(
                Problem(f"{path}[{index}].{KEY}", f"{shown(entry[KEY])} is a duplicate key")
            )
        table[entry[KEY]] = attempt.read(shape.value, entry[VALUE], f"{path}[{index}].{VALUE}")
    return table


def _is_entry(raw: Any) -> bool:
    return is_object(raw) and raw.keys() == {KEY, VALUE} and isinstance(raw[KEY], str)
