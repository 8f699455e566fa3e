"""`tinyfish.webhooks.unwrap`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar, Unpack, cast, overload

from tinyfish_generated.models import RunWebhook

from tinyfish._core.signatures import explicit
from tinyfish.models.returns import ReadOptions, Wanted, check_unread, read_options
from tinyfish.webhooks.bodies import (
    AwaitedRequest,
    BodyRequest,
    DataRequest,
    ReadRequest,
    body_in,
    document_in,
)
from tinyfish.webhooks.events import AnyEvent, event_of

T = TypeVar("T")

Body = bytes | bytearray | memoryview | str | Mapping[str, Any] | RunWebhook | BodyRequest | DataRequest


@overload
def unwrap(
    body: AwaitedRequest | ReadRequest, *, returns: type[T], **reading: Unpack[ReadOptions]
) -> Awaitable[AnyEvent[T]]: ...
@overload
def unwrap(
    body: AwaitedRequest | ReadRequest, *, returns: None = None, **reading: Unpack[ReadOptions]
) -> Awaitable[AnyEvent[dict[str, Any] | None]]: ...
@overload
def unwrap(body: Body, *, returns: type[T], **reading: Unpack[ReadOptions]) -> AnyEvent[T]: ...
@overload
def unwrap(
    body: Body, *, returns: None = None, **reading: Unpack[ReadOptions]
) -> AnyEvent[dict[str, Any] | None]: ...
@overload
def unwrap(body: Body, *, returns: Any, **reading: Unpack[ReadOptions]) -> AnyEvent[Any]: ...
@explicit(ReadOptions)
def unwrap(
    body: Body | AwaitedRequest | ReadRequest, *, returns: Any = None, **reading: Unpack[ReadOptions]
) -> AnyEvent[Any] | Awaitable[AnyEvent[Any]]:
    """Read the message of a webhook.

    It can come from anybody who knows the URL: TinyFish doesn't sign it. `WebhookReceiver` checks what it tells.

    Names of events, fields and shapes that aren't documented are accepted: `document` has the message as it was sent.

    Args:
        body: The body, as bytes or str; the JSON object in it; or the request of a web framework. The body of a request
            of Starlette, FastAPI or aiohttp is read in the event loop, so `await` the result: `event = await
            unwrap(request)`.
        returns: The type of the run's result, for `event.run.value`. Default: none.
        **reading: How to read the result, if `returns` is given: `strict` and the others in `ReadOptions`.

    Returns:
        A `RunEvent`, whose `run` is the run. For other messages, a `MonitorEvent` or an `UnknownEvent`, whose `run` is
        None.

    Raises:
        WebhookError: It isn't the message of a webhook. Also a `ValueError`.
        TypeError: It's neither a body nor a request, or `returns` isn't a supported type.

    Example:
        >>> from tinyfish.webhooks import unwrap
        >>> event = unwrap('{"event": "run.completed", "run_id": "run-1", "status": "COMPLETED", "data": {}}')
        >>> event.run.run_id, event.run.ok
        ('run-1', True)
    """
    options = read_options(reading)
    if returns is None:
        check_unread(options)
    wanted = None if returns is None else Wanted[Any](returns, options)
    found = body_in(body)
    if inspect.isawaitable(found):
        return _unwrapped(cast("Awaitable[object]", found), wanted)
    return event_of(document_in(found), wanted)


async def _unwrapped(body: Awaitable[object], wanted: Wanted[Any] | None) -> AnyEvent[Any]:
    return event_of(document_in(await body), wanted)
