"""Server-sent events from bytes, by the WHATWG rules, without I/O.

The rules: https://html.spec.whatwg.org/multipage/server-sent-events.html

A stream is UTF-8 text in lines that end with LF, CR LF or CR; a blank line ends an event. Line ends are ASCII, so they
can be found in the bytes, and a batch of events is decoded at once.
"""

from __future__ import annotations

from typing import NamedTuple

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CR, _LF = b"\r\n"  # as integers: `in` is four times as fast as with b"\r"


class ServerSentEvent(NamedTuple):
    r"""One event, as dispatched by the rules.

    Attributes:
        event: The event's type; "message" if the server sent none.
        data: The payload, its lines joined by "\n".
        id: The last event id that the server sent, in this event or an earlier one; "" before the first.
    """

    event: str
    data: str
    id: str


class EventTooLargeError(ValueError):
    """One event exceeds the decoder's limit. The decoder can't be used any more.

    Attributes:
        limit: The limit, in bytes.
        blocks: The blocks of the same chunk before the one that is too large.
    """

    def __init__(self, limit: int, blocks: str) -> None:
        super().__init__(limit, blocks)
        self.limit = limit
        self.blocks = blocks

    def __str__(self) -> str:
        return f"an event of the stream is larger than {self.limit:,} bytes"


class EventDecoder:
    """Turns the bytes of a stream, in chunks of any size, into blocks of lines, and a block into its event.

    There is nothing to flush at the end of a stream: the rules drop an unfinished event.

    Args:
        max_event_bytes: The size limit of one event, from its first byte to the end of its last line. A line end
            counts as one byte.
    """

    def __init__(self, *, max_event_bytes: int) -> None:
        self._max_event_bytes = max_event_bytes
        self._start: bytes | None = b""  # the stream's first bytes, while they could be a byte order mark
        self._after_cr = False
        self._pending = bytearray()  # an unfinished event; its line ends are already LF
        self._id = ""

    def feed(self, chunk: bytes) -> str:
        """Process the next bytes of the stream, and return the blocks that they complete, often none.

        A block is the lines before a blank line. Every line end is an LF; there can be more blank lines.

        Raises:
            EventTooLargeError: An event exceeds `max_event_bytes`.
        """
        if self._start is not None:
            chunk = self._without_byte_order_mark(self._start + chunk)
        if self._after_cr or _CR in chunk:
            chunk = self._with_lf_only(chunk)

        blocks = ""
        pending = self._pending
        if _LF in chunk:
            # Only the chunk is searched, so a long event costs the same however it's split.
            end = chunk.rfind(b"\n\n") + 2
            if end < 2:  # none; but a blank line may be split
                end = 1 if chunk.startswith(b"\n") and pending.endswith(b"\n") else 0
            if end:
                if pending:
                    pending += chunk[:end]
                    blocks = self._decode(pending)
                    pending.clear()
                else:
                    blocks = self._decode(chunk[:end])
                chunk = chunk[end:]
        if chunk:
            pending += chunk if pending else chunk.lstrip(b"\n")  # blank lines between events don't count
            if len(pending) > self._max_event_bytes:
                raise EventTooLargeError(self._max_event_bytes, blocks)
        return blocks

    def interpret(self, block: str) -> ServerSentEvent | None:
        """Process a block's lines, field by field; None if it has no data."""
        event_type = ""
        data: list[str] = []
        for line in block.split("\n"):
            field, _, value = line.partition(":")  # no field name: a comment
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                event_type = value
            elif field == "id" and "\0" not in value:
                self._id = value
            # `retry` is ignored: the client never reconnects, because that would start, and bill, another run.
        return ServerSentEvent(event_type or "message", "\n".join(data), self._id) if data else None

    def _without_byte_order_mark(self, start: bytes) -> bytes:
        if len(start) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BYTE_ORDER_MARK)

    def _with_lf_only(self, chunk: bytes) -> bytes:
        """Convert every line end to LF; an LF whose CR ended the previous chunk was already handled."""
        if not chunk:
            return chunk
        already_done = self._after_cr and chunk.startswith(b"\n")
        self._after_cr = chunk.endswith(b"\r")
        if already_done:
            chunk = chunk[1:]
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _decode(self, batch: bytes | bytearray) -> str:
        """The text of a batch of blocks, all within the limit."""
        if len(batch) > self._max_event_bytes:
            self._check_one_by_one(bytes(batch))
        return batch.decode("utf-8", "replace")

    def _check_one_by_one(self, batch: bytes) -> None:
        end = 0
        for block in batch.split(b"\n\n"):
            if len(block.strip(b"\n")) + 1 > self._max_event_bytes:
                raise EventTooLargeError(self._max_event_bytes, batch[:end].decode("utf-8", "replace"))
            end += len(block) + 2
