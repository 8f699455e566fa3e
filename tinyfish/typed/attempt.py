"""One try to read JSON as a shape."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Literal

from tinyfish.typed.errors import Problem
from tinyfish.typed.libraries import reasons
from tinyfish.typed.repairs import Repair, RepairName, inside, json_in, number_in, truth_in
from tinyfish.typed.scalars import NOT_THIS
from tinyfish.typed.schema import KEY, VALUE
from tinyfish.typed.shapes import (
    Anything,
    Choice,
    Converted,
    Either,
    Listing,
    Nullable,
    OwnReading,
    Record,
    Scalar,
    Shape,
    Table,
    keys_of,
    takes,
    takes_null,
    wanted,
)
from tinyfish.typed.values import at, is_list, is_object, kind_of, shown


class Attempt:
    """One try to read JSON as a shape: what it found wrong, and what it put right.

    A value that a method returns means something only if the method added no problem.
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.problems: list[Problem] = []
        self.repairs: list[Repair] = []
        self.loose = 0  # keys passed over and defaults filled in: how badly a class fits

    def repaired(self, path: str, name: RepairName) -> None:
        """Note a repair."""
        self.repairs.append(Repair(path, name))

    def read(self, shape: Shape, raw: Any, path: str) -> Any:
        """Read JSON as a shape and note what is wrong with it, and where."""
        match shape:
            case Anything():
                return raw
            case Scalar():
                return self._scalar(shape, raw, path)
            case Choice():
                return self._choice(shape, raw, path)
            case Listing():
                return self._list(shape, raw, path)
            case Table():
                return self._table(shape, raw, path)
            case Record():
                return self._record(shape, raw, path)
            case Nullable():
                return self._nullable(shape, raw, path)
            case Either():
                return self._either(shape, raw, path)
            case Converted():
                return self._built(shape.convert, path, lambda: self.read(shape.inner, raw, path))

    def _mismatch(self, shape: Shape, raw: Any, path: str) -> Any:
        self.problems.append(Problem(path, f"expected {wanted(shape)}, got {shown(raw)}"))

    def _tried(self, shape: Shape, raw: Any, path: str, *, strict: bool) -> tuple[Attempt, Any]:
        attempt = Attempt(strict)
        return attempt, attempt.read(shape, raw, path)

    def _adopt(self, attempt: Attempt) -> None:
        self.problems += attempt.problems
        self.repairs += attempt.repairs
        self.loose += attempt.loose

    def _built(self, build: Callable[[Any], Any], path: str, read: Callable[[], Any]) -> Any:
        """Hand what `read` reads, if it finds no problem, to a class or function of the user's."""
        before = len(self.problems)
        value = read()
        if len(self.problems) > before:
            return None
        try:
            return build(value)
        except Exception as error:  # noqa: BLE001  (theirs may raise anything, and it means: not one of these)
            self.problems += [Problem(path + where, reason) for where, reason in reasons(error)]

    def _scalar(self, shape: Scalar, raw: Any, path: str) -> Any:
        try:
            return shape.read(raw)
        except NOT_THIS:
            pass
        try:
            mended = None if self.strict else shape.mend(raw)
        except NOT_THIS:
            mended = None
        if mended is None:
            return self._mismatch(shape, raw, path)
        value, name = mended
        self.repaired(path, name)
        return value

    def _choice(self, shape: Choice, raw: Any, path: str) -> Any:
        meant: list[tuple[Any, RepairName | None]] = [(raw, None)]
        if isinstance(raw, str) and not self.strict:
            meant.append((number_in(raw), "number-in-string"))
            meant.append((truth_in(raw), "yes-or-no"))
        for each, repair in meant:
            for value, meaning in shape.values:
                if _same(value, each):
                    if repair:
                        self.repaired(path, repair)
                    return meaning
        return self._mismatch(shape, raw, path)

    def _nullable(self, shape: Nullable, raw: Any, path: str) -> Any:
        if raw is None:
            return None
        if isinstance(raw, str) and not self.strict and raw.strip() in ("", "null"):
            attempt, value = self._tried(shape.inner, raw, path, strict=True)
            if not attempt.problems:
                self._adopt(attempt)
                return value
            self.repaired(path, "json-in-string" if raw.strip() else "empty-for-null")
            return None
        return self.read(shape.inner, raw, path)

    def _either(self, shape: Either, raw: Any, path: str) -> Any:
        """Read by the member that fits best: without repairs, then with the fewest; by what a class leaves over."""
        attempts: list[tuple[Shape, Attempt]] = []
        for strict in (True,) if self.strict else (True, False):
            attempts = []
            fitting: list[tuple[int, int, int]] = []
            values: list[Any] = []
            for member in shape.members:
                attempt, value = self._tried(member, raw, path, strict=strict)
                if not attempt.problems:
                    fitting.append((len(attempt.repairs), attempt.loose, len(attempts)))
                attempts.append((member, attempt))
                values.append(value)
            if fitting:
                best = min(fitting)[2]
                self._adopt(attempts[best][1])
                return values[best]
        kind = None if isinstance(raw, str) else kind_of(raw)
        akin = [attempt for member, attempt in attempts if kind and takes(member, kind)]
        if akin:
            self.problems += min(akin, key=lambda attempt: len(attempt.problems)).problems
            return None
        return self._mismatch(shape, raw, path)

    def _list(self, shape: Listing, raw: Any, path: str) -> Any:
        if is_list(raw):
            return self._built(
                shape.build,
                path,
                lambda: [self.read(shape.item, each, f"{path}[{index}]") for index, each in enumerate(raw)],
            )
        if not self.strict and isinstance(raw, str):
            return self._from_text(shape, raw, path, ("list", "object"))
        if not self.strict and is_object(raw):
            return self._list_from_object(shape, raw, path)
        return self._mismatch(shape, raw, path)

    def _list_from_object(self, shape: Listing, raw: dict[str, Any], path: str) -> Any:
        """Read the list that an object holds under one key, or the one item that the object is; never a guess."""
        item_keys = keys_of(shape.item)
        attempts: list[tuple[Attempt, Any]] = []
        if (found := inside(raw, item_keys or frozenset(), "list")) is not None:
            attempt, value = self._tried(shape, found[0], path + at(*found[1]), strict=False)
            attempt.repairs.insert(0, Repair(path, "wrapping-key"))
            attempts.append((attempt, value))
        if takes(shape.item, "object") and (item_keys is None or item_keys & raw.keys()):
            attempt, value = self._tried(shape, [raw], path, strict=False)
            attempt.repairs.insert(0, Repair(path, "object-for-list"))
            attempts.append((attempt, value))
        fitting = [each for each in attempts if not each[0].problems] or attempts[:1]
        if len(fitting) != 1:
            return self._mismatch(shape, raw, path)
        attempt, value = fitting[0]
        self._adopt(attempt)
        return value

    def _from_text(
        self, shape: Shape, raw: str, path: str, kinds: tuple[Literal["object", "list"], ...]
    ) -> Any:
        for kind in kinds:
            if (found := json_in(raw, kind)) is not None:
                document, names = found
                for name in names:
                    self.repaired(path, name)
                return self.read(shape, document, path)
        return self._mismatch(shape, raw, path)

    def _table(self, shape: Table, raw: Any, path: str) -> Any:
        if is_list(raw) and all(_is_entry(each) for each in raw):
            return self._table_of_entries(shape, raw, path)
        if isinstance(raw, str) and not self.strict:
            return self._from_text(shape, raw, path, ("object", "list"))
        if not is_object(raw):
            return self._mismatch(shape, raw, path)
        attempt = Attempt(self.strict)
        value = {key: attempt.read(shape.value, each, path + at(key)) for key, each in raw.items()}
        if attempt.problems and not self.strict and len(raw) == 1:
            [(key, inner)] = raw.items()
            if kind_of(inner) in ("object", "list"):
                unwrapped, inner_value = self._tried(shape, inner, path + at(key), strict=False)
                if not unwrapped.problems:
                    self.repaired(path, "wrapping-key")
                    attempt, value = unwrapped, inner_value
        self._adopt(attempt)
        return value

    def _table_of_entries(self, shape: Table, raw: list[dict[str, Any]], path: str) -> Any:
        table: dict[str, Any] = {}
        for index, entry in enumerate(raw):
            if entry[KEY] in table:
                self.problems.append(Problem(f"{path}[{index}].{KEY}", f"{shown(entry[KEY])} is there twice"))
            table[entry[KEY]] = self.read(shape.value, entry[VALUE], f"{path}[{index}].{VALUE}")
        return table

    def _record(self, shape: Record, raw: Any, path: str) -> Any:
        if isinstance(raw, str) and not self.strict:
            return self._from_text(shape, raw, path, ("object",))
        if is_list(raw) and shape.positional and len(raw) <= len(shape.fields):
            raw = {field.key: value for field, value in zip(shape.fields, raw, strict=False)}
        if not is_object(raw):
            return self._mismatch(shape, raw, path)
        known = keys_of(shape) or frozenset()
        if not (self.strict or known & raw.keys()) and (found := inside(raw, known, "object")) is not None:
            self.repaired(path, "wrapping-key")
            return self.read(shape, found[0], path + at(*found[1]))
        if shape.own is not None:
            return self._own(shape, shape.own, raw, path)
        return self._built(shape.build, path, lambda: self._fields(shape, raw, path))

    def _own(self, shape: Record, own: OwnReading, raw: dict[str, Any], path: str) -> Any:
        """Read by a class's own rules, then repaired by ours, then by its own lax ones."""
        with contextlib.suppress(Exception):  # their validators may raise anything
            value = own.exactly(raw)
            self.loose += len({field.key for field in shape.fields} ^ raw.keys())
            return value
        attempt = Attempt(self.strict)
        value = attempt._built(shape.build, path, lambda: attempt._fields(shape, raw, path))
        if attempt.problems and not self.strict:
            with contextlib.suppress(Exception):
                value = own.laxly(raw)
                self.repaired(path, "read-by-class")
                return value
        self._adopt(attempt)
        return value

    def _fields(self, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
        """Return the values of a class's fields, as far as the object has them."""
        values: dict[str, Any] = {}
        unknown = raw.keys() - {field.key for field in shape.fields}
        if shape.passes_unknown:
            values.update((key, raw[key]) for key in unknown)
        self.loose += len(unknown)
        for field in shape.fields:
            where = path + at(field.key)
            if field.key in raw:
                value = raw[field.key]
                if value is None and not (self.strict or field.required or takes_null(field.shape)):
                    self.repaired(where, "null-for-default")
                    continue
                value = self.read(field.shape, value, where)
            elif not field.required or field.name is None:
                self.loose += 1
                continue
            elif takes_null(field.shape) and not self.strict:
                self.repaired(where, "missing-for-null")
                value = None
            else:
                self.problems.append(Problem(where, "is missing"))
                continue
            if field.name is not None:
                values[field.name] = value
        return values


def _same(value: str | float | bool, raw: Any) -> bool:
    """Compare as JSON does: 1 is 1.0, but neither true nor "1"."""
    return value == raw and all(isinstance(value, kind) == isinstance(raw, kind) for kind in (bool, str))


def _is_entry(raw: Any) -> bool:
    return is_object(raw) and raw.keys() == {KEY, VALUE} and isinstance(raw[KEY], str)
