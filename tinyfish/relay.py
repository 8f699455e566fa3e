"""Passing what happens to a browser: `tinyfish.sse`."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast, overload

from tinyfish._core import checks
from tinyfish.errors import InvalidArgumentTypeError

if TYPE_CHECKING:
    from tinyfish.many.thread_messages import ThreadMessages

SSE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
"""The headers of the response. The last one is for nginx, which would hold messages back."""


@overload
def sse(source: AsyncIterable[object], *, heartbeat: float | None = 15.0) -> AsyncGenerator[bytes]: ...
@overload
def sse(source: Iterable[object], *, heartbeat: float | None = 15.0) -> ThreadMessages: ...
def sse(
    source: AsyncIterable[object] | Iterable[object], *, heartbeat: float | None = 15.0
) -> AsyncGenerator[bytes] | ThreadMessages:
    """Encode a stream of events as a `text/event-stream`, for a page's `EventSource`.

    Return it as the body of a response, with the headers `SSE_HEADERS`: as Starlette's and FastAPI's
    `StreamingResponse`, Django's `StreamingHttpResponse`, aiohttp's `web.Response(body=...)`.

    Each event becomes a message. Its name is the event's type (`STARTED`, `PROGRESS`, `COMPLETE`, the names of research
    and dataset events), `OUTCOME` for an outcome; its data is the event as JSON, with the `key` if it has one. If the
    stream raises an error of this package, the error is sent as `ERROR`, and logged. The last message is `END`: the
    page has to close its `EventSource` then, or the browser connects again.

    When the user leaves, the server closes the response, and the stream is closed with it. The runs are cancelled if
    the stream was made with `cancel_on_exit=True`; otherwise they go on.

    Args:
        source: A stream that wasn't entered yet: `agent.stream(...)`, `handle.events()`, `agent.stream_many(...)`,
            a job of `agent.run_many(...)`, `research.stream(...)`, `datasets.events(...)`; or any iterable of events,
            outcomes or mappings, alone or as pairs of a key and one of them.
        heartbeat: Seconds after which a comment is sent if there was nothing else to send; None for no comments.
            Servers notice only when they send something that the user has left. Default: 15.

    Returns:
        An asynchronous generator of bytes if the stream is asynchronous, otherwise an iterator with `close()`. The
        latter can be iterated with `async for` too, as frameworks for event loops do.

    Raises:
        TypeError: `source` can't be iterated.
        ValueError: `heartbeat` isn't a positive number.

    Example:
        >>> from tinyfish import TinyFish, sse
        >>> with TinyFish() as client:
        ...     stream = client.agent.stream(goal="Read the title", url="https://example.com", cancel_on_exit=True)
        ...     for message in sse(stream):
        ...         print(message.decode(), end="")
    """
    seconds = checks.interval("heartbeat", heartbeat)
    if isinstance(source, AsyncIterable):
        from tinyfish._core.calls.async_items import AsyncItems
        from tinyfish._core.streams.async_pump import AsyncPump
        from tinyfish.many import async_relaying

        pump: AsyncPump[Any] = AsyncPump()
        messages = async_relaying.relayed(source, seconds, pump)
        return AsyncItems(messages, abandon=pump.abandon)
    given = cast("object", source)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        hint = "; pass its events()" if hasattr(given, "events") else ""  # pyright: ignore[reportUnknownArgumentType]
        raise InvalidArgumentTypeError(f"sse needs a stream of events, not {type(source).__name__}{hint}.")
    from tinyfish._core.streams.pump import Pump
    from tinyfish.many import relaying
    from tinyfish.many.entering import interrupt
    from tinyfish.many.thread_messages import ThreadMessages

    return ThreadMessages(relaying.relayed(source, seconds, Pump(functools.partial(interrupt, source))))
