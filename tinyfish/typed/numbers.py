"""The number that a text stands for, as far as it can be read in one way only.

"2.000" is 2 to some and 2000 to others, so it is no number until something decides: a currency sign whose countries
write "1,299" in one way, a second divider, or the caller's `decimal_sign`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import attrs

DecimalMark: TypeAlias = Literal[".", ","]


@attrs.frozen
class DecimalSign:
    """The decimal sign of the numbers of one field, where they come as texts: `Annotated[float, DecimalSign(",")]`.

    It holds for that field, and for the items if the field is a list or dict of numbers; it wins over the
    `decimal_sign` of a call.

    Args:
        sign: "." if "1.250" is one and a quarter, "," if it is one thousand two hundred and fifty.

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
    """Return the decimal sign that an annotation carries, as the metadata of what is inside of it."""
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
# A minus has no space after it: "- 5" is an item of a list. "USD-5" names a thing.
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
# In front of a number these say that a comma divides its thousands. "€1,799" and "R$1,799" do not, nor do codes.
_COMMA_DIVIDES = frozenset(
    ["$", "＄", "£", "￡", "¥", "￥", "₩", "￦", "₹", "₱", "฿", "₪"]
    + [f"{country}$" for country in ("US", "C", "CA", "A", "AU", "NZ", "HK", "S", "SG", "NT", "MX")]
)


def number_in(text: str, decimal_sign: DecimalMark | None = None) -> Decimal | None:
    """Return the number that a text stands for: "1,299.00", "$5", "12,50 €", "1 299 SEK".

    Args:
        text: The text.
        decimal_sign: The decimal sign, if it is known.

    Returns:
        The number; None for anything else, and where it could be two numbers ("1.299", "€ 1,799").
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
        # As India writes it; without a currency it may as well be a list of numbers.
        is_amount = decimal_sign is None and (match["before"] or match["after"])
        digits = _joined(lakhs, ",") if is_amount or decimal_sign == "." else None
    minus = "-" if (match["minus"] or match["inner"] or "+") != "+" else ""
    return None if digits is None else Decimal(minus + digits)


def _plain_digits(text: str, decimal_sign: DecimalMark | None, *, comma_divides: bool) -> str | None:
    """Take out what divides the thousands, and make the decimal sign a point; None where it may be either."""
    if match := _GROUPED.fullmatch(text):
        by, mark = match["by"], match["mark"]
        if by == decimal_sign or (mark and decimal_sign and mark != decimal_sign):
            pass  # not as it was said to be written, unless it is one number with its decimals
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
