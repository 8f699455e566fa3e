"""Keys as text. A key can be any object of the caller's, and what it does itself can fail."""

from __future__ import annotations

from typing import Final

# Python turns no integer of more than 4,300 digits into text:
# https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation
_MOST_BITS: Final = 14_000


def text_of(thing: object) -> str:
    """A text for a key, or for anything else of the caller's."""
    try:
        return str(thing)
    except Exception:  # noqa: BLE001 - the caller's code
        return object.__repr__(thing)


def plain_key(key: object) -> str | int:
    """A key as JSON and tables have it."""
    if isinstance(key, int) and key.bit_length() <= _MOST_BITS:
        return key
    return key if isinstance(key, str) else text_of(key)
