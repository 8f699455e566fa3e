"""Reading classes: by their own rules, if they have any, otherwise field by field."""

from __future__ import annotations

from typing import Any

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.building import build
from tinyfish.typed.class_rules import OwnResult, in_class_case, read_own, unwrapped
from tinyfish.typed.errors import Problem
from tinyfish.typed.fitting import fit
from tinyfish.typed.libraries import given_fields
from tinyfish.typed.shapes import Converted, OwnReading, Record, Shape, keys_of, nothing_read, takes_null
from tinyfish.typed.values import at, is_list, is_object, kind_of


def read_converted(attempt: Attempt, shape: Converted, raw: Any, path: str) -> Any:
    """Read a value that is passed to a function or class, or that a class reads itself."""
    if shape.own is None:
        return attempt.built(shape.convert, path, lambda: attempt.read(shape.inner, raw, path))
    return _adopted(attempt, read_own(attempt, shape.inner, shape.own, raw, path), shape.inner)


def read_record(attempt: Attempt, shape: Record, raw: Any, path: str) -> Any:
    """Read an object as a class."""
    if shape.own is not None:
        return _own_record(attempt, shape, shape.own, raw, path)
    if isinstance(raw, str) and not attempt.strict:
        return attempt.from_text(shape, raw, path, ("object",))
    if is_list(raw) and shape.positional and len(raw) <= len(shape.fields):
        raw = {field.key: value for field, value in zip(shape.fields, raw, strict=False)}
    if not is_object(raw):
        return attempt.mismatch(shape, raw, path)
    if not attempt.strict:
        raw = _in_class_case(attempt, shape, raw, path)
    if not attempt.strict and (found := unwrapped(shape, raw)) is not None:
        attempt.repaired(path, "wrapping-key")
        return attempt.read(shape, found[0], path + at(*found[1]))
    if raw and shape.fields and not (keys_of(shape) or frozenset()) & raw.keys():
        attempt.problems.append(Problem(path, nothing_read(shape, raw)))
        return None
    if attempt.as_json:
        mended = _fields(attempt, shape, raw, path)
        keys = [field.key for field in shape.fields][: len(mended)]
        if (
            shape.positional and set(keys) == mended.keys()
        ):  # msgspec accepts only a list; pydantic accepts both
            return [mended[key] for key in keys]
        return mended
    return build(attempt, shape, raw, path)


def _in_class_case(attempt: Attempt, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
    """Correct the letter case of keys that differ from the class's keys only in case."""
    renamed = in_class_case(shape, raw)
    for found in renamed:
        attempt.repaired(path + at(found), "letter-case")
    return _renamed(raw, renamed)


def _own_record(attempt: Attempt, shape: Record, own: OwnReading, raw: Any, path: str) -> Any:
    """Read by a class's own rules.

    If it rejects the JSON, read the JSON in a string or the object in a wrapper.
    """
    if attempt.strict or kind_of(raw) not in ("text", "object"):
        return _adopted(attempt, read_own(attempt, shape, own, raw, path), shape)
    found = unwrapped(shape, raw) if is_object(raw) else None
    renamed = in_class_case(shape, raw) if is_object(raw) else {}
    as_it_is = not (isinstance(raw, str) or found or renamed)
    result = read_own(attempt, shape, own, raw, path, repair=as_it_is)
    if not result.problems and is_object(raw) and renamed and not _gave(result.value, shape, renamed):
        cased = read_own(attempt, shape, own, _renamed(raw, renamed), path)
        if not cased.problems:
            for found_key in renamed:
                attempt.repaired(path + at(found_key), "letter-case")
            result = cased
    if as_it_is or not result.problems:
        return _adopted(attempt, result, shape)
    if isinstance(raw, str):
        return attempt.from_text(shape, raw, path, ("object",))
    if renamed:
        return _adopted(
            attempt, read_own(attempt, shape, own, _in_class_case(attempt, shape, raw, path), path), shape
        )
    keys = found[1] if found else []
    attempt.repaired(path, "wrapping-key")
    return attempt.read(shape, found and found[0], path + at(*keys))


def _adopted(attempt: Attempt, result: OwnResult, shape: Shape) -> Any:
    attempt.problems += result.problems
    attempt.repairs += result.repairs
    attempt.misfits |= result.misfits
    used, loose = fit(shape, result.json)
    attempt.used += used
    attempt.loose += loose
    return result.json if attempt.as_json else result.value


def _fields(attempt: Attempt, shape: Record, raw: dict[str, Any], path: str) -> dict[str, Any]:
    """Repair the fields of a class that is read by the rules of its enclosing class."""
    mended = dict(raw)
    for field in shape.fields:
        where = path + at(field.key)
        if field.key in raw:
            value = raw[field.key]
            if value is None and not (attempt.strict or field.required or takes_null(field.shape)):
                attempt.repaired(where, "null-for-default")
                del mended[field.key]
            else:
                mended[field.key] = attempt.read(field.shape, value, where)
        elif field.required and field.name is not None:
            if takes_null(field.shape) and not attempt.strict:
                attempt.repaired(where, "missing-for-null")
                mended[field.key] = None
            else:
                attempt.problems.append(Problem(where, "is missing"))
    return mended


def _renamed(raw: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in raw.items()} if names else raw


def _gave(value: Any, shape: Record, renamed: dict[str, str]) -> bool:
    """Say whether the class itself reads keys in another letter case."""
    given = given_fields(value)
    names = {field.name for field in shape.fields if {field.key, *field.also} & set(renamed.values())}
    return given is not None and names <= given
