"""One attempt to read JSON as a shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

from tinyfish.typed.building import build
from tinyfish.typed.class_rules import OwnResult, in_class_case, read_own, unwrapped
from tinyfish.typed.errors import Problem
from tinyfish.typed.fitting import fit
from tinyfish.typed.keys import denies, knows
from tinyfish.typed.lax_conversions import not_finite
from tinyfish.typed.libraries import given_fields, said
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
    nothing_read,
    takes,
    takes_null,
    wanted,
)
from tinyfish.typed.values import at, in_json, is_list, is_object, kind_of, shown


class Attempt:
    """One attempt to read JSON as a shape, with the problems found and the repairs made.

    A method's return value is valid only if the method added no problem.
    """

    def __init__(self, rules: Rules, *, as_json: bool = False) -> None:
        self.rules = rules
        self.strict = rules.strict
        self.as_json = as_json  # read to repaired JSON, which a class then reads by its own rules
        self.problems: list[Problem] = []
        self.repairs: list[Repair] = []
        self.misfits: dict[str, tuple[Shape, Any]] = {}  # what was expected, and came, by path
        self.used = 0  # keys that the class knows: how well it fits
        self.loose = 0  # keys ignored and defaults used: how badly it fits
        self.good: list[Any] = []  # the readable items of the outermost list that has a bad one

    def like(self, *, as_json: bool | None = None) -> Attempt:
        """Return a new attempt of the same kind."""
        return Attempt(self.rules, as_json=self.as_json if as_json is None else as_json)

    def ours(self, shape: Shape, raw: Any) -> Any:
        """Read JSON for itself.

        Raises:
            ValueError: It can't be read as that.
        """
        attempt = Attempt(self.rules)
        value = attempt.read(shape, raw, "$")
        if attempt.problems:
            raise ValueError(attempt.problems)
        return value

    def repaired(self, path: str, name: RepairName) -> None:
        """Note a repair."""
        self.repairs.append(Repair(path, name))

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
                return self._converted(shape, raw, path)

    def _mismatch(self, shape: Shape, raw: Any, path: str) -> Any:
        self.misfits[path] = (shape, raw)
        self.problems.append(Problem(path, f"expected {wanted(shape)}, got {shown(raw)}"))

    def _tried(
        self, shape: Shape, raw: Any, path: str, *, strict: bool, on_bad_item: OnBadItem | None = None
    ) -> tuple[Attempt, Any]:
        rules = self.rules
        if (strict, on_bad_item or rules.on_bad_item) != (rules.strict, rules.on_bad_item):
            rules = attrs.evolve(rules, strict=strict, on_bad_item=on_bad_item or rules.on_bad_item)
        attempt = Attempt(rules, as_json=self.as_json)
        return attempt, attempt.read(shape, raw, path)

    def adopt(self, attempt: Attempt) -> None:
        """Merge another attempt's findings."""
        self.problems += attempt.problems
        self.repairs += attempt.repairs
        self.misfits |= attempt.misfits
        self.used += attempt.used
        self.loose += attempt.loose
        self.good = attempt.good

    def _built(self, build: Callable[[Any], Any], path: str, read: Callable[[], Any]) -> Any:
        """Pass the value, if `read` finds no problem, to the user's class or function."""
        before = len(self.problems)
        value = read()
        if len(self.problems) > before:
            return None
        if self.as_json:
            return value
        try:
            return build(value)
        except Exception as error:  # noqa: BLE001 (user code can raise anything; it means that the value doesn't match)
            self.problems.append(Problem(path, said(error)))

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
            return self._mismatch(shape, raw, path)
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
        return self._mismatch(shape, raw, path)

    def _nullable(self, shape: Nullable, raw: Any, path: str) -> Any:
        if raw is None:
            return None
        if isinstance(raw, str) and not self.strict and is_null_word(raw):
            attempt, value = self._tried(shape.inner, raw, path, strict=True)
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
                attempt, value = self._tried(member, raw, path, strict=strict, on_bad_item=on_bad_item)
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
        """Read a list's items. Bad items are skipped if the caller wants that."""
        good: list[Any] = []
        problems: list[Problem] = []
        skipped: list[str] = []
        for index, each in enumerate(raw):
            where = f"{path}[{index}]"
            attempt = self.like()
            value = attempt.read(item, each, where)
            if attempt.problems:
                problems += attempt.problems
                skipped.append(where)
                continue
            good.append(value)
            self.adopt(attempt)
        if problems and good and self.rules.on_bad_item == "skip":
            for where in skipped:
                self.repaired(where, "bad-item-skipped")
        elif problems:
            self.problems += problems
            self.good = good
        return good

    def _list_from_object(self, shape: Listing, raw: dict[str, Any], path: str) -> Any:
        """Read an object's only list, or the object as the only item. Never guesses."""
        item_keys = keys_of(shape.item)
        attempts: list[tuple[Attempt, Any]] = []
        if (found := inside(raw, item_keys or frozenset(), "list", class_names(shape))) is not None:
            attempt, value = self._tried(shape, found[0], path + at(*found[1]), strict=False)
            attempt.repairs.insert(0, Repair(path, "wrapping-key"))
            attempts.append((attempt, value))
            if item_keys is None and not attempt.problems:  # any object could be an item, so use the list
                self.adopt(attempt)
                return value
        if takes(shape.item, "object") and (item_keys is None or knows(item_keys, raw)):
            attempt, value = self._tried(shape, [raw], path, strict=False)
            attempt.repairs.insert(0, Repair(path, "object-for-list"))
            attempts.append((attempt, value))
        fitting = [each for each in attempts if not each[0].problems] or attempts[:1]
        if len(fitting) != 1:
            return self._mismatch(shape, raw, path)
        attempt, value = fitting[0]
        self.adopt(attempt)
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
        asks_entries = not isinstance(shape.value, Anything)
        if asks_entries and is_object(raw) and _is_entry(raw):
            if self.strict:
                return self._mismatch(shape, raw, path)
            self.repaired(path, "object-for-list")
            return {raw[KEY]: self.read(shape.value, raw[VALUE], f"{path}.{VALUE}")}
        if isinstance(raw, str) and not self.strict:
            return self._from_text(shape, raw, path, ("object", "list"))
        if not is_object(raw):
            return self._mismatch(shape, raw, path)
        attempt = self.like()
        value = {key: attempt.read(shape.value, each, path + at(key)) for key, each in raw.items()}
        if attempt.problems and not self.strict and len(raw) == 1:
            [(key, inner)] = raw.items()
            if kind_of(inner) in ("object", "list") and not denies(key, class_names(shape)):
                unwrapped, inner_value = self._tried(shape, inner, path + at(key), strict=False)
                if not unwrapped.problems:
                    self.repaired(path, "wrapping-key")
                    attempt, value = unwrapped, inner_value
        self.adopt(attempt)
        return value

    def _table_of_entries(self, shape: Table, raw: list[dict[str, Any]], path: str) -> Any:
        table: dict[str, Any] = {}
        for index, entry in enumerate(raw):
            if entry[KEY] in table:
                self.problems.append(
                    Problem(f"{path}[{index}].{KEY}", f"{shown(entry[KEY])} is a duplicate key")
                )
            table[entry[KEY]] = self.read(shape.value, entry[VALUE], f"{path}[{index}].{VALUE}")
        return table

    def _converted(self, shape: Converted, raw: Any, path: str) -> Any:
        if shape.own is None:
            return self._built(shape.convert, path, lambda: self.read(shape.inner, raw, path))
        return self._adopted(read_own(self, shape.inner, shape.own, raw, path), shape.inner)

    def _record(self, shape: Record, raw: Any, path: str) -> Any:
        if shape.own is not None:
            return self._own_record(shape, shape.own, raw, path)
        if isinstance(raw, str) and not self.strict:
            return self._from_text(shape, raw, path, ("object",))
        if is_list(raw) and shape.positional and len(raw) <= len(shape.fields):
            raw = {field.key: value for field, value in zip(shape.fields, raw, strict=False)}
        if not is_object(raw):
            return self._mismatch(shape, raw, path)
        if not self.strict:
            raw = self._in_class_case(shape, raw, path)
        if not self.strict and (found := unwrapped(shape, raw)) is not None:
            self.repaired(path, "wrapping-key")
            return self.read(shape, found[0], path + at(*found[1]))
        if raw and shape.fields and not (keys_of(shape) or frozenset()) & raw.keys():
            self.problems.append(Problem(path, nothing_read(shape, raw)))
            return None
        if self.as_json:
            mended = self._fields(shape, raw, path)
            keys = [field.key for field in shape.fields][: len(mended)]
            if shape.positional and set(keys) == mended.keys():  # msgspec wants a list; pydantic takes both
                return [mended[key] for key in keys]
            return mended
        return build(self, shape, raw, path)

    def _in_class_case(self, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
        """Correct the letter case of keys that differ from the class's keys only in case."""
        renamed = in_class_case(shape, raw)
        for found in renamed:
            self.repaired(path + at(found), "letter-case")
        return _renamed(raw, renamed)

    def _own_record(self, shape: Record, own: OwnReading, raw: Any, path: str) -> Any:
        """Read by a class's own rules.

        If it rejects the JSON, read the JSON in a string or the object in a wrapper.
        """
        if self.strict or kind_of(raw) not in ("text", "object"):
            return self._adopted(read_own(self, shape, own, raw, path), shape)
        found = unwrapped(shape, raw) if is_object(raw) else None
        renamed = in_class_case(shape, raw) if is_object(raw) else {}
        as_it_is = not (isinstance(raw, str) or found or renamed)
        result = read_own(self, shape, own, raw, path, repair=as_it_is)
        if not result.problems and is_object(raw) and renamed and not _gave(result.value, shape, renamed):
            cased = read_own(self, shape, own, _renamed(raw, renamed), path)
            if not cased.problems:
                for found_key in renamed:
                    self.repaired(path + at(found_key), "letter-case")
                result = cased
        if as_it_is or not result.problems:
            return self._adopted(result, shape)
        if isinstance(raw, str):
            return self._from_text(shape, raw, path, ("object",))
        if renamed:
            return self._adopted(
                read_own(self, shape, own, self._in_class_case(shape, raw, path), path), shape
            )
        keys = found[1] if found else []
        self.repaired(path, "wrapping-key")
        return self.read(shape, found and found[0], path + at(*keys))

    def _adopted(self, result: OwnResult, shape: Shape) -> Any:
        self.problems += result.problems
        self.repairs += result.repairs
        self.misfits |= result.misfits
        used, loose = fit(shape, result.json)
        self.used += used
        self.loose += loose
        return result.json if self.as_json else result.value

    def _fields(self, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
        """Repair the fields of a class that is read by the rules of its enclosing class."""
        mended = dict(raw)
        for field in shape.fields:
            where = path + at(field.key)
            if field.key in raw:
                value = raw[field.key]
                if value is None and not (self.strict or field.required or takes_null(field.shape)):
                    self.repaired(where, "null-for-default")
                    del mended[field.key]
                else:
                    mended[field.key] = self.read(field.shape, value, where)
            elif field.required and field.name is not None:
                if takes_null(field.shape) and not self.strict:
                    self.repaired(where, "missing-for-null")
                    mended[field.key] = None
                else:
                    self.problems.append(Problem(where, "is missing"))
        return mended


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


def _renamed(raw: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in raw.items()} if names else raw


def _gave(value: Any, shape: Record, renamed: dict[str, str]) -> bool:
    """Say whether the class itself reads keys in another letter case."""
    given = given_fields(value)
    names = {field.name for field in shape.fields if {field.key, *field.also} & set(renamed.values())}
    return given is not None and names <= given


def _is_entry(raw: Any) -> bool:
    return is_object(raw) and raw.keys() == {KEY, VALUE} and isinstance(raw[KEY], str)
