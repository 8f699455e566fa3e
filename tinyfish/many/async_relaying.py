# Source of relaying.py: see tools/derive_sync.py.
"""Encoding a stream as it comes, in an event loop."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, AsyncIterable

from tinyfish._core.log import logger
from tinyfish._core.streams.async_pump import AsyncPump
from tinyfish._core.streams.pump import Came
from tinyfish.errors import SDKError
from tinyfish.many.entering import entered_async
from tinyfish.many.sse_messages import END, HEARTBEAT, message
from tinyfish.many.stream_errors import StreamErrorEvent


async def relayed(
    source: AsyncIterable[object], heartbeat: float | None, pump: AsyncPump[tuple[object, str | None]]
) -> AsyncGenerator[bytes]:
    """The messages of a stream, until it ends or this is closed; then the stream is closed.

    Args:
        source: The stream.
        heartbeat: Seconds after which a heartbeat is sent if nothing else was; None for none.
        pump: What reads the stream.
    """
    numbers = itertools.count(1)

    async def read() -> None:
        async with entered_async(source):
            async for item in source:
                # Its id now: when the item is sent, the stream may have gone on.
                await pump.put((item, getattr(source, "last_event_id", str(next(numbers)))))

    try:
        pump.start(read)
        while (came := await pump.next(heartbeat)) is not Came.AN_END:
            yield HEARTBEAT if came is Came.NOTHING else message(*came)
    except SDKError as error:
        logger.warning("The stream that is relayed has ended with an error: %s", error)
        yield message(StreamErrorEvent(error), None)
    except Exception:  # a fault of the program, which is nobody else's business
        yield message(StreamErrorEvent(SDKError("Internal error")), None)
        yield END
        raise
    finally:
        await pump.close()
    yield END
