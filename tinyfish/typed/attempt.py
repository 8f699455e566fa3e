"""One try to read JSON as a shape."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Literal

import attrs

from tinyfish.typed.errors import Problem
from tinyfish.typed.keys import denies, in_other_case, knows
from tinyfish.typed.libraries import reasons
from tinyfish.typed.numbers import number_in
from tinyfish.typed.repairs import Repair, RepairName, inside, is_null_word, json_in, truth_in
from tinyfish.typed.rules import OnBadItem, Rules
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
    class_names,
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

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.strict = rules.strict
        self.problems: list[Problem] = []
        self.repairs: list[Repair] = []
        self.loose = 0  # keys passed over and defaults filled in: how badly a class fits
        self.good: list[Any] = []  # the items that can be read of the outermost list with one that cannot

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

    def _tried(
        self, shape: Shape, raw: Any, path: str, *, strict: bool, on_bad_item: OnBadItem | None = None
    ) -> tuple[Attempt, Any]:
        rules = self.rules
        if (strict, on_bad_item or rules.on_bad_item) != (rules.strict, rules.on_bad_item):
            rules = attrs.evolve(rules, strict=strict, on_bad_item=on_bad_item or rules.on_bad_item)
        attempt = Attempt(rules)
        return attempt, attempt.read(shape, raw, path)

    def _adopt(self, attempt: Attempt) -> None:
        self.problems += attempt.problems
        self.repairs += attempt.repairs
        self.loose += attempt.loose
        self.good = attempt.good

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
            sign = shape.decimal_sign or self.rules.decimal_sign
            mended = None if self.strict else shape.mend(raw, sign)
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
            meant.append((number_in(raw, self.rules.decimal_sign), "number-in-string"))
            meant.append((truth_in(raw), "yes-or-no"))
            meant.append((_in_case_of(shape, raw), "letter-case"))
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
        if isinstance(raw, str) and not self.strict and is_null_word(raw):
            attempt, value = self._tried(shape.inner, raw, path, strict=True)
            if not attempt.problems:
                self._adopt(attempt)
                return value
            self.repaired(path, "json-in-string" if raw.strip() == "null" else "empty-for-null")
            return None
        return self.read(shape.inner, raw, path)

    def _either(self, shape: Either, raw: Any, path: str) -> Any:
        """Read by the member that fits best: without repairs, then with the fewest; by what a class leaves over."""
        attempts: list[tuple[Shape, Attempt]] = []
        passes: list[tuple[bool, OnBadItem]] = [(True, "mismatch")]
        if not self.strict:
            passes.append((False, "mismatch"))
        if self.rules.on_bad_item == "skip":
            passes.append((self.strict, "skip"))
        for strict, on_bad_item in passes:
            attempts = []
            fitting: list[tuple[int, int, int]] = []
            values: list[Any] = []
            for member in shape.members:
                attempt, value = self._tried(member, raw, path, strict=strict, on_bad_item=on_bad_item)
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
            return self._built(shape.build, path, lambda: self._items(shape.item, raw, path))
        if not self.strict and isinstance(raw, str):
            return self._from_text(shape, raw, path, ("list", "object"))
        if not self.strict and is_object(raw):
            return self._list_from_object(shape, raw, path)
        return self._mismatch(shape, raw, path)

    def _items(self, item: Shape, raw: list[Any], path: str) -> list[Any]:
        """Read the items of a list; of those that cannot be read, some are skipped if the caller wants it so."""
        good: list[Any] = []
        problems: list[Problem] = []
        skipped: list[str] = []
        for index, each in enumerate(raw):
            where = f"{path}[{index}]"
            attempt = Attempt(self.rules)
            value = attempt.read(item, each, where)
            if attempt.problems:
                problems += attempt.problems
                skipped.append(where)
                continue
            good.append(value)
            self._adopt(attempt)
        if problems and good and self.rules.on_bad_item == "skip":
            for where in skipped:
                self.repaired(where, "bad-item-skipped")
        elif problems:
            self.problems += problems
            self.good = good
        return good

    def _list_from_object(self, shape: Listing, raw: dict[str, Any], path: str) -> Any:
        """Read the one list that an object holds, or the one item that the object is; never a guess."""
        item_keys = keys_of(shape.item)
        attempts: list[tuple[Attempt, Any]] = []
        if (found := inside(raw, item_keys or frozenset(), "list", class_names(shape))) is not None:
            attempt, value = self._tried(shape, found[0], path + at(*found[1]), strict=False)
            attempt.repairs.insert(0, Repair(path, "wrapping-key"))
            attempts.append((attempt, value))
            if (
                item_keys is None and not attempt.problems
            ):  # any object might be an item, so the list is the list
                self._adopt(attempt)
                return value
        if takes(shape.item, "object") and (item_keys is None or knows(item_keys, raw)):
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
        if (
            is_object(raw) and _is_entry(raw) and not isinstance(shape.value, Anything)
        ):  # entries were asked for: it is one of them
            if self.strict:
                return self._mismatch(shape, raw, path)
            self.repaired(path, "object-for-list")
            return {raw[KEY]: self.read(shape.value, raw[VALUE], f"{path}.{VALUE}")}
        if isinstance(raw, str) and not self.strict:
            return self._from_text(shape, raw, path, ("object", "list"))
        if not is_object(raw):
            return self._mismatch(shape, raw, path)
        attempt = Attempt(self.rules)
        value = {key: attempt.read(shape.value, each, path + at(key)) for key, each in raw.items()}
        if attempt.problems and not self.strict and len(raw) == 1:
            [(key, inner)] = raw.items()
            if kind_of(inner) in ("object", "list") and not denies(key, class_names(shape)):
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
        if not self.strict:
            raw = self._in_class_case(shape, raw, path)
        known = keys_of(shape) or frozenset()
        if (
            not (self.strict or known & raw.keys())
            and (found := inside(raw, known, "object", class_names(shape))) is not None
        ):
            self.repaired(path, "wrapping-key")
            return self.read(shape, found[0], path + at(*found[1]))
        if shape.own is not None:
            return self._own(shape, shape.own, raw, path)
        return self._built(shape.build, path, lambda: self._fields(shape, raw, path))

    def _in_class_case(self, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
        """Give keys that differ from the class's in the case of letters only the case that the class wants."""
        known = keys_of(shape) or frozenset()
        unknown = {key: value for key, value in raw.items() if key not in known}
        renamed: dict[str, str] = {}
        for key in known - raw.keys():
            if unknown and (found := in_other_case(key, unknown, known)) is not None:
                renamed[found] = key
        for found in renamed:
            self.repaired(path + at(found), "letter-case")
        return {renamed.get(key, key): value for key, value in raw.items()} if renamed else raw

    def _own(self, shape: Record, own: OwnReading, raw: dict[str, Any], path: str) -> Any:
        """Read by a class's own rules, then repaired by ours, then by its own lax ones."""
        with contextlib.suppress(Exception):  # their validators may raise anything
            value = own.exactly(raw)
            self.loose += len({field.key for field in shape.fields} ^ raw.keys())
            return value
        attempt = Attempt(self.rules)
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


def _in_case_of(shape: Choice, raw: str) -> str | None:
    """Return the one text of a choice that this is but for the case of its letters."""
    found = {
        value for value, _ in shape.values if isinstance(value, str) and value.casefold() == raw.casefold()
    }
    return found.pop() if len(found) == 1 else None


def _is_entry(raw: Any) -> bool:
    return is_object(raw) and raw.keys() == {KEY, VALUE} and isinstance(raw[KEY], str)
