"""Reading JSON as a shape of any kind. Lists and classes have their own modules."""

from __future__ import annotations

from typing import Any

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.class_reading import read_converted, read_record
from tinyfish.typed.errors import Problem
from tinyfish.typed.lax_conversions import not_finite
from tinyfish.typed.list_reading import read_list, read_table
from tinyfish.typed.numbers import number_in
from tinyfish.typed.repairs import RepairName, is_null_word, truth_in
from tinyfish.typed.rules import OnBadItem
from tinyfish.typed.scalars import NOT_THIS
from tinyfish.typed.shapes import (
    Anything,
    Choice,
    Converted,
    Either,
    Listing,
    Nullable,
    Record,
    Scalar,
    Shape,
    Table,
    takes,
    wanted,
)
from tinyfish.typed.values import in_json, kind_of, shown


class ShapeReader(Attempt):
    """An attempt that reads every kind of shape."""

    def read(self, shape: Shape, raw: Any, path: str) -> Any:
        """Read JSON as a shape, and record the problems with their paths."""
        match shape:
            case Anything():
                return self._anything(raw, path)
            case Scalar():
                return self._scalar(shape, raw, path)
            case Choice():
                return self._choice(shape, raw, path)
            case Listing():
                return read_list(self, shape, raw, path)
            case Table():
                return read_table(self, shape, raw, path)
            case Record():
                return read_record(self, shape, raw, path)
            case Nullable():
                return self._nullable(shape, raw, path)
            case Either():
                return self._either(shape, raw, path)
            case Converted():
                return read_converted(self, shape, raw, path)

    def _anything(self, raw: Any, path: str) -> Any:
        if not_finite(raw):
            self.problems.append(Problem(path, "NaN and Infinity are not valid JSON numbers"))
        return raw

    def _scalar(self, shape: Scalar, raw: Any, path: str) -> Any:
        try:
            value = shape.read(raw)
        except NOT_THIS:
            pass
        else:
            return value if not self.as_json or (isinstance(value, int) and value == raw) else raw
        try:
            sign = shape.decimal_sign or self.rules.decimal_sign
            mended = None if self.strict else shape.mend(raw, sign)
        except NOT_THIS:
            mended = None
        if mended is None:
            return self.mismatch(shape, raw, path)
        value, name = mended
        self.repaired(path, name)
        return in_json(value) if self.as_json else value

    def _choice(self, shape: Choice, raw: Any, path: str) -> Any:
        meant: list[tuple[Any, RepairName | None]] = [(raw, None)]
        if isinstance(raw, str) and not self.strict:
            meant.append((number_in(raw, self.rules.decimal_sign), "number-in-string"))
            meant.append((truth_in(raw), "yes-or-no"))
            meant.append((_in_case_of(shape, raw), "letter-case"))
        for each, repair in meant:
            for value, meaning in shape.values:
                if _same(value, each):
                    if repair:
                        self.repaired(path, repair)
                    return value if self.as_json else meaning
        return self.mismatch(shape, raw, path)

    def _nullable(self, shape: Nullable, raw: Any, path: str) -> Any:
        if raw is None:
            return None
        if isinstance(raw, str) and not self.strict and is_null_word(raw):
            attempt, value = self.tried(shape.inner, raw, path, strict=True)
            if not attempt.problems:
                self.adopt(attempt)
                return value
            self.repaired(path, "json-in-string" if raw.strip() == "null" else "empty-for-null")
            return None
        return self.read(shape.inner, raw, path)

    def _either(self, shape: Either, raw: Any, path: str) -> Any:
        """Read as the member that knows the most keys, needs the fewest repairs and ignores the least."""
        attempts: list[tuple[Shape, Attempt]] = []
        passes: list[tuple[bool, OnBadItem]] = [(True, "mismatch")]
        if not self.strict:
            passes.append((False, "mismatch"))
            if kind_of(raw) in ("object", "list"):
                del passes[0]  # knowing more keys counts more than needing no repair
        if self.rules.on_bad_item == "skip":
            passes.append((self.strict, "skip"))
        for strict, on_bad_item in passes:
            attempts = []
            fitting: list[tuple[int, int, int, int]] = []
            values: list[Any] = []
            for member in shape.members:
                attempt, value = self.tried(member, raw, path, strict=strict, on_bad_item=on_bad_item)
                if not attempt.problems:
                    fitting.append((-attempt.used, len(attempt.repairs), attempt.loose, len(attempts)))
                attempts.append((member, attempt))
                values.append(value)
            if fitting:
                best = min(fitting)[-1]
                self.adopt(attempts[best][1])
                return values[best]
        kind = None if isinstance(raw, str) else kind_of(raw)
        akin = [attempt for member, attempt in attempts if kind and takes(member, kind)]
        if akin:
            nearest = min(akin, key=lambda attempt: len(attempt.problems))
            self.problems += [Problem(each, _reason(each, nearest, akin)) for each, _ in nearest.problems]
            return None
        return self.mismatch(shape, raw, path)


def _same(value: str | float | bool, raw: Any) -> bool:
    """Compare like JSON: 1 equals 1.0, but not true or "1"."""
    return value == raw and all(isinstance(value, kind) == isinstance(raw, kind) for kind in (bool, str))


def _reason(path: str, nearest: Attempt, akin: list[Attempt]) -> str:
    """Return a union member's problem with a value. For choices, list the values of all members."""
    shape, raw = nearest.misfits.get(path, (None, None))
    if isinstance(shape, Choice):
        others = [each.misfits[path][0] for each in akin if path in each.misfits]
        values = [value for each in others if isinstance(each, Choice) for value in each.values]
        return f"expected {wanted(Choice(tuple(dict.fromkeys(values))))}, got {shown(raw)}"
    return next(reason for where, reason in nearest.problems if where == path)


def _in_case_of(shape: Choice, raw: str) -> str | None:
    """Return the choice's only string that equals this one except for letter case."""
    found = {
        value for value, _ in shape.values if isinstance(value, str) and value.casefold() == raw.casefold()
    }
    return found.pop() if len(found) == 1 else None
