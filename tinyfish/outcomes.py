"""Did it work? A COMPLETED run has finished, but only its result shows whether it met its goal.

    from tinyfish.outcomes import DEFAULT_RULES, doubts

    for doubt in doubts(response.result):
        print(doubt.kind, doubt.path, doubt.text)

    response.raise_for_outcome(rules=DEFAULT_RULES)   # raises for a doubtful result too; off by default

The rules are data. They match what agents say, in English, when they fail. You can add your own:

    RULES = (*DEFAULT_RULES, Rule("sold-out", r"sold out|ausverkauft"))
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from attrs import field, frozen

from tinyfish._core import checks
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

# A longer text is the page's own content, which can contain any word.
MAX_TELLING_CHARS: Final = 300


def _compiled(pattern: object) -> re.Pattern[str]:
    if not isinstance(pattern, str):
        raise InvalidArgumentTypeError(
            f"pattern must be a regular expression as a string, not {pattern!r:.100}."
        )
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise InvalidArgumentError(f"pattern isn't a regular expression: {error}: {pattern!r:.100}") from None


@frozen
class Rule:
    """A reason to doubt a result, and how to detect it.

    Attributes:
        kind: The name of the reason, such as `"captcha"`.
        pattern: A regular expression to search for in the strings of the result, ignoring case.

    Raises:
        ValueError: `pattern` isn't a regular expression; `TypeError` if an argument isn't a string.
    """

    kind: str = field(validator=checks.of_attribute(checks.text))
    pattern: re.Pattern[str] = field(converter=_compiled)


@frozen
class Doubt:
    """One reason to doubt a result.

    Attributes:
        kind: The rule's kind; `"empty"` for an empty result.
        path: Its place in the result, such as `$.items[0].note`.
        text: The text there; empty for `"empty"`.
    """

    kind: str
    path: str = "$"
    text: str = ""


DEFAULT_RULES: Final = (
    Rule(
        "captcha",
        r"captchas?\b|are you a (human|(ro)?bot)\b|checking your browser"
        r"|(verif(y|ying|ication)|prove|confirm)( that)? (you are|you're) (a )?human",
    ),
    Rule(
        "login",
        r"\b(log|sign)[- ]?in (is )?(required|needed|wall|first|to (continue|proceed|view|see|access))\b"
        r"|\b(must|need to|has to|have to|please)( be)? (logg?(ed)?|sign(ed)?) in\b"
        r"|\bauthentication (is )?required\b|\brequir(es|ing) (a login|an account|authentication)\b",
    ),
    Rule(
        "blocked",
        # One check for the beginning of a word, and then the words: twice as fast as a check for each.
        r"\b(access\b[\w ]{0,40} denied|403 forbidden|(was|were|been|is) blocked"
        r"|not (permitted|authori[sz]ed|allowed) to (access|view)|permission denied"
        r"|bot (detection|protection)|unusual traffic|rate.limited|ray id)\b|^forbidden\W*$",
    ),
    Rule(
        "not-found", r"\bpage (was |could )?not (be )?found\b|\b404\b.{0,20}not found|\bno longer available\b"
    ),
    Rule("gave-up", r"\b(unable|failed|not able) to (access|load|open|extract|find|complete|retrieve)\b"),
)

# Every match of a default rule contains one of these, whatever its case. To look for them first is much faster than to
# search for every pattern: most texts have none.
_TELLING: Final = (
    *(
        "captcha",
        "human",
        "bot",
        "browser",
        "log",
        "sign",
        "authent",
        "requir",
        "denied",
        "forbidden",
        "blocked",
    ),
    *(
        "permitted",
        "authori",
        "allowed",
        "traffic",
        "limited",
        "ray id",
        "found",
        "no longer",
        "able to",
        "failed",
    ),
)

# What agents write where they have found nothing.
_NOTHING: Final = _compiled(r"\W*(n/?a|none|null|unknown|not (found|available))?\W*")

# What a ledger keeps with a verdict of the default rules, so that it doesn't outlive them.
DEFAULT_MARK: Final = zlib.crc32(
    "\n".join(
        [str(MAX_TELLING_CHARS), *(rule.pattern.pattern for rule in DEFAULT_RULES), _NOTHING.pattern]
    ).encode()
)


def checked_rules(given: object) -> tuple[Rule, ...]:
    """The rules that a caller gives.

    Raises:
        TypeError: They are something else.
    """
    rules = checks.items("rules", given)
    for rule in rules:
        if not isinstance(rule, Rule):
            raise InvalidArgumentTypeError(
                f"rules must be tinyfish.outcomes.Rule objects, not {rule!r:.100}."
            )
    return cast("tuple[Rule, ...]", tuple(rules))


def doubts(result: object, rules: Iterable[Rule] = DEFAULT_RULES) -> list[Doubt]:
    """The reasons to doubt that a completed run met its goal. An empty list doesn't prove that it did.

    Args:
        result: The run's `result`, or any JSON value.
        rules: What to look for in its strings. Empty results are always reported.

    Raises:
        TypeError: `rules` aren't `Rule` objects.

    Example:
        >>> from tinyfish.outcomes import doubts
        >>> doubts({"error": "Access denied"})
        [Doubt(kind='blocked', path='$.error', text='Access denied')]
    """
    if rules is DEFAULT_RULES and _is_surely_fine(result):
        return []
    rules = checked_rules(rules)
    leaves = list(_leaves(result))
    if not any(_says_something(leaf) for _, leaf in leaves):
        return [Doubt("empty")]
    return [
        Doubt(rule.kind, path, leaf)
        for path, leaf in leaves
        if isinstance(leaf, str) and len(leaf) <= MAX_TELLING_CHARS
        for rule in rules
        if rule.pattern.search(leaf)
    ]


def _is_surely_fine(result: object) -> bool:
    """Whether no default rule can match, and the result says something. Most results are, and jobs ask for each."""
    unfinished: list[Any] = [result]
    texts: list[str] = []
    says_something = False
    for part in unfinished:  # it grows meanwhile
        kind = part.__class__
        if kind is str:
            if len(part) <= MAX_TELLING_CHARS:
                texts.append(part)
            says_something = says_something or _says_something(part)
        elif kind is dict:
            unfinished += part.values()
        elif kind is list:
            unfinished += part
        elif kind is int or kind is float or kind is bool:
            says_something = True
        elif part is not None:
            return False  # no JSON
    # No telling word has a line break.
    return says_something and not _may_match_defaults("\n".join(texts))


def _may_match_defaults(text: str) -> bool:
    folded = text.lower()
    if not text.isascii():  # a pattern that ignores case takes these for an i: "ı", and "İ", an i with a dot
        folded = text.casefold().replace("\u0131", "i").replace("\u0307", "")
    for telling in _TELLING:  # noqa: SIM110 - twice as fast as any()
        if telling in folded:
            return True
    return False


def _leaves(value: object) -> Iterator[tuple[str, object]]:
    """The scalars of a JSON value, in order, with their paths. Works for any nesting depth."""
    unfinished: list[tuple[str, object]] = [("$", value)]
    while unfinished:
        path, part = unfinished.pop()
        if isinstance(part, dict):
            members = cast("dict[str, object]", part).items()
            unfinished += reversed([(f"{path}.{name}", member) for name, member in members])
        elif isinstance(part, list):
            entries = enumerate(cast("list[object]", part))
            unfinished += reversed([(f"{path}[{index}]", entry) for index, entry in entries])
        else:
            yield path, part


def _says_something(leaf: object) -> bool:
    """Whether it's a number, a boolean or a meaningful string."""
    return leaf is not None and not (isinstance(leaf, str) and _NOTHING.fullmatch(leaf))
