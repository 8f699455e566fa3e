"""Events as bytes: framed like the API's, in unusual but valid ways, or wrongly."""

import json
from collections.abc import Mapping
from typing import Any

from tinyfish.sandbox.json_types import JsonObject

MALFORMED = b'data: {"type": "PROGRESS", \n\n'

_OLD_NAMES = {"run_id": "runId", "streaming_url": "streamingUrl", "result": "resultJson"}


def frame(
    event: JsonObject,
    framing: str | None = None,
    *,
    number: int = 0,
    event_id: str | None = None,
    name: str | None = None,
) -> bytes:
    """An event as it's sent in the stream.

    Args:
        event: The event.
        framing: The unusual framing; None for the API's own.
        number: The number of events before it.
        event_id: Its own id, if the stream has ids.
        name: Its name, if the stream has it in a line of its own.
    """
    text = json.dumps(event, separators=(",", ":"))
    lines = [f"event: {name}\n"] * (name is not None) + [f"id: {event_id}\n"] * (event_id is not None)
    own = "".join(lines)
    whole = f"{own}data: {text}\n\n"
    match framing:
        case "crlf":
            whole = whole.replace("\n", "\r\n")
        case "cr":
            whole = whole.replace("\n", "\r")
        case "no-space":
            whole = f"{own.replace(': ', ':')}data:{text}\n\n"
        case "event-lines" if name is None:
            whole = f"event: {event.get('type', event.get('event'))}\n{whole}"
        case "ids":
            whole = f"id: {number}\nretry: 1000\nnonsense: {number}\n{whole}"
        case "comments":
            whole = f": keep-alive\n\n:\n{whole}"
        case "multiline":
            pieces = json.dumps(event, indent=1).split("\n")
            whole = own + "".join(f"data: {line}\n" for line in pieces) + "\n"
        case "bom" if number == 0:
            whole = "\ufeff" + whole
        case "unterminated" if "COMPLETE" in (event.get("type"),) or "done" in (event.get("event"), name):
            whole = whole.removesuffix("\n")
        case _:
            pass
    return whole.encode()


def with_old_names(event: Mapping[str, Any], *, as_text: bool) -> JsonObject:
    """An event in the API's format until the beginning of 2026.

    Args:
        event: The event.
        as_text: Whether the result is JSON in a string, as in the first version.
    """
    old = {_OLD_NAMES.get(name, name): value for name, value in event.items()}
    if as_text and old.get("resultJson") is not None:
        old["resultJson"] = json.dumps(old["resultJson"])
    return old
