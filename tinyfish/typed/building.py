"""Building an instance of a class: its own conversions come first, and every rejected field is reported."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.errors import Problem
from tinyfish.typed.fitting import is_one
from tinyfish.typed.libraries import said
from tinyfish.typed.shapes import Anything, Choice, Either, Field, Nullable, Record, Scalar, Shape, takes_null
from tinyfish.typed.values import ABSENT, at

_PLAIN_CONVERSIONS = (str, int, float, bool, bytes, Decimal, list, tuple, set, frozenset, dict)
"""Converters that accept anything: they state a field's type, not how a page writes the value."""


def build(attempt: Attempt, shape: Record, raw: dict[str, Any], path: str) -> Any:
    """Read the fields of a class and build an instance; the attempt records problems."""
    builder = _Builder(attempt, shape, path)
    builder.read(raw)
    return builder.built()


@attrs.define
class _Taken:
    """A field's value: one that we read, with the attempt, or the raw JSON."""

    field: Field
    where: str
    raw: Any
    value: Any
    attempt: Attempt | None = None


class _Builder:
    def __init__(self, attempt: Attempt, shape: Record, path: str) -> None:
        self._attempt = attempt
        self._shape = shape
        self._path = path
        self._taken: dict[str, _Taken] = {}
        self._doubtful: list[_Taken] = []  # not in the requested form: the class may convert it once it's set
        self._refused = False

    def read(self, raw: dict[str, Any]) -> None:
        """Read each field's value."""
        attempt = self._attempt
        unknown = raw.keys() - {field.key for field in self._shape.fields}
        attempt.loose += len(unknown)
        for field in self._shape.fields:
            where = self._path + at(field.key)
            if field.key in raw:
                attempt.used += 1
                self._read(field, raw[field.key], where)
            elif not field.required or field.name is None:
                attempt.loose += 1
            elif takes_null(field.shape) and not attempt.strict:
                attempt.repaired(where, "missing-for-null")
                self._taken[field.name] = _Taken(field, where, None, None)
            else:
                self._refuse(Problem(where, "is missing"))

    def _read(self, field: Field, raw: Any, where: str) -> None:
        ours = self._attempt.like()
        value = ours.read(field.shape, raw, where)
        if raw is None and ours.problems and not (field.required or ours.strict or _accepts(field, None)):
            self._attempt.repaired(where, "null-for-default")
            return
        taken = _Taken(field, where, raw, value, ours)
        if field.convert is not None:
            taken = self._by_converter(taken, field.convert)
        elif self._shape.finishes and (ours.problems or ours.repairs):
            self._doubtful.append(taken)
        if taken.attempt is not None and taken not in self._doubtful:
            self._refused |= bool(taken.attempt.problems)
            self._attempt.adopt(taken.attempt)
            if taken.attempt.problems:
                return
        if field.name is not None:
            self._taken[field.name] = taken

    def _by_converter(self, ours: _Taken, convert: Callable[[Any], Any]) -> _Taken:
        """Pass a converter the raw JSON or the value that we read, whichever it can convert.

        A single string or number is tried raw first: "13.900" is for the class to read. A value with objects of other
        classes is tried first with these built.
        """
        raw = attrs.evolve(ours, value=ours.raw, attempt=None)
        given = [ours] if ours.attempt is not None and not ours.attempt.problems else []
        if not _reads_anything(convert):
            given = [raw, *given] if _is_plain(ours.field.shape) else [*given, raw]
        reason = ""
        for each in given:
            try:
                value: object = convert(each.value)
            except Exception as error:  # noqa: BLE001  (the user's code can raise anything; it means that the value doesn't match)
                reason = reason or said(error)
                continue
            if isinstance(value, (float, Decimal)) and not math.isfinite(value):
                reason = f"{value} is not a valid JSON number"
            elif is_one(ours.field.shape, value):
                return each
        if ours.attempt is not None and not ours.attempt.problems and reason:
            ours.attempt.problems.append(Problem(ours.where, reason))
        return ours

    def built(self) -> Any:
        """Make the instance."""
        if self._refused:
            for each in self._doubtful:
                self._settle(each)
            self._name_refused()
            return None
        values = {name: taken.value for name, taken in self._taken.items()}
        return self._finished(values) if self._doubtful else self._instance(values)

    def _instance(self, values: dict[str, Any]) -> Any:
        try:
            return self._shape.build(values)
        except Exception as error:  # noqa: BLE001
            if not self._name_refused():
                self._refuse(Problem(self._path, said(error)))

    def _finished(self, values: dict[str, Any]) -> Any:
        """Pass the raw JSON, field by field, to a class with a `__post_init__`, and keep what it converts itself."""
        for each in self._doubtful:
            if each.field.name in values and each.attempt is not None and each.attempt.problems:
                values[each.field.name] = each.raw
        for each in self._doubtful:
            trial = values | {each.field.name or "": each.raw}
            if self._reads(trial, each):
                values = trial
                each.attempt = None
        for each in self._doubtful:
            self._settle(each)
        return None if self._refused else self._instance(values)

    def _reads(self, values: dict[str, Any], taken: _Taken) -> bool:
        try:
            instance = self._shape.build(values)
        except Exception:  # noqa: BLE001
            return False
        value = getattr(instance, taken.field.attribute or taken.field.name or "", ABSENT)
        return value is not ABSENT and is_one(taken.field.shape, value)

    def _settle(self, taken: _Taken) -> None:
        if taken.attempt is not None:
            self._refused |= bool(taken.attempt.problems)
            self._attempt.adopt(taken.attempt)

    def _name_refused(self) -> bool:
        """Record the fields that the class's validators reject, in addition to unreadable ones."""
        if self._shape.refusals is None:
            return False
        bad = {problem.path for problem in self._attempt.problems}
        values = {name: each.value for name, each in self._taken.items() if each.where not in bad}
        found = [
            Problem(self._taken[name].where if name in self._taken else self._path + at(name), said(error))
            for name, error in self._shape.refusals(values)
        ]
        for each in found:
            self._refuse(each)
        return bool(found)

    def _refuse(self, problem: Problem) -> None:
        self._refused = True
        self._attempt.problems.append(problem)


def _reads_anything(convert: Callable[[Any], Any]) -> bool:
    return convert in _PLAIN_CONVERSIONS


def _accepts(field: Field, value: Any) -> bool:
    if field.convert is None or _reads_anything(field.convert):
        return False
    try:
        return is_one(field.shape, field.convert(value))
    except Exception:  # noqa: BLE001
        return False


def _is_plain(shape: Shape) -> bool:
    """Say whether a shape is a single JSON string, number or boolean."""
    match shape:
        case Scalar() | Choice() | Anything():
            return True
        case Nullable():
            return _is_plain(shape.inner)
        case Either():
            return all(map(_is_plain, shape.members))
        case _:
            return False
