"""The date in a string, if it's unambiguous."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_CHARS = 60

_TIME = (
    r"(?:(?:T|,? |,? at )(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?: ?[AP]\.?M\.?)?(?: ?(?:Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_WEEKDAY = r"(?:(?P<weekday>[a-z]{3,9})\.?,? )?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>[0-9]{4})"
_FORMS = [
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<by>[-/.])(?P<month>[0-9]{{1,2}})(?P=by)(?P<day>[0-9]{{1,2}})",
        rf"(?P<first>[0-9]{{1,2}})(?P<by>[-/.])(?P<second>[0-9]{{1,2}})(?P=by){_YEAR}",
        rf"{_WEEKDAY}{_DAY}[ -](?:of )?{_MONTH}(?:,? |-){_YEAR}",
        rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}",
    )
]


def date_in(text: str) -> dt.date | None:
    """Return the date in a string: "3 November 2026", "Nov 3rd, 2026", "2026-11-03T10:00:00Z", "25/12/2026".

    A time is dropped. The date is read as written, in any time zone. None for anything else, and if it could be two
    dates ("03/04/2026").
    """
    text = " ".join(text.split())
    if len(text) > _MAX_CHARS:
        return None
    for form in _FORMS:
        if match := form.fullmatch(text):
            parts = match.groupdict()
            month, day = _month_and_day(parts)
            try:
                date = dt.date(int(parts["year"]), month, day)
            except ValueError:
                return None
            weekday = parts.get("weekday")
            return date if weekday is None or _place(weekday, _DAYS) == date.weekday() + 1 else None
    return None


def _month_and_day(parts: dict[str, str | None]) -> tuple[int, int]:
    """Return the month and the day; zeros if they're ambiguous."""
    if parts.get("first"):
        first, second = sorted((int(parts["first"] or 0), int(parts["second"] or 0)))
        return (first, second) if second > len(_MONTHS) or first == second else (0, 0)
    month = parts["month"] or ""
    return (int(month) if month.isdigit() else _place(month, _MONTHS)), int(parts["day"] or 0)


def _place(word: str, names: tuple[str, ...]) -> int:
    """Return a name's position, from 1, by its full or abbreviated form ("Nov", "Sept"); 0 if it isn't one."""
    word = word.lower()
    for place, name in enumerate(names, 1):
        if word in (name, name[:3]) or (name in ("september", "tuesday", "thursday") and word == name[:4]):
            return place
    return 0
