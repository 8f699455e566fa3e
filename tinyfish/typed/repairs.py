"""What is read out of a text that was meant as something else.

Each function takes a text as far as its words carry and no further: where it could be read in two ways the
answer is None, for a mismatch that is seen is better than a value that is invented.
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from tinyfish.typed.values import is_object, kind_of

RepairName = Literal[
    "json-in-string",  # '{"name": "Tea"}' where an object or a list was asked
    "code-fence",  # the same between ``` and ```
    "text-around-json",  # the same with words before or after it
    "wrapping-key",  # {"product": {"name": "Tea"}} for {"name": "Tea"}
    "object-for-list",  # {"name": "Tea"} for [{"name": "Tea"}]
    "number-in-string",  # "$1,299.00" for 1299
    "number-for-text",  # 4711 for "4711"
    "yes-or-no",  # "yes" for true
    "empty-for-null",  # "" for null
    "missing-for-null",  # no such key, where null was possible
    "null-for-default",  # null, where the class has a default
    "read-by-class",  # a pydantic model's own lax reading
]


class Repair(NamedTuple):
    """One thing that was put right to read a result.

    Attributes:
        path: Where, such as `$.offers[0].price`; `$` is the whole result.
        name: What was done.
    """

    path: str
    name: RepairName


_DECODER = json.JSONDecoder()
_FENCE_LABEL = re.compile(r"\w*\s*")
_BRACKET = re.compile(r"[{\[]")
_BRACKETED_WORDS = re.compile(r'[{\[][^{}\[\]"]*[}\]]')
_MAX_BRACKETS = 1000  # each that is not JSON costs a look at all of the text before it
_MAX_NESTED_STRINGS = 3  # JSON in a string in JSON in a string ...


def json_in(text: str, kind: Literal["object", "list"]) -> tuple[Any, list[RepairName]] | None:
    """Return the one JSON object (or list) that a text holds, with what it took to get at it.

    None if there is none, or more than one outside of a single code fence.
    """
    names: list[RepairName] = []
    for _ in range(_MAX_NESTED_STRINGS):
        whole = _parsed(text)
        if kind_of(whole) == "text":
            names.append("json-in-string")
            text = whole
            continue
        if kind_of(whole) == kind:
            return whole, [*names, "json-in-string"]
        fenced = [found for part in _fenced(text) if kind_of(found := _parsed(part)) == kind]
        if len(fenced) == 1:
            return fenced[0], [*names, "code-fence"]
        embedded = [found for found in _embedded(text) if kind_of(found) == kind]
        if len(embedded) == 1:
            return embedded[0], [*names, "text-around-json"]
        return None
    return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _fenced(text: str) -> list[str]:
    """Return what stands between ``` and ```, without the label that may follow the first."""
    parts = text.split("```")
    inside = parts[1::2] if len(parts) % 2 else parts[1:-1:2]
    return [part[label.end() :] for part in inside if (label := _FENCE_LABEL.match(part))]


def _embedded(text: str) -> list[Any]:
    """Return the objects and lists that stand in a text, outermost ones only.

    Words in brackets are passed over. Any other bracket that is not JSON is taken for JSON that is broken or
    was cut off, and then nothing is returned: a part of it would be mistaken for the whole.
    """
    documents: list[Any] = []
    at = 0
    for _ in range(_MAX_BRACKETS):
        start = _BRACKET.search(text, at)
        if start is None:
            return documents
        try:
            document, at = _DECODER.raw_decode(text, start.start())
            documents.append(document)
        except (ValueError, RecursionError):
            words = _BRACKETED_WORDS.match(text, start.start())
            if words is None:
                return []
            at = words.end()
    return []


_MAX_WRAPPERS = 3


def inside(
    raw: dict[str, Any], known: frozenset[str], kind: Literal["object", "list"]
) -> tuple[Any, list[str]] | None:
    """Return the object with known keys (or the list) that objects of one unknown key are wrapped around.

    A text that holds one counts as one. None if there is no such thing; else it, and the keys that lead to it.
    """
    keys: list[str] = []
    while len(raw) == 1 and len(keys) < _MAX_WRAPPERS:
        [(key, value)] = raw.items()
        if key in known:
            return None
        keys.append(key)
        if isinstance(value, str):
            return (value, keys) if json_in(value, kind) else None
        if kind_of(value) == kind and (kind == "list" or known & value.keys()):
            return value, keys
        if not is_object(value):
            return None
        raw = value
    return None


_MAX_NUMBER_CHARS = 100
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_WITH_POINT = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")
_WITH_THOUSANDS = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<by>[,. \u00a0\u2009\u202f'’])[0-9]{3}(?:(?P=by)[0-9]{3})*)"
    r"(?:(?!(?P=by))[.,](?P<rest>[0-9]+))?"
)
_CODE = re.compile(
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KRW|KWD|"
    "MXN|MYR|NGN|NOK|NZD|PEN|PHP|PKR|PLN|QAR|RON|RSD|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
_SIGN_BEFORE = re.compile(r"[A-Z]{0,2}(.)")  # $, and US$, A$, R$


def number_in(text: str) -> Decimal | None:
    """Return the number that a text stands for: "1,299.00", "$5", "12,50 €", "1 299 SEK".

    None for anything else, and where it could be two numbers ("1.299 €").
    """
    text = text.strip()
    if len(text) > _MAX_NUMBER_CHARS:
        return None
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    sign, text = _without_sign(text)
    text, before, after = _without_currency(text)
    if not sign:
        sign, text = _without_sign(text)
    digits = _plain_digits(text, before=before, after=after)
    return None if digits is None else Decimal(sign + digits)


def _without_sign(text: str) -> tuple[str, str]:
    if text[:1] in ("-", "−"):
        return "-", text[1:].lstrip()
    if text[:1] == "+":
        return "+", text[1:].lstrip()
    return "", text


def _without_currency(text: str) -> tuple[str, bool, bool]:
    """Take off one currency sign or code and say whether it stood before or after the number."""
    if match := _CODE.match(text):
        return text[match.end() :].lstrip(), True, False
    if (match := _SIGN_BEFORE.match(text)) and unicodedata.category(match[1]) == "Sc":
        return text[match.end() :].lstrip(), True, False
    if _CODE.fullmatch(text[-3:]):
        return text[:-3].rstrip(), False, True
    if text and unicodedata.category(text[-1]) == "Sc":
        return text[:-1].rstrip(), False, True
    return text, False, False


def _plain_digits(text: str, *, before: bool, after: bool) -> str | None:
    """Take out what divides the thousands, and make the decimal comma a point."""
    if match := _WITH_THOUSANDS.fullmatch(text):
        whole, by, rest = match["whole"], match["by"], match["rest"]
        groups = whole.split(by)
        could_be_decimals = len(groups) == 2 and rest is None and by in ",."
        if not could_be_decimals or (by == "," and not after):
            return "".join(groups) + (f".{rest}" if rest else "")
        if before or after:
            return None  # "1.299 €" is 1299 to some and 1.299 to others, and so is "1,299 €"
    if match := _WITH_POINT.fullmatch(text):
        return ".".join(part for part in match.groups() if part)
    return None


def truth_in(text: str) -> bool | None:
    """Return what "yes", "no", "true" or "false" say, in any case; None for anything else."""
    return {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower())
