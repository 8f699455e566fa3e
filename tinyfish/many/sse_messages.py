"""Events and outcomes as the messages of a `text/event-stream`. Pure.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated.models import HeartbeatEvent
from tinyfish_generated.types import Model

from tinyfish._core.json_text import strict_json
from tinyfish.errors import InvalidArgumentTypeError
from tinyfish.many.key_text import plain_key
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.stream_errors import StreamErrorEvent

# A comment: it keeps connections open, and shows a server that the user has left.
HEARTBEAT: Final = b": heartbeat\n\n"
# Browsers connect again when a stream ends, unless the page closes it, for which this is the sign.
END: Final = b"event: END\ndata: {}\n\n"

# Beyond what the format demands: JSON can contain them, but some readers take them for line ends.
_LINE_ENDS: Final = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
_NAME: Final = re.compile(r"[\w.:-]{1,100}")
_ID: Final = re.compile(r"[!-~]{1,200}")


def message(item: object, event_id: str | None) -> bytes:
    """The message of an event, an outcome, an error, or one of these with its key.

    Args:
        item: It.
        event_id: Its id; None for none.

    Raises:
        TypeError: It's something else.
    """
    key, thing = _keyed(item)
    document = _document(thing)
    if isinstance(thing, HeartbeatEvent) or document.get("event") == "heartbeat":  # research has the latter
        return HEARTBEAT
    lines = [b"event: " + _name(thing, document).encode()]
    if event_id is not None and _ID.fullmatch(event_id):
        lines.append(b"id: " + event_id.encode())
    if key is not None:
        shown = plain_key(key)
        document = {"key": shown} | document | {"key": shown}  # first, and not the document's own
    lines.append(b"data: " + _data(document))
    return b"\n".join(lines) + b"\n\n"


def _keyed(item: object) -> tuple[object, object]:
    """The key, None if there is none, and what it's the key of."""
    pair = cast("tuple[object, ...]", item) if isinstance(item, tuple) else (None, item)
    if len(pair) != 2:
        raise InvalidArgumentTypeError(f"sse sends pairs of a key and an event, not a tuple of {len(pair)}.")
    return pair


def _document(thing: object) -> dict[str, Any]:
    if isinstance(thing, Model | RunOutcome | StreamErrorEvent):
        return thing.to_dict()
    if isinstance(thing, Mapping):
        return dict(cast("Mapping[str, Any]", thing))
    raise InvalidArgumentTypeError(
        f"sse sends events, outcomes and mappings, alone or as (key, event), not {type(thing).__name__}."
    )


def _name(thing: object, document: Mapping[str, Any]) -> str:
    if isinstance(thing, RunOutcome):
        return "OUTCOME"
    for name in (document.get("type"), document.get("event")):
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
    return "message"


def _data(document: dict[str, Any]) -> bytes:
    """JSON on one line. Halves of surrogate pairs, which UTF-8 doesn't have, are escaped."""
    text = strict_json(document, separators=(",", ":"))
    return text.translate(_LINE_ENDS).encode("utf-8", "backslashreplace")
