"""Reading by a class's own rules, which come first: values that the class accepts are never repaired.

A class that reads JSON itself (pydantic, msgspec) gets the raw JSON, and reports which places it rejects. Only these
are repaired, as JSON, and the class reads again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.errors import Problem
from tinyfish.typed.keys import in_other_case
from tinyfish.typed.lax_conversions import objections
from tinyfish.typed.repairs import Repair, in_order, inside
from tinyfish.typed.shapes import (
    Converted,
    Field,
    Listing,
    Nullable,
    OwnReading,
    Record,
    Refusal,
    Shape,
    Table,
    class_names,
    keys_of,
    takes_null,
)
from tinyfish.typed.values import ABSENT, is_list, is_object, part_of, path_of, with_key

_Keys = tuple[str | int, ...]
_MAX_ROUNDS = 8  # JSON in a text in a list in a text ...


@attrs.frozen
class OwnResult:
    """The outcome: the value, the JSON that it was read from, and the repairs."""

    value: Any
    json: Any
    repairs: tuple[Repair, ...] = ()
    problems: tuple[Problem, ...] = ()
    misfits: Mapping[str, tuple[Shape, Any]] = attrs.field(factory=dict[str, tuple[Shape, Any]])


def unwrapped(shape: Shape, raw: dict[str, Any]) -> tuple[Any, list[str]] | None:
    """Return the object inside a wrapper that has none of the class's keys."""
    known = keys_of(shape) or frozenset()
    return None if known & raw.keys() else inside(raw, known, "object", class_names(shape))


def in_class_case(shape: Shape, raw: dict[str, Any]) -> dict[str, str]:
    """Map an object's keys to the class's keys that differ only in letter case."""
    known = keys_of(shape) or frozenset()
    unknown = {key: value for key, value in raw.items() if key not in known}
    found = {key: in_other_case(key, unknown, known) for key in known - raw.keys()} if unknown else {}
    return {other: key for key, other in found.items() if other is not None}


def read_own(
    attempt: Attempt, shape: Shape, own: OwnReading, raw: Any, path: str, *, repair: bool = True
) -> OwnResult:
    """Read JSON by a class's own rules, strict ones first, and repair what it rejects.

    Args:
        attempt: The attempt to which the reading belongs.
        shape: The class's shape, without its own reader.
        own: The class's own reader.
        raw: The JSON.
        path: The path of the JSON.
        repair: Whether to repair what it rejects.
    """
    mender = _Mender(attempt, shape, path)
    repairs: list[Repair] = []
    refused: list[Refusal] = []
    came = raw
    for _ in range(_MAX_ROUNDS):
        value, refused = own.read(raw, strict=True)
        if not refused:
            refused, texts = objections(shape, raw, value, own, attempt.ours, lax=False)
            if not refused:
                told = {each.path for each in repairs}
                paths = [mender.path_of(keys) for keys in texts]
                repairs += [Repair(each, "number-in-string") for each in paths if each not in told]
                return OwnResult(value, raw, in_order(repairs, came, path))
        elif not attempt.strict:
            value, unread = own.read(raw, strict=False)
            if not unread:
                unread, _ = objections(shape, raw, value, own, attempt.ours, lax=True)
            if not unread:
                repairs += mender.names_of(own, raw, value, refused)
                return OwnResult(value, raw, in_order(repairs, came, path))
            refused = unread
        if not repair:
            break
        raw, more, changed = mender.mended(raw, refused)
        if not changed and attempt.rules.on_bad_item == "skip":
            raw, more, changed = mender.skipped(raw, refused)
        repairs += more
        if not changed:
            break
    problems = mender.problems(raw, refused)
    return OwnResult(None, raw, tuple(repairs), problems, mender.misfits)


@attrs.frozen
class _Place:
    """A place in JSON, as far as shapes lead to it."""

    keys: _Keys
    shape: Shape | None
    field: Field | None
    raw: Any
    missing: bool = False


