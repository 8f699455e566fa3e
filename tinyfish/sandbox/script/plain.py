"""The options of rules and faults as JSON, copied so that later changes by the caller have no effect."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject

# The flags that a pattern's text can contain, so that a rule is the same in Python, in a file and over HTTP.
_INLINE_FLAGS = {re.ASCII: "a", re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x"}


def plain_json(given: Mapping[str, Any]) -> JsonObject:
    """A copy of a rule or fault with JSON values only; compiled patterns become `{"regex": ...}`.

    Raises:
        InvalidInputError: It contains something that isn't JSON.
    """
    copied: JsonObject = {}
    for name, value in given.items():
        if isinstance(value, re.Pattern):
            copied[name] = _regex(given[name], name)
        else:
            copied[name] = _copy(value, [name])
    return copied


def _copy(value: object, path: list[str | int]) -> Any:
    try:
        return _copied(value, path)
    except RecursionError:
        raise InvalidInputError([issue("custom", path, "Nested too deeply, or contains itself")]) from None


def _copied(value: object, path: list[str | int]) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refusal(path, f"{value} is not a JSON number; use None or a string")
        return float(value)
    if isinstance(value, Mapping):
        return _object(cast("Mapping[object, object]", value), path)
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [_copied(item, [*path, index]) for index, item in enumerate(items)]
    raise _refusal(
        path, f"{value!r} ({type(value).__name__}) is not a JSON value; use a string, number, list or dict"
    )


def _object(value: Mapping[object, object], path: list[str | int]) -> JsonObject:
    copied: JsonObject = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            raise _refusal([*path, str(name)], f"The name of a JSON field must be a string, not {name!r}")
        copied[name] = _copied(inner, [*path, name])
    return copied


def _regex(pattern: re.Pattern[Any], name: str) -> JsonObject:
    if not isinstance(pattern.pattern, str):
        raise _refusal([name], "The pattern must be compiled from a str, not from bytes")
    letters = "".join(letter for flag, letter in _INLINE_FLAGS.items() if pattern.flags & flag)
    return {"regex": f"(?{letters}){pattern.pattern}" if letters else pattern.pattern}


def _refusal(path: list[str | int], message: str) -> InvalidInputError:
    return InvalidInputError([issue("invalid_type", path, message)])
