"""From the bytes of an event stream to typed events, in every spelling that the API ever had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated.models import AgentRunEvent
from tinyfish_generated.types import Request

from tinyfish._core.log import logger
from tinyfish._core.sse import EventDecoder, EventTooLargeError, ServerSentEvent
from tinyfish.errors import SSEParseError
from tinyfish.models import CompleteEvent

DEFAULT_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024

# The old contract's names, still sent by some servers; the current name wins where both are there.
_OLD_NAMES: Final = {
    "runId": "run_id",
    "streamingUrl": "streaming_url",
    "resultJson": "result",
    "result_json": "result",
}

_JSON: Final = json.JSONDecoder()
_SHOWN_RAW_CHARS: Final = 2000


class EventReader:
    """Feed it the bytes of one stream, and it gives the events that are complete.

    Attributes:
        broken: Why the stream cannot be read on: an event that is not JSON, or one over the size cap.
            Set only after the events before it were given out.
    """

    def __init__(self, request: Request[AgentRunEvent | None], max_event_bytes: int) -> None:
        self._decode = request.decode
        self._frames = EventDecoder(max_event_bytes=max_event_bytes)
        self.broken: SSEParseError | None = None

    def feed(self, chunk: bytes) -> list[AgentRunEvent]:
        """The events that a chunk completes."""
        try:
            frames = self._frames.feed(chunk)
        except EventTooLargeError as error:
            frames = error.events
            self.broken = SSEParseError(str(error))
        events: list[AgentRunEvent] = []
        for frame in frames:
            try:
                payload = _parse(frame)
            except SSEParseError as error:
                self.broken = error
                break
            event = None if payload is None else self._event(payload)
            if event is not None:
                events.append(event)
        return events

    def _event(self, payload: dict[str, Any]) -> AgentRunEvent | None:
        payload = _with_current_names(payload)
        if payload.get("type") == "COMPLETE":
            return CompleteEvent.from_dict(_with_error_object(payload))
        event = self._decode(payload)
        if event is None:
            logger.debug("Event of unknown type %r skipped.", payload.get("type"))
        return event


def _parse(frame: ServerSentEvent) -> dict[str, Any] | None:
    text = frame.data
    payload: object
    try:
        # A third of the time of json.loads, for the one form in which servers send events.
        payload, end = _JSON.raw_decode(text)
        if end != len(text):
            payload = json.loads(text)
    except (ValueError, RecursionError):
        if not text.strip():
            return None
        payload = _loads(text)
    if not isinstance(payload, dict):
        logger.debug("Event without an object skipped.")
        return None
    event = cast("dict[str, Any]", payload)
    if "type" not in event and frame.event:
        event["type"] = frame.event
    return event


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SSEParseError(
            f"The event stream holds something that is not JSON: {error}", raw=text[:_SHOWN_RAW_CHARS]
        ) from error


def _with_current_names(payload: dict[str, Any]) -> dict[str, Any]:
    if _OLD_NAMES.keys().isdisjoint(payload):
        return payload
    for old, name in _OLD_NAMES.items():
        if old in payload:
            value = payload.pop(old)
            if payload.get(name) is None:
                payload[name] = value
    return payload


def _with_error_object(payload: dict[str, Any]) -> dict[str, Any]:
    """The error of a COMPLETE is a plain text with help beside it, or an object: make it an object."""
    error = payload.get("error")
    if isinstance(error, str):
        help_fields: Mapping[str, Any] = {
            name: payload[name] for name in ("help_url", "help_message") if payload.get(name) is not None
        }
        payload["error"] = {"message": error, **help_fields}
    return payload
