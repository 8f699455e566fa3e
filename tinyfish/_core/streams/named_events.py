"""From the bytes of an event stream to events with a name and an id: the streams of research runs and datasets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

from tinyfish_generated.types import shown

from tinyfish._core.streams.sse import EventDecoder, EventTooLargeError
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import SSEParseError

_ID_LINE: Final = re.compile("^id:", re.MULTILINE)
_SHOWN_RAW_CHARS: Final = 2000


class NamedEvent(NamedTuple):
    """One event, as it came.

    Attributes:
        name: Its name: the field `event` of its data, otherwise its `event:` line.
        data: The JSON object, with its name under `event`.
        id: Its own id; None if it has none.
    """

    name: str
    data: dict[str, Any]
    id: str | None


class NamedEventReader:
    """Reads the bytes of one connection.

    Attributes:
        broken: Why it can't be read any further: an event that isn't JSON, or one above the size limit. Set only after
            the preceding events were returned.
    """

    def __init__(self, max_event_bytes: int, mask: Mask) -> None:
        self._decoder = EventDecoder(max_event_bytes=max_event_bytes)
        self._mask = mask
        self.broken: SSEParseError | None = None

    def read(self, chunk: bytes) -> Iterator[NamedEvent]:
        """The events that a chunk completes."""
        too_large: SSEParseError | None = None
        try:
            blocks = self._decoder.feed(chunk)
        except EventTooLargeError as error:
            blocks, too_large = error.blocks, SSEParseError(str(error))
        try:
            for block in blocks.split("\n\n"):
                if "data" in block:  # a flood of comments must cost almost nothing
                    event = self._event(block)
                    if event is not None:
                        yield event
        except SSEParseError as error:
            self.broken = error
        else:
            self.broken = too_large

    def _event(self, block: str) -> NamedEvent | None:
        frame = self._decoder.interpret(block)
        if frame is None or not frame.data.strip():
            return None
        try:
            data: Any = json.loads(frame.data)
        except (ValueError, RecursionError) as error:
            raise SSEParseError(
                f"The event stream contains something that is not JSON: {error}",
                line=self._mask.text(frame.data)[:_SHOWN_RAW_CHARS],
            ) from error
        if not isinstance(data, dict):
            raise SSEParseError(
                f"The event stream contains an event that is not an object: {shown(self._mask.text(frame.data))}",
                line=self._mask.text(frame.data)[:_SHOWN_RAW_CHARS],
            )
        document = cast("dict[str, Any]", data)
        if not isinstance(document.get("event"), str):
            document = {**document, "event": frame.event}
        return NamedEvent(document["event"], document, frame.id if _ID_LINE.search(block) else None)
