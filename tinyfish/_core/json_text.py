"""JSON that others can read; and decoding JSON, with msgspec if it's installed (the extra `speed`).

The decoded values are the same as those of `json.loads`. msgspec was chosen because its integers are exact, however
long. orjson turns integers beyond 64 bits into floats:
https://github.com/ijl/orjson/issues/116
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

from tinyfish_generated.types import rebuilt, written

# Loading msgspec takes about 5 ms, more than it saves on texts shorter than this.
WORTH_LOADING_CHARS: Final = 16 * 1024

_raw_decode: Final = json.JSONDecoder().raw_decode

# In UTF-16 and 32, each quote, colon and brace has one: fewer are damage in UTF-8.
_LEAST_NULS: Final = 4


def encoding_of(content: bytes) -> str:
    """The encoding of JSON, which need not be intact: UTF-8, 16 or 32."""
    found = json.detect_encoding(content)
    return found if found.startswith("utf-8") or content.count(0) >= _LEAST_NULS else "utf-8"


def loads(text: bytes | str) -> Any:
    """The same as `json.loads`, but faster for long texts if msgspec is installed.

    Any nesting depth works: JSON too deep for `json` is read without recursion.

    Raises:
        ValueError: It isn't JSON, or not UTF-8, 16 or 32.
    """
    decode = None if len(text) < WORTH_LOADING_CHARS else faster()
    if decode is not None:
        try:
            return decode(text)
        except Exception:  # noqa: BLE001, S110 - json decides about anything that it rejects, such as NaN or UTF-16
            pass
    try:
        return _loads_text(text) if isinstance(text, str) else json.loads(text)
    except RecursionError:
        return _loads_deep(
            text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
        )


def _loads_text(text: str) -> Any:
    """The same as `json.loads`, without what that does besides: it takes as long as a short text."""
    try:
        value, end = _raw_decode(text)
    except ValueError:  # perhaps only because of space before it
        return json.loads(text)
    return value if end == len(text) or not text[end:].strip(" \t\r\n") else json.loads(text)


def value_at(text: str, begin: int) -> Any:
    """The value that begins at a position of a JSON text. The rest is not read.

    Raises:
        ValueError: There is none.
        RecursionError: It's nested too deep.
    """
    return _raw_decode(text, begin)[0]


def strict_json(value: Any, separators: tuple[str, str] | None = None) -> str:
    """A JSON value as text that every reader accepts: NaN and infinity, which only Python's JSON has, become null."""
    text = written(value, separators=separators)
    if "NaN" in text or "Infinity" in text:
        text = written(rebuilt(value, _finite), separators=separators)
    return text


def _finite(leaf: Any) -> Any:
    return None if isinstance(leaf, float) and not math.isfinite(leaf) else leaf


# One punctuation mark or scalar, after whitespace. A string ends at the first quote without a preceding backslash.
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
    """The same as `json.loads`, without recursion, but ten times slower."""
    top: list[Any] = []
    holders: list[Any] = [top]
    keys: list[str] = [""]  # for each container, the key whose value comes next
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
    """A faster decoder than `json.loads`, which rejects some of its input; None if it isn't installed."""
    try:
        from msgspec.json import Decoder
    except ImportError:
        return None
    return Decoder().decode
