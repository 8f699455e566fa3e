"""JSON to values, by msgspec where it is installed (the extra `speed`): the same values as `json.loads` gives.

It is msgspec because its integers are exact, however long; orjson makes floats of those beyond 64 bits.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final

# Loading msgspec takes some 5 ms: what it saves on texts shorter than this never makes up for that.
WORTH_LOADING_CHARS: Final = 16 * 1024


def loads(text: bytes | str) -> Any:
    """What `json.loads` gives; long texts are read faster if msgspec is installed.

    Raises:
        ValueError: It is not JSON, or not UTF-8, 16 or 32.
        RecursionError: It is nested too deeply.
    """
    decode = None if len(text) < WORTH_LOADING_CHARS else faster()
    if decode is not None:
        try:
            return decode(text)
        except Exception:  # noqa: BLE001, S110 - whatever it refuses, NaN or UTF-16 for one, is for json to judge
            pass
    return json.loads(text)


@functools.cache
def faster() -> Callable[[bytes | str], Any] | None:
    """What reads JSON faster than `json.loads`, but refuses some of what that takes; None if it is not installed."""
    try:
        from msgspec.json import Decoder
    except ImportError:
        return None
    return Decoder().decode
