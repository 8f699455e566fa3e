"""From the bytes of an event stream to typed events, in every spelling that the API ever had."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from tinyfish_generated.api.agent.run_sse import AGENT_RUN_EVENT_MODELS
from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.log import logger
from tinyfish._core.sse import EventDecoder, EventTooLargeError
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

# What the generated package decodes a COMPLETE to cannot read its result as a type.
_MODELS: Final[dict[str, type[AgentRunEvent]]] = {**AGENT_RUN_EVENT_MODELS, "COMPLETE": CompleteEvent}

_JSON: Final = json.JSONDecoder()
_NOTHING_READ: Final = (None, -1)
_SHOWN_RAW_CHARS: Final = 2000


class EventReader:
    """Reads the bytes of one stream.

    Attributes:
        broken: Why the stream cannot be read on: an event that is not JSON, or one over the size cap.
            Set only after the events before it were given out.
    """

    def __init__(self, max_event_bytes: int) -> None:
        self._decoder = EventDecoder(max_event_bytes=max_event_bytes)
        self.broken: SSEParseError | None = None

    def read(self, chunk: bytes) -> Iterator[AgentRunEvent]:
        """The events that a chunk completes, each decoded when it is asked for."""
        too_large: SSEParseError | None = None
        try:
            blocks = self._decoder.feed(chunk)
        except EventTooLargeError as error:
            blocks, too_large = error.blocks, SSEParseError(str(error))
        for block in blocks:
            # Nearly every server sends nothing but blocks of one data line: its JSON is read where it stands.
            # That takes a third of the time of json.loads.
            plain = block.startswith("data: ") and "\n" not in block
            try:
                payload, end = _JSON.raw_decode(block, 6) if plain else _NOTHING_READ
            except (ValueError, RecursionError):
                payload, end = _NOTHING_READ
            if end != len(block):
                try:
                    payload = self._read(block)
                except SSEParseError as error:
                    self.broken = error
                    return
            event = None if payload is None else _event(payload)
            if event is not None:
                yield event
        self.broken = too_large

    def _read(self, block: str) -> Any:
        """The payload of a block in any form, with the type of its event; None if it has none."""
        frame = self._decoder.interpret(block)
        if frame is None or not frame.data.strip():
            return None
        try:
            payload: Any = json.loads(frame.data)
        except (ValueError, RecursionError) as error:
            raise SSEParseError(
                f"The event stream holds something that is not JSON: {error}",
                raw=frame.data[:_SHOWN_RAW_CHARS],
            ) from error
        if isinstance(payload, dict):
            cast("dict[str, Any]", payload).setdefault("type", frame.event)
        return cast(object, payload)


def _event(payload: Any) -> AgentRunEvent | None:
    try:
        model = _MODELS[payload["type"]]
    except (KeyError, TypeError):
        logger.debug("Event of unknown type %r skipped.", _kind(payload))
        return None
    if not _OLD_NAMES.keys().isdisjoint(payload):
        payload = _with_current_names(payload)
    if model is CompleteEvent:
        payload = _with_error_object(payload)
    event: AgentRunEvent = model.decode(payload)
    return event


def _kind(payload: object) -> object:
    return cast("dict[str, Any]", payload).get("type") if isinstance(payload, dict) else type(payload)


def _with_current_names(payload: dict[str, Any]) -> dict[str, Any]:
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
