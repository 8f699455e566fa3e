"""The types that are a single string, number or boolean in JSON, and how to read each.

`read` accepts correct JSON and raises for anything else; `mend` accepts what was meant.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from decimal import Decimal
from typing import Any

from tinyfish.typed.dates import date_in
from tinyfish.typed.numbers import DecimalMark, number_in
from tinyfish.typed.repairs import RepairName, truth_in
from tinyfish.typed.shapes import Scalar

NOT_THIS = (ValueError, TypeError, ArithmeticError)
"""Raised by `read` for JSON that isn't a valid value."""


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _integer(raw: Any) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():  # JSON has one kind of number: 3.0 is 3
        return int(raw)
    raise TypeError


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise TypeError
    number = float(raw)
    if not math.isfinite(number):  # json.loads reads 1e999 as infinity
        raise ValueError
    return number


def _decimal(raw: Any) -> Decimal:
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else Decimal(repr(_number(raw)))


def _truth(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


# fromisoformat accepts more: it reads "2024" as 20:24, and "2024-W05" as a Monday.
# https://docs.python.org/3/library/datetime.html#datetime.datetime.fromisoformat
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)?"
_TIME = rf"[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?{_ZONE}"
_DATE_ALONE, _TIME_ALONE = re.compile(_DATE), re.compile(_TIME)
_MOMENT = re.compile(f"{_DATE}[Tt ]{_TIME}")


def _matching(pattern: re.Pattern[str], raw: Any) -> str:
    text = _text(raw)
    if not pattern.fullmatch(text):
        raise ValueError
    return text.upper()


def _datetime(raw: Any) -> dt.datetime:  # a date alone isn't accepted: midnight would be invented
    return dt.datetime.fromisoformat(_matching(_MOMENT, raw))


def _date(raw: Any) -> dt.date:
    return dt.date.fromisoformat(_matching(_DATE_ALONE, raw))


def _time(raw: Any) -> dt.time:
    return dt.time.fromisoformat(_matching(_TIME_ALONE, raw))


_AMOUNT = r"([0-9]{1,12}(?:[.,][0-9]{1,9})?)"
_DURATION = re.compile(
    rf"([+-]?)P(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?(?:T(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)


def _duration(raw: Any) -> dt.timedelta:
    """Read an ISO 8601 duration. Years and months have no fixed length and aren't accepted."""
    match = _DURATION.fullmatch(_text(raw))
    if match is None:
        raise ValueError
    sign, *amounts = match.groups()
    if not any(amounts):
        raise ValueError
    duration = sum(
        (_of(amount, unit) for amount, unit in zip(amounts, _SECONDS, strict=True) if amount), dt.timedelta()
    )
    return -duration if sign == "-" else duration


def _of(amount: str, seconds: int) -> dt.timedelta:
    whole, _, fraction = amount.replace(",", ".").partition(".")
    nanoseconds = int(fraction.ljust(9, "0")) * seconds
    return dt.timedelta(seconds=int(whole) * seconds, microseconds=nanoseconds // 1000)


def _mend_text(raw: Any, sign: DecimalMark | None) -> tuple[str, RepairName] | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw), "number-for-text"
    return None


def _mend_integer(raw: Any, sign: DecimalMark | None) -> tuple[int, RepairName] | None:
    number = number_in(raw, sign) if isinstance(raw, str) else None
    if number is None or number != number.to_integral_value():
        return None
    return int(number), "number-in-string"


def _mend_number(raw: Any, sign: DecimalMark | None) -> tuple[float, RepairName] | None:
    number = number_in(raw, sign) if isinstance(raw, str) else None
    return None if number is None else (_number(float(number)), "number-in-string")


def _mend_decimal(raw: Any, sign: DecimalMark | None) -> tuple[Decimal, RepairName] | None:
    number = number_in(raw, sign) if isinstance(raw, str) else None
    return None if number is None else (number, "number-in-string")


def _mend_truth(raw: Any, sign: DecimalMark | None) -> tuple[bool, RepairName] | None:
    truth = truth_in(raw) if isinstance(raw, str) else None
    return None if truth is None else (truth, "yes-or-no")


def _mend_date(raw: Any, sign: DecimalMark | None) -> tuple[dt.date, RepairName] | None:
    date = date_in(raw) if isinstance(raw, str) else None
    return None if date is None else (date, "date-in-words")


TEXT = Scalar("a string", {"type": "string"}, _text, _mend_text)
INTEGER = Scalar("an integer", {"type": "integer"}, _integer, _mend_integer)
NUMBER = Scalar("a number", {"type": "number"}, _number, _mend_number)

SCALARS: dict[type, Scalar] = {
    str: TEXT,
    int: INTEGER,
    float: NUMBER,
    bool: Scalar("true or false", {"type": "boolean"}, _truth, _mend_truth),
    Decimal: Scalar("a number", {"type": "number"}, _decimal, _mend_decimal),
    dt.datetime: Scalar("a date with a time", {"type": "string", "format": "date-time"}, _datetime),
    dt.date: Scalar(
        "a date",
        {"type": "string", "format": "date"},
        _date,
        _mend_date,
    ),
    dt.time: Scalar("a time of day", {"type": "string", "format": "time"}, _time),
    dt.timedelta: Scalar("an ISO 8601 duration", {"type": "string", "format": "duration"}, _duration),
    uuid.UUID: Scalar("a UUID", {"type": "string"}, lambda raw: uuid.UUID(_text(raw))),
}
