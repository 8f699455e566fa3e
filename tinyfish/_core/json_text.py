"""JSON to values, by msgspec where it is installed (the extra `speed`): the same values as `json.loads` gives.

It is msgspec because its integers are exact, however long; orjson makes floats of those beyond 64 bits.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

# Loading msgspec takes some 5 ms: what it saves on texts shorter than this never makes up for that.
WORTH_LOADING_CHARS: Final = 16 * 1024


def loads(text: bytes | str) -> Any:
    """What `json.loads` gives; long texts are read faster if msgspec is installed.

    However deeply it is nested: what is beyond the stack of `json` is read without one.

    Raises:
        ValueError: It is not JSON, or not UTF-8, 16 or 32.
    """
    decode = None if len(text) < WORTH_LOADING_CHARS else faster()
    if decode is not None:
        try:
            return decode(text)
        except Exception:  # noqa: BLE001, S110 - whatever it refuses, NaN or UTF-16 for one, is for json to judge
            pass
    try:
        return json.loads(text)
    except RecursionError:
        return _loads_deep(
            text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
        )


# One mark or scalar, after spaces. A text ends at the first quote that no backslash stands before.
_TOKEN: Final = re.compile(r'[ \t\n\r]*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^ \t\n\r{}\[\],:"]+)', re.DOTALL)
_SPACES: Final = re.compile(r"[ \t\n\r]*")


class _Expected(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA_OR_END = auto()


def _loads_deep(text: str) -> Any:
    """What `json.loads` gives, without a stack, and in ten times the time."""
    top: list[Any] = []
    holders: list[Any] = [top]
    keys: list[str] = [""]  # of each holder, the key whose value comes next
    expected, at = _Expected.VALUE, 0
    while len(holders) > 1 or not top:
        token = _TOKEN.match(text, at)
        if token is None:
            raise json.JSONDecodeError("Expecting more", text, at)
        at, word, holder = token.end(), token[1], holders[-1]
        match expected, word:
            case (_Expected.COLON, ":"):
                expected = _Expected.VALUE
            case (_Expected.COMMA_OR_END, ","):
                expected = _Expected.KEY if isinstance(holder, dict) else _Expected.VALUE
            case (_Expected.COMMA_OR_END | _Expected.KEY_OR_END, "}") if isinstance(holder, dict):
                expected = _close(holders, keys)
            case (_Expected.COMMA_OR_END | _Expected.VALUE_OR_END, "]") if isinstance(holder, list):
                expected = _close(holders, keys)
            case (_Expected.KEY | _Expected.KEY_OR_END, _) if word.startswith('"'):
                keys[-1] = json.loads(word)
                expected = _Expected.COLON
            case (_Expected.VALUE | _Expected.VALUE_OR_END, "{" | "["):
                inner: Any = {} if word == "{" else []
                _put(holder, keys[-1], inner)
                holders.append(inner)
                keys.append("")
                expected = _Expected.KEY_OR_END if word == "{" else _Expected.VALUE_OR_END
            case (_Expected.VALUE | _Expected.VALUE_OR_END, _) if word not in "{}[],:":
                _put(holder, keys[-1], json.loads(word))
                expected = _Expected.COMMA_OR_END
            case _:
                raise json.JSONDecodeError(f"Unexpected {word[:20]!r}", text, at)
    end = _SPACES.match(text, at)
    if end is not None and end.end() < len(text):
        raise json.JSONDecodeError("Extra data", text, end.end())
    return top[0]


def _close(holders: list[Any], keys: list[str]) -> _Expected:
    holders.pop()
    keys.pop()
    return _Expected.COMMA_OR_END


def _put(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    else:
        holder.append(value)


@functools.cache
def faster() -> Callable[[bytes | str], Any] | None:
    """What reads JSON faster than `json.loads`, but refuses some of what that takes; None if it is not installed."""
    try:
        from msgspec.json import Decoder
    except ImportError:
        return None
    return Decoder().decode
