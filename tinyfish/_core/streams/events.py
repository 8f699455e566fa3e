"""From the bytes of an event stream to typed events, with all field names that the API has ever used."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from tinyfish_generated.api.agent.stream_run import AGENT_RUN_EVENT_MODELS
from tinyfish_generated.models import AgentRunEvent, ProgressEvent
from tinyfish_generated.types import is_id, shown

from tinyfish._core.json_text import WORTH_LOADING_CHARS, loads
from tinyfish._core.log import logger
from tinyfish._core.streams.sse import EventDecoder, EventTooLargeError
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import SSEParseError
from tinyfish.models import CompleteEvent

# The old contract's names, which some servers still send. If both are present, the current name wins.
_CURRENT_NAMES: Final = {
    "runId": "run_id",
    "streamingUrl": "streaming_url",
    "resultJson": "result",
    "result_json": "result",
}

# The generated package's CompleteEvent can't read its result as a type.
_MODELS: Final[dict[str, type[AgentRunEvent]]] = {**AGENT_RUN_EVENT_MODELS, "COMPLETE": CompleteEvent}

_JSON: Final = json.JSONDecoder()
_BETWEEN_PLAIN: Final = "}\n\ndata: {"
_MARK: Final = os.urandom(8).hex()
_MARKED: Final = f'}},"{_MARK}",{{'
_SHOWN_RAW_CHARS: Final = 2000


class EventReader:
    """Reads the bytes of one stream.

    Attributes:
        broken: Why the stream can't be read any further: an event that isn't JSON, or one above the size limit. Set
            only after the preceding events were returned.
    """

    def __init__(self, max_event_bytes: int, mask: Mask) -> None:
        self._decoder = EventDecoder(max_event_bytes=max_event_bytes)
        self._mask = mask
        self._run_id: object = None  # as named by an earlier event
        self.broken: SSEParseError | None = None

    def read(self, chunk: bytes) -> Iterator[AgentRunEvent]:
        """The events that a chunk completes, each decoded on demand."""
        too_large: SSEParseError | None = None
        try:
            blocks = self._decoder.feed(chunk)
        except EventTooLargeError as error:
            blocks, too_large = error.blocks, SSEParseError(str(error))
        try:
            for payload in _plain_payloads(blocks) or map(self._payload, _with_data(blocks)):
                try:
                    model = _MODELS[payload["type"]]
                except (KeyError, TypeError):
                    if payload is not None:
                        logger.debug("Event of unknown type %s skipped.", self._shown(_kind(payload)))
                    continue
                # Nearly all events are of this kind, and it has only one old name.
                if model is not ProgressEvent or "runId" in payload:
                    payload = _in_current_form(payload)
                self._check_run_id(payload.get("run_id"))
                yield model.decode(payload)
        except SSEParseError as error:
            self.broken = error
        except Exception as error:  # noqa: BLE001 - no malformed event may hide that a run has started
            self.broken = SSEParseError(f"An event cannot be processed ({type(error).__name__})")
        else:
            self.broken = too_large

    def _check_run_id(self, run_id: object) -> None:
        if run_id in (None, "", self._run_id):
            return
        if not is_id(run_id):
            raise SSEParseError(
                f"The event stream contains an event with an invalid run_id: {self._shown(run_id)}",
                line=self._shown(run_id, _SHOWN_RAW_CHARS),
            )
        self._run_id = run_id

    def _shown(self, value: object, limit: int = 100) -> str:
        return shown(self._mask.text(shown(value, None)), limit)

    def _payload(self, block: str) -> Any:
        """The payload of a block in any form, with its event type; None if it has none."""
        frame = self._decoder.interpret(block)
        if frame is None or not frame.data.strip():
            return None
        try:
            payload: Any = json.loads(frame.data)
        except (ValueError, RecursionError) as error:
            raise SSEParseError(
                f"The event stream contains something that is not JSON: {error}",
                line=self._mask.text(frame.data)[:_SHOWN_RAW_CHARS],
            ) from error
        if isinstance(payload, dict):
            cast("dict[str, Any]", payload).setdefault("type", frame.event)
        return cast(object, payload)


def _with_data(blocks: str) -> Iterator[str]:
    """The blocks that can be events. A flood of comments, one per block, must cost almost nothing."""
    if "data" not in blocks:
        return iter(())
    return (block for block in blocks.split("\n\n") if "data" in block)


def _plain_payloads(blocks: str) -> list[Any] | None:
    """The payloads, if each block is one data line with an object, as nearly all servers send them.

    They are read as one array, which takes half the time of reading them one by one. Between each two stands a
    mark that no server knows: where it is found again, each block was one value.
    """
    if not blocks.startswith("data: {"):
        return None
    line_ends = blocks.count("\n")
    try:
        if line_ends == 2:  # a single one
            if len(blocks) >= WORTH_LOADING_CHARS:
                return [loads(blocks[6:-2])]
            payload, end = _JSON.raw_decode(
                blocks, 6
            )  # for a short text it takes a third of the time of json.loads
            return [payload] if end == len(blocks) - 2 else None
        count = blocks.count(_BETWEEN_PLAIN) + 1
        if line_ends != 2 * count or not blocks.endswith("}\n\n"):
            return None
        payloads: list[Any] = loads(f"[{blocks[6:-2].replace(_BETWEEN_PLAIN, _MARKED)}]")
    except (ValueError, RecursionError):
        return None
    whole = len(payloads) == 2 * count - 1 and payloads[1::2] == [_MARK] * (count - 1)
    return payloads[::2] if whole else None


def _kind(payload: object) -> object:
    return cast("dict[str, Any]", payload).get("type") if isinstance(payload, dict) else type(payload)


def _in_current_form(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with current field names and its error as an object.

    Some servers send a string, with help next to it.
    """
    for old, name in _CURRENT_NAMES.items():
        if old in payload:
            value = payload.pop(old)
            if payload.get(name) is None:
                payload[name] = value
    error = payload.get("error")
    if isinstance(error, str) and payload["type"] == "COMPLETE":
        help_fields: Mapping[str, Any] = {
            name: payload[name] for name in ("help_url", "help_message") if payload.get(name) is not None
        }
        payload["error"] = {"message": error, **help_fields}
    return payload
