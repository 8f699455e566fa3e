"""Finding the runs or session that an unreadable response names. Pure.

Whatever is wrong with a response, its run is paid for: half a document, a byte that isn't UTF-8, a gateway's error
page around it, field names of the old contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from tinyfish_generated.types import is_id

from tinyfish._core.json_text import encoding_of

# Where an id can be, besides the top level of a document. Never in `result`, which comes from the page.
_WRAPPERS: Final = ("data", "run", "runs", "session", "error", "details")
_RUN_NAMES: Final = ("run_id", "runId", "run_ids", "runIds")
# What starts name, by the tag of their operation. A research run can also name the agent's runs that it started.
_NAMES_BY_TAG: Final[Mapping[str, tuple[str, ...]]] = {
    "agent": _RUN_NAMES,
    "research": ("research_run_id", "researchRunId"),
}
_SESSION_NAMES: Final = ("session_id", "sessionId")

_MAX_SCANNED_CHARS: Final = 1024 * 1024
_MAX_OBJECTS: Final = 1000
_OBJECT: Final = re.compile(r'\{\s*"')
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s"\[\]{}:,]+', re.DOTALL)


def run_ids(content: bytes, tag: str = "agent") -> tuple[str, ...]:
    """The ids of the runs that a body names, without duplicates, in order.

    Args:
        content: The body.
        tag: The tag of the operation that started them.
    """
    return _ids(content, _NAMES_BY_TAG.get(tag, ()))


def in_events(stream: bytes, tag: str = "agent") -> tuple[str, ...]:
    """The ids of the runs that the lines of an event stream name, including broken lines."""
    return tuple(dict.fromkeys(run_id for line in stream.splitlines() for run_id in run_ids(line, tag)))


def batch_ids(value: object, count: int) -> tuple[str, ...] | None:
    """The ids of a batch's runs, if a value is a list of as many different ids as there are entries."""
    if not isinstance(value, list) or len(cast("list[object]", value)) != count:
        return None
    ids = as_ids(cast("list[object]", value))
    return ids if len(ids) == count else None


def whole_batch(content: bytes, count: int) -> tuple[str, ...] | None:
    """The ids of a batch's runs, if a body has all of them; their order assigns them to the entries."""
    values = (value for document in _documents(content) for value in _values(document, ("run_ids", "runIds")))
    return next((ids for value in values if (ids := batch_ids(value, count)) is not None), None)


def session_ids(content: bytes) -> tuple[str, ...]:
    """The ids of the sessions that a body names."""
    return _ids(content, _SESSION_NAMES)


def session(content: bytes) -> Mapping[str, Any]:
    """A body's data about a session, under the contract's field names."""
    documents = list(_documents(content))
    document = next((d for d in documents if _named(d, _SESSION_NAMES)), documents[0] if documents else {})
    for wrapper in ("data", "session"):
        inside = document.get(wrapper)
        if isinstance(inside, dict):
            document = cast("dict[str, Any]", inside)
    current = {"sessionId": "session_id", "cdpUrl": "cdp_url", "baseUrl": "base_url"}
    told = {current.get(name, name): value for name, value in document.items()}
    return {name: value for name, value in told.items() if name not in current.values() or is_text(value)}


def as_ids(value: object) -> tuple[str, ...]:
    """The ids in a value, without duplicates: a string is one, a list can contain several."""
    entries: Iterable[object] = cast("list[object]", value) if isinstance(value, list) else (value,)
    return tuple(dict.fromkeys(str(entry) for entry in entries if is_id(entry)))


def is_text(value: object) -> bool:
    """Whether a value is a non-empty string."""
    return isinstance(value, str) and bool(value)


def _ids(content: bytes, names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        found = [run_id for document in _documents(content) for run_id in _named(document, names)]
    except RecursionError:
        return ()
    return tuple(dict.fromkeys(found))


def _named(document: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for value in _values(document, names) for found in as_ids(value)))


def _values(document: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[object]:
    """The values under the names, at the top level and inside possible wrappers."""
    for name in names:
        yield document.get(name)
    for wrapper in _WRAPPERS:
        inside = document.get(wrapper)
        for entry in cast("list[object]", inside) if isinstance(inside, list) else [inside]:
            if isinstance(entry, dict):
                yield from _values(cast("dict[str, Any]", entry), names)


def _documents(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a body; of a truncated or broken one, the part before the break.

    Nothing is read after a broken object: it may be part of its result, which comes from the page.
    """
    text = content.decode(encoding_of(content), "replace")
    text = _unquoted(text)
    end = 0
    for _ in range(_MAX_OBJECTS):
        begin = _OBJECT.search(text, end)
        if begin is None:
            return
        try:
            document, end = json.JSONDecoder(strict=False).raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            yield _before_the_break(text[: begin.start() + _MAX_SCANNED_CHARS], begin.start())
            return
        yield cast("dict[str, Any]", document)


def _unquoted(text: str) -> str:
    """The inner JSON, if a body is a JSON string that contains JSON (encoded twice)."""
    if not text.lstrip("\ufeff \t\r\n").startswith('"'):
        return text
    try:
        inside: object = json.loads(text.lstrip("\ufeff"), strict=False)
    except ValueError:
        return text
    return inside if isinstance(inside, str) else text


def _before_the_break(text: str, begin: int) -> Mapping[str, Any]:
    """The complete strings and lists of strings in a broken JSON object, up to the break."""
    root: dict[str, Any] = {}
    stack: list[dict[str, Any] | list[Any]] = []
    keys: list[str | None] = []
    expects_key = False
    for token in _TOKENS.finditer(text, begin):
        value: Any
        match token.group():
            case "{" | "[" as bracket:
                value = ({} if stack else root) if bracket == "{" else []
                _put(stack, keys, value)
                stack.append(value)
                keys.append(None)
                expects_key = bracket == "{"
            case "}" | "]":
                stack.pop()
                keys.pop()
                if not stack:
                    break
            case ",":
                expects_key = isinstance(stack[-1], dict)
            case ":":
                expects_key = False
            case word:
                value = _text(word)
                if expects_key:
                    keys[-1] = value
                else:
                    _put(stack, keys, value)
    return root


def _put(stack: list[dict[str, Any] | list[Any]], keys: list[str | None], value: object) -> None:
    if not stack:
        return
    if isinstance(stack[-1], list):
        stack[-1].append(value)
    elif keys[-1] is not None:
        stack[-1].setdefault(keys[-1], value)


def _text(word: str) -> str | None:
    if not word.startswith('"'):
        return None
    try:
        text: object = json.loads(word, strict=False)
    except ValueError:
        return None
    return text if isinstance(text, str) else None