class _Mender:
    """Repairs single places in JSON, by their shapes."""

    def __init__(self, attempt: Attempt, shape: Shape, path: str) -> None:
        self._attempt = attempt
        self._shape = shape
        self._path = path
        self._left: dict[
            _Keys, list[int]
        ] = {}  # of lists with skipped items, the places of those that are left
        self.misfits: dict[str, tuple[Shape, Any]] = {}

    def path_of(self, keys: _Keys) -> str:
        """Return a place's path in the original JSON."""
        return path_of(self._path, self._came_as(keys))

    def _came_as(self, keys: _Keys) -> _Keys:
        came: _Keys = ()
        for key in keys:
            came += (self._left[came][key] if isinstance(key, int) and came in self._left else key,)
        return came

    def skipped(self, raw: Any, refused: list[Refusal]) -> tuple[Any, list[Repair], bool]:
        """Drop rejected list items, if each such list, or one around it, has a good item left."""
        bad = {each.keys for each in refused}
        items: dict[_Keys, set[int]] = {}
        while bad:
            keys = max(bad, key=len)  # what is in an item comes before the item itself
            bad.remove(keys)
            at = next((at for at in range(len(keys) - 1, -1, -1) if self._is_list(raw, keys[:at])), None)
            if at is None:
                return raw, [], False
            place = self._place(raw, keys[:at])
            items.setdefault(keys[:at], set()).add(int(keys[at]))
            if len(items[keys[:at]]) == len(place.raw):
                del items[keys[:at]]
                bad = {each for each in bad if each[:at] != keys[:at]} | {keys[:at]}
        repairs: list[Repair] = []
        for keys, indexes in sorted(items.items(), key=lambda each: len(each[0]), reverse=True):
            old = self._place(raw, keys).raw
            kept = [index for index in range(len(old)) if index not in indexes]
            repairs += [Repair(self.path_of((*keys, index)), "bad-item-skipped") for index in sorted(indexes)]
            raw = with_key(raw, keys, [old[index] for index in kept])
            came = self._came_as(keys)
            before = self._left.get(came, list(range(len(old))))
            self._left[came] = [before[index] for index in kept]
        return raw, repairs, bool(items)

    def _is_list(self, raw: Any, keys: _Keys) -> bool:
        place = self._place(raw, keys)
        return place.keys == keys and isinstance(_bare(place.shape), Listing) and is_list(place.raw)

    def mended(self, raw: Any, refused: list[Refusal]) -> tuple[Any, list[Repair], bool]:
        """Repair the rejected places as far as possible; return whether anything changed."""
        repairs: list[Repair] = []
        changed = False
        seen: set[_Keys] = set()
        for each in refused:
            place = self._place(raw, each.keys)
            if place.keys in seen:
                continue
            seen.add(place.keys)
            found = self._mend(place)
            if found is not None:
                new, more = found
                raw = with_key(raw, place.keys, new)
                repairs += more
                changed = True
        return raw, repairs, changed

    def names_of(self, own: OwnReading, raw: Any, value: Any, refused: list[Refusal]) -> list[Repair]:
        """Record the conversions of a lax reading: as our repairs, if these give the same value."""
        names: list[Repair] = []
        ours = raw
        by_class = [Repair(self.path_of(each.keys), "read-by-class") for each in refused]
        for each, own_name in zip(refused, by_class, strict=True):
            ours, more, changed = self.mended(ours, [each])
            names += more if changed else [own_name]
        again, unread = own.read(ours, strict=False)
        same = not unread and _equal(again, value)
        return list(dict.fromkeys(names if same else by_class))

    def problems(self, raw: Any, refused: list[Refusal]) -> tuple[Problem, ...]:
        """Return the problems: in a validator's words, otherwise in ours, otherwise in the library's."""
        found: dict[str, list[str]] = {}
        for each in refused:
            place = self._place(raw, each.keys)
            ours: list[Problem] = []
            whole = not place.keys and isinstance(place.shape, Record)
            if not (each.theirs or place.missing or whole) and place.shape is not None:
                attempt = self._attempt.like(as_json=True)
                attempt.read(place.shape, place.raw, self.path_of(place.keys))
                ours = attempt.problems
                self.misfits |= attempt.misfits
            for problem in ours or [Problem(self.path_of(each.keys), each.reason)]:
                reasons = found.setdefault(problem.path, [])
                if problem.reason not in reasons:
                    reasons.append(problem.reason)
        return tuple(Problem(path, "; or ".join(reasons)) for path, reasons in found.items())

    def _place(self, raw: Any, keys: _Keys) -> _Place:
        """Follow keys as far as shapes are known, but not into wrappers."""
        shape: Shape | None = self._shape
        field: Field | None = None
        index = 0
        while index < len(keys):
            here = _Place(keys[:index], shape, field, raw)
            step = 1
            shape, field = _bare(shape), None
            match shape:
                case Record() if is_object(raw):
                    if index and (in_class_case(shape, raw) or unwrapped(shape, raw) is not None):
                        return here
                    field, step = _field_at(shape, keys[index:])
                    shape = None if field is None else field.shape
                case Listing() if is_list(raw):
                    shape = shape.item
                case Table() if is_object(raw):
                    shape = shape.value
                case _:
                    return here
            index += step
            inner: Any = raw
            for key in keys[index - step : index]:
                inner = part_of(inner, key)
            raw = inner
            if raw is ABSENT:
                return _Place(keys[:index], shape, field, None, missing=True)
            if shape is None:
                return _Place(keys, None, None, raw)
        return _Place(keys, shape, field, raw)

    def _mend(self, place: _Place) -> tuple[Any, list[Repair]] | None:
        """Repair one place; None if that isn't possible or necessary."""
        strict, path = self._attempt.strict, self.path_of(place.keys)
        if place.shape is None or (
            not place.keys and isinstance(place.shape, Record)
        ):  # all of it: see Attempt
            return None
        if place.missing or place.raw is None:
            if strict or place.field is None:
                return None
            if place.missing:
                if not takes_null(place.shape) or not place.field.required:
                    return None
                return None, [Repair(path, "missing-for-null")]
            if not place.field.required and not takes_null(place.shape):
                return ABSENT, [Repair(path, "null-for-default")]
        attempt = self._attempt.like(as_json=True)
        new = attempt.read(place.shape, place.raw, path)
        if attempt.problems or (new is place.raw or (not attempt.repairs and _same_json(new, place.raw))):
            return None
        return new, attempt.repairs


def _field_at(shape: Record, keys: _Keys) -> tuple[Field | None, int]:
    """Return the field that keys lead to, and how many of them do."""
    for field in shape.fields:
        if keys[0] in (field.key, *field.also):
            return field, 1
        for path in field.paths:
            if keys[: len(path)] == path:
                return field, len(path)
    return None, 1


def _bare(shape: Shape | None) -> Shape | None:
    while isinstance(shape, (Nullable, Converted)):
        shape = shape.inner
    return shape


def _same_json(one: Any, other: Any) -> bool:
    return type(one) is type(other) and _equal(one, other)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001  (a class may compare as it likes)
        return False
