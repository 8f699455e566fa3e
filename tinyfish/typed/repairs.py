"""Reading values from strings that mean something else.

Each function returns None if a string is ambiguous: a visible mismatch is better than an invented value.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NamedTuple

from tinyfish.typed.keys import denies, knows, speaks_against
from tinyfish.typed.values import at, is_list, is_object, kind_of

RepairName = Literal[
    "json-in-string",  # '{"name": "Tea"}' for an object or a list
    "code-fence",  # the same between ``` and ```
    "text-around-json",  # the same with words before or after it
    "wrapping-key",  # {"product": {"name": "Tea"}} for {"name": "Tea"}; {"teas": [...], "total": 1} for [...]
    "object-for-list",  # {"name": "Tea"} for [{"name": "Tea"}]
    "bad-item-skipped",  # [1, "many"] for [1], because the caller wants that
    "letter-case",  # {"Name": "Tea"} for {"name": "Tea"}, "NEW" for "new"
    "number-in-string",  # "$1,299.00" for 1299
    "number-for-text",  # 4711 for "4711"
    "yes-or-no",  # "yes" for true
    "date-in-words",  # "3 November 2026" for "2026-11-03", or the date with a time
    "empty-for-null",  # "" or "N/A" for null
    "missing-for-null",  # a missing key that can be null
    "null-for-default",  # null for a field with a default
    "read-by-class",  # read in the class's own lax mode
]


class Repair(NamedTuple):
    """One repair that was made to read a result.

    Attributes:
        path: The place, such as `$.offers[0].price`; `$` is the whole result.
        name: The kind of repair.
    """

    path: str
    name: RepairName


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object from pairs. A duplicate key is an error, because either value could be meant."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("there is a duplicate key")
    return made


def in_order(repairs: list[Repair], raw: Any, path: str) -> tuple[Repair, ...]:
    """Sort repairs by the order of the result, each at its nearest place."""
    if len(repairs) < 2:
        return tuple(repairs)
    places: dict[str, int] = {}
    pending = [(path, raw)]
    while pending:
        where, value = pending.pop()
        places[where] = len(places)
        if is_object(value):
            pending += [(where + at(key), each) for key, each in reversed(value.items())]
        elif is_list(value):
            pending += [(f"{where}[{index}]", each) for index, each in reversed(list(enumerate(value)))]

    def place(repair: Repair) -> int:
        where = repair.path
        while where not in places and len(where) > len(path):
            where = where[: max(where.rfind("."), where.rfind("["))]
        return places.get(where, 0)

    return tuple(sorted(repairs, key=place))


_DECODER = json.JSONDecoder(object_pairs_hook=_without_twins)
_FENCE_LABEL = re.compile(r"\w*\s*")
_BRACKET = re.compile(r"[{\[]")
_BRACKETED_WORDS = re.compile(r'[{\[][^{}\[\]"]*[}\]]')
_MAX_BRACKETS = 1000  # each one that isn't JSON costs a scan of all preceding text
_MAX_NESTED_STRINGS = 3  # JSON in a string in JSON in a string ...


def json_in(text: str, kind: Literal["object", "list"]) -> tuple[Any, list[RepairName]] | None:
    """Return the only JSON object (or list) in a string, with the repairs that were needed.

    None if there is none, or more than one outside a single code fence.
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
        return json.loads(text, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        return None


def _fenced(text: str) -> list[str]:
    """Return the text between ``` and ```, without the optional label."""
    parts = text.split("```")
    inside = parts[1::2] if len(parts) % 2 else parts[1:-1:2]
    return [part[label.end() :] for part in inside if (label := _FENCE_LABEL.match(part))]


def _embedded(text: str) -> list[Any]:
    """Return the outermost objects and lists in a string.

    Words in brackets are ignored. Any other bracket that isn't JSON counts as broken or truncated JSON, and then
    nothing is returned, because a part could be mistaken for the whole.
    """
    documents: list[Any] = []
    at = 0
    for _ in range(_MAX_BRACKETS):
        start = _BRACKET.search(text, at)
        if start is None:
            return documents
        try:
            document, at = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            words = _BRACKETED_WORDS.match(text, start.start())
            if words is None:
                return []
            at = words.end()
        else:
            if not _are_words(document, text, start.start(), at):
                documents.append(document)
    return []


def _are_words(document: Any, text: str, start: int, end: int) -> bool:
    """Say whether JSON in a string is just words in brackets: [403], [ ], {}, ![](a.png), (["sic"])."""
    if not is_list(document) or any(kind_of(each) in ("object", "list") for each in document):
        return not document
    if not all(isinstance(each, str) for each in document) or not document:
        return True
    before, after = text[:start].rstrip(" \t"), text[end:].lstrip(" \t.")
    return not (before == "" or before[-1] in ":\n`") or not (after == "" or after[0] in "\r\n`")


_MAX_WRAPPERS = 3


def inside(
    raw: dict[str, Any], known: frozenset[str], kind: Literal["object", "list"], wanted: frozenset[str]
) -> tuple[Any, list[str]] | None:
    """Unwrap objects: return the object with known keys under their only key, or their only list.

    A string that contains one counts as one.

    Args:
        raw: The outermost object.
        known: The keys of the requested class; they never count as wrappers.
        kind: What to look for.
        wanted: The names of the requested classes.

    Returns:
        The value, and the keys that lead to it. None if there is none, or if its key or the keys next to it rule it
        out.
    """
    keys: list[str] = []
    while len(keys) < _MAX_WRAPPERS:
        key = _wrapping_key(raw, kind)
        if key is None or key in known or denies(key, wanted) or speaks_against(raw, key):
            return None
        keys.append(key)
        value = raw[key]
        if isinstance(value, str):
            return (value, keys) if json_in(value, kind) else None
        if kind_of(value) == kind and (kind == "list" or knows(known, value)):
            return value, keys
        if not is_object(value):
            return None
        raw = value
    return None


def _wrapping_key(raw: dict[str, Any], kind: Literal["object", "list"]) -> str | None:
    """Return an object's only key; otherwise the key of its only list, or of its only object if a list is wanted."""
    if len(raw) == 1:
        return next(iter(raw))
    if kind == "list":
        for each in ("list", "object"):
            found = [key for key, value in raw.items() if kind_of(value) == each]
            if found:
                return found[0] if len(found) == 1 else None
    return None


_NULL_WORDS = frozenset({"", "null", "none", "n/a", "n.a.", "na", "-", "--", "–", "—", "unknown"})


def is_null_word(text: str) -> bool:
    """Say whether a string means that there is no value: "", "N/A", "-", "none", "unknown"."""
    return text.strip().lower() in _NULL_WORDS


def truth_in(text: str) -> bool | None:
    """Return the boolean for "yes", "no", "true" or "false", ignoring case; None for anything else."""
    return {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower())
