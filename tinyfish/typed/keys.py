"""What an object's keys say about their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
# In the singular. A value under such a key isn't the requested one, whatever it looks like.
_DENYING = frozenset(
    "absent alternative before blocked broken deleted demo denied deprecated discarded draft dummy duplicate error "  # noqa: SIM905
    "example exception excluded expected expired fail failed failing failure fake fallback fault forbidden former "
    "ignored incorrect input invalid issue lost missing mock no non not old omitted other outdated placeholder prev "
    "previous problem prompt query reason recommendation recommended rejected related removed request sample schema "
    "similar skipped stale suggested suggestion template test unavailable unexpected unknown unmatched unrelated "
    "warning without wrong".split()
)
_ERRORS = frozenset({"error", "exception", "failure", "fault"})
_BAD_STATUS = _ERRORS | {"blocked", "denied", "fail", "failed", "forbidden", "invalid", "unavailable"}


def _words(text: str) -> set[str]:
    """Return the words of a key or name, in lower case, in the plural and in the singular."""
    words = {word.lower() for word in _WORD.findall(text)}
    return words | {word.removesuffix("s") for word in words}


def denies(key: str, wanted: Collection[str] = ()) -> bool:
    """Say whether a key means that its value isn't the requested one: `errors`, `previous_product`, `notFound`.

    Args:
        key: The key.
        wanted: The names of the requested classes: `issues` can hold a list of the class `Issue`.
    """
    return not _words(key) & _DENYING <= set[str]().union(*map(_words, wanted))


def speaks_against(raw: dict[str, Any], beside: str) -> bool:
    """Say whether an object's other keys rule out a result: an error, `"success": false`, `"status": "failed"`."""
    return any(
        (bool(value) and bool(_words(key) & _ERRORS))
        or (value is False and key.lower() in ("success", "successful", "ok", "found", "valid"))
        or (
            key.lower() in ("status", "state")
            and isinstance(value, str)
            and bool(_words(value) & _BAD_STATUS)
        )
        for key, value in raw.items()
        if key != beside
    )


def knows(keys: Iterable[str], raw: dict[str, Any]) -> bool:
    """Say whether an object has one of the keys, ignoring case."""
    folded = {key.casefold() for key in keys}
    return any(key.casefold() in folded for key in raw)


def in_other_case(key: str, raw: dict[str, Any], known: Iterable[str]) -> str | None:
    """Return an object's only key that differs from a class's key only in letter case.

    None if there isn't exactly one, or if the class has two such keys.
    """
    folded = key.casefold()
    if [each.casefold() for each in known].count(folded) != 1:
        return None
    found = [each for each in raw if each.casefold() == folded]
    return found[0] if len(found) == 1 else None
