"""Which runs or session an answer names that cannot be read as a whole. Pure.

Whatever else is wrong with an answer, its id was paid for: half a document, a byte that is not UTF-8, an error page
of a gateway around it, the names of the old contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from tinyfish_generated.types import is_id

# Where an id may stand besides the top of a document. Never in `result`, which is the page's.
_WRAPPERS: Final = ("data", "run", "runs", "session", "error", "details")
_RUN_NAMES: Final = ("run_id", "runId", "run_ids", "runIds")
_SESSION_NAMES: Final = ("session_id", "sessionId")

_MAX_SCANNED_CHARS: Final = 1024 * 1024
_MAX_OBJECTS: Final = 1000
_OBJECT: Final = re.compile(r'\{\s*"')
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s"\[\]{}:,]+', re.DOTALL)


def run_ids(content: bytes) -> tuple[str, ...]:
    """The ids of the runs that a body names, each once, in its order."""
    return _ids(content, _RUN_NAMES)


def in_events(stream: bytes) -> tuple[str, ...]:
    """The ids of the runs that the lines of an event stream name, broken ones too."""
    return tuple(dict.fromkeys(run_id for line in stream.splitlines() for run_id in run_ids(line)))


def batch_ids(value: object, count: int) -> tuple[str, ...] | None:
    """The ids of a batch's runs, if a value is that: a list of as many different ids as there are entries."""
    if not isinstance(value, list) or len(cast("list[object]", value)) != count:
        return None
    ids = as_ids(cast("list[object]", value))
    return ids if len(ids) == count else None


def whole_batch(content: bytes, count: int) -> tuple[str, ...] | None:
    """The ids of a batch's runs, if a body has them all; which run is whose hangs on their order."""
    values = (value for document in _documents(content) for value in _values(document, ("run_ids", "runIds")))
    return next((ids for value in values if (ids := batch_ids(value, count)) is not None), None)


def session_ids(content: bytes) -> tuple[str, ...]:
    """The ids of the sessions that a body names."""
    return _ids(content, _SESSION_NAMES)


def session(content: bytes) -> Mapping[str, Any]:
    """What a body says of a session, under the names of the contract."""
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
    """The ids in a value, each once: a text is one, a list may hold some."""
    entries: Iterable[object] = cast("list[object]", value) if isinstance(value, list) else (value,)
    return tuple(dict.fromkeys(str(entry) for entry in entries if is_id(entry)))


def is_text(value: object) -> bool:
    """Whether a value is a text that says something."""
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
    """What stands under the names, at the top and where an answer may be wrapped."""
    for name in names:
        yield document.get(name)
    for wrapper in _WRAPPERS:
        inside = document.get(wrapper)
        for entry in cast("list[object]", inside) if isinstance(inside, list) else [inside]:
            if isinstance(entry, dict):
                yield from _values(cast("dict[str, Any]", entry), names)


def _documents(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a body, one after another; of one that is cut off or broken, what it says before that.

    Past a broken one nothing is read: what follows may be its result, which is the page's.
    """
    text = content.decode(json.detect_encoding(content), "replace")
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
    """The JSON inside, if a body is a JSON text that holds it, as one that was written twice."""
    if not text.lstrip("\ufeff \t\r\n").startswith('"'):
        return text
    try:
        inside: object = json.loads(text.lstrip("\ufeff"), strict=False)
    except ValueError:
        return text
    return inside if isinstance(inside, str) else text


def _before_the_break(text: str, begin: int) -> Mapping[str, Any]:
    """What a broken JSON object says up to where it breaks: its texts and lists of texts, whole ones only."""
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
