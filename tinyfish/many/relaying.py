# Derived from async_relaying.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Encoding a stream as it comes."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable

from tinyfish._core.log import logger
from tinyfish._core.streams.pump import Came, Pump
from tinyfish.errors import SDKError
from tinyfish.many.entering import entered
from tinyfish.many.sse_messages import END, HEARTBEAT, message
from tinyfish.many.stream_errors import StreamErrorEvent


def relayed(
    source: Iterable[object], heartbeat: float | None, pump: Pump[tuple[object, str | None]]
) -> Generator[bytes]:
    """The messages of a stream, until it ends or this is closed; then the stream is closed.

    Args:
        source: The stream.
        heartbeat: Seconds after which a heartbeat is sent if nothing else was; None for none.
        pump: What reads the stream.
    """
    numbers = itertools.count(1)

    def read() -> None:
        with entered(source):
            for item in source:
                # Its id now: when the item is sent, the stream may have gone on.
                pump.put((item, getattr(source, "last_event_id", str(next(numbers)))))

    try:
        pump.start(read)
        while (came := pump.next(heartbeat)) is not Came.AN_END:
            yield HEARTBEAT if came is Came.NOTHING else message(*came)
    except SDKError as error:
        logger.warning("The stream that is relayed has ended with an error: %s", error)
        yield message(StreamErrorEvent(error), None)
    except Exception:  # a fault of the program, which is nobody else's business
        yield message(StreamErrorEvent(SDKError("Internal error")), None)
        yield END
        raise
    finally:
        pump.close()
    yield END
