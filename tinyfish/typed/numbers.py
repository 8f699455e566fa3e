"""The number that a string means, if it's unambiguous.

"2.000" is 2 to some people and 2000 to others, so it isn't read until something decides: a currency sign whose
countries all write "1,299" the same way, a second separator, or the caller's `decimal_sign`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import attrs

DecimalMark: TypeAlias = Literal[".", ","]


@attrs.frozen
class DecimalSign:
    """The decimal sign of one field's numbers, for numbers in strings: `Annotated[float, DecimalSign(",")]`.

    It applies to that field, and to the items if the field is a list or dict of numbers. It overrides the
    `decimal_sign` of a call.

    Attributes:
        sign: "." if "1.250" is one and a quarter, "," if it's one thousand two hundred and fifty.

    Raises:
        ValueError: The sign is neither.

    Example:
        >>> from typing import Annotated
        >>> from attrs import frozen
        >>> from tinyfish import DecimalSign, read_as
        >>> @frozen
        ... class Product:
        ...     price: Annotated[float, DecimalSign(",")]
        >>> read_as(Product, {"price": "13.900"})
        Product(price=13900.0)
    """

    sign: DecimalMark = attrs.field(validator=attrs.validators.in_((".", ",")))


def decimal_sign_in(metadata: tuple[Any, ...]) -> tuple[DecimalSign, ...]:
    """Return the decimal sign in an annotation's metadata."""
    return tuple(each for each in metadata if isinstance(each, DecimalSign))[-1:]


_MAX_CHARS = 100
_SPACES = " \u00a0\u2007\u2009\u202f"
_EXPONENT = re.compile(r"-?[0-9]+(?P<point>\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
# Signs of whole units only: 99¢ is not 99, nor are mills and pfennigs.
_CURRENCY = "$£¤¥֏؋৲৳૱௹฿៛₠₡₢₣₤₦₧₨₩₪₫€₭₮₯₱₲₳₴₵₶₷₸₹₺₻₼₽₾₿⃀﷼﹩＄￡￥￦"
_CODE = (
    "(?:AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|KWD|"
    "MXN|MYR|NGN|NOK|NZD|PEN|PHP|PKR|PLN|QAR|RON|RSD|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR)"
)
# A minus has no space after it: "- 5" is a list item. "USD-5" is a name.
_AMOUNT = re.compile(
    rf"(?P<minus>[-+−])?(?:(?P<before>[A-Z]{{0,3}}[{_CURRENCY}]|{_CODE}(?![-+−]))[{_SPACES}]*)?(?P<inner>[-+−])?"
    rf"(?P<digits>[0-9](?:[{_SPACES}0-9.,'’‘ʼ]*[0-9])?)"
    rf"(?:[{_SPACES}]*(?P<after>[{_CURRENCY}]|{_CODE}))?"
)
_PLAIN = re.compile(r"(?P<whole>[0-9]+)(?:(?P<mark>[.,])(?P<rest>[0-9]+))?")
_GROUPED = re.compile(
    rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<by>[,.{_SPACES}'’‘ʼ])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*)"
    r"(?:(?!(?P=by))(?P<mark>[.,])(?P<rest>[0-9]+))?"
)
_LAKHS = re.compile(r"(?P<whole>[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:(?P<mark>\.)(?P<rest>[0-9]+))?")
# In front of a number, these imply that a comma separates thousands. "€1,799", "R$1,799" and codes don't.
_COMMA_DIVIDES = frozenset(
    ["$", "＄", "£", "￡", "¥", "￥", "₩", "￦", "₹", "₱", "฿", "₪"]
    + [f"{country}$" for country in ("US", "C", "CA", "A", "AU", "NZ", "HK", "S", "SG", "NT", "MX")]
)


def number_in(text: str, decimal_sign: DecimalMark | None = None) -> Decimal | None:
    """Return the number that a string means: "1,299.00", "$5", "12,50 €", "1 299 SEK".

    Args:
        text: The string.
        decimal_sign: The decimal sign, if it's known.

    Returns:
        The number; None for anything else, and if it could be two numbers ("1.299", "€ 1,799").
    """
    text = text.strip()
    if len(text) > _MAX_CHARS:
        return None
    if match := _EXPONENT.fullmatch(text):  # written by a program, with a point
        return None if match["point"] and decimal_sign == "," else Decimal(text)
    match = _AMOUNT.fullmatch(text)
    if match is None or (match["minus"] and match["inner"]) or (match["before"] and match["after"]):
        return None
    digits = _plain_digits(match["digits"], decimal_sign, comma_divides=match["before"] in _COMMA_DIVIDES)
    if digits is None and (lakhs := _LAKHS.fullmatch(match["digits"])):
        # Indian notation; without a currency it could also be a list of numbers.
        is_amount = decimal_sign is None and (match["before"] or match["after"])
        digits = _joined(lakhs, ",") if is_amount or decimal_sign == "." else None
    minus = "-" if (match["minus"] or match["inner"] or "+") != "+" else ""
    return None if digits is None else Decimal(minus + digits)


def _plain_digits(text: str, decimal_sign: DecimalMark | None, *, comma_divides: bool) -> str | None:
    """Remove thousands separators, and make the decimal sign a point; None if it's ambiguous."""
    if match := _GROUPED.fullmatch(text):
        by, mark = match["by"], match["mark"]
        if by == decimal_sign or (mark and decimal_sign and mark != decimal_sign):
            pass  # contradicts `decimal_sign`, unless it's a plain number with decimals
        elif mark or by not in ",." or match["whole"].count(by) > 1 or decimal_sign:
            return _joined(match, by)
        else:
            return _joined(match, by) if by == "," and comma_divides else None
    if (match := _PLAIN.fullmatch(text)) and match["mark"] in (None, decimal_sign or match["mark"]):
        return _joined(match, "")
    return None


def _joined(match: re.Match[str], by: str) -> str:
    whole = match["whole"].replace(by, "") if by else match["whole"]
    return f"{whole}.{match['rest']}" if match["rest"] else whole
