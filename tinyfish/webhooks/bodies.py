"""The message in whatever a web framework hands over: a body, a parsed document, or a request."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias, cast

from tinyfish_generated.types import Model

from tinyfish._core.json_text import loads
from tinyfish.errors import InvalidArgumentTypeError, WebhookError

# How frameworks call it: `get_data` in Flask (and Quart), `body` in Django, Starlette and FastAPI, `read` in aiohttp.
_BODY_NAMES: Final = ("get_data", "body", "read")


class BodyRequest(Protocol):
    """A request whose body is an attribute, such as Django's."""

    @property
    def body(self) -> bytes:
        """The body."""
        ...


class DataRequest(Protocol):
    """A request with a method for its body, such as Flask's."""

    def get_data(self) -> bytes:
        """The body."""
        ...


class AwaitedRequest(Protocol):
    """A request whose body is awaited, such as those of Starlette and FastAPI."""

    async def body(self) -> bytes:
        """The body."""
        ...


class ReadRequest(Protocol):
    """A request whose body is read, such as aiohttp's."""

    async def read(self) -> bytes:
        """The body."""
        ...


# A function such as the `read` of a file: it takes a number of bytes, and returns as many at most, none at the end.
Read: TypeAlias = Callable[[int], bytes]


def read_up_to(read: Read, most: int) -> bytes:
    """What can be read, but not more than a number of bytes."""
    body = bytearray()
    while len(body) < most and (part := read(most - len(body))):
        body += part
    return bytes(body)


def body_in(given: object) -> object:
    """The body of a request; anything else unchanged.

    Returns:
        Bytes, a string, a mapping, or an awaitable of one.

    Raises:
        TypeError: It's nothing that can hold a body.
    """
    if isinstance(given, Model):
        return given.to_dict()
    if isinstance(given, bytes | bytearray | memoryview | str | dict):
        return cast("object", given)
    for name in _BODY_NAMES:
        if hasattr(given, name):
            body: Any = getattr(given, name)
            body = body() if callable(body) else body
            # Bottle's is a file.
            return body.read() if not inspect.isawaitable(body) and hasattr(body, "read") else body
    # Last, because requests can be mappings (those of Starlette and aiohttp) or seem to be awaitable (Flask's proxy).
    if isinstance(given, Mapping) or inspect.isawaitable(given):
        return cast("object", given)
    raise InvalidArgumentTypeError(
        "body must be the body of a webhook as bytes, str or a mapping, or a request of a web framework, not "
        f"{type(given).__name__}."
    )


def document_in(body: object) -> Mapping[str, Any]:
    """The JSON object in a body.

    Raises:
        WebhookError: It is none. The message doesn't show the body, which may have secrets.
        TypeError: It's no body.
    """
    if isinstance(body, Mapping):
        return cast("Mapping[str, Any]", body)
    if isinstance(body, bytearray | memoryview):
        body = bytes(cast("bytearray", body))
    if not isinstance(body, bytes | str):
        raise InvalidArgumentTypeError(f"body must be bytes, str or a mapping, not {type(body).__name__}.")
    if not body.strip():
        raise WebhookError(
            "The body is empty. If something has read the request before, such as a parser of forms, pass the body "
            "that it has read."
        )
    try:
        value: object = loads(body.removeprefix("\ufeff") if isinstance(body, str) else body)
        if isinstance(value, str):  # a relay has encoded it once more
            value = loads(value)
    except json.JSONDecodeError as error:
        raise WebhookError(
            f"The body isn't JSON (line {error.lineno}, column {error.colno}). Pass it as it arrived; webhooks are "
            "JSON, not forms."
        ) from None
    except ValueError:  # another encoding, or a number of thousands of digits
        raise WebhookError("The body isn't JSON in UTF-8. Pass it as it arrived.") from None
    if not isinstance(value, dict):
        raise WebhookError(
            f"The body is JSON, but not an object: {type(value).__name__}. A webhook is an object with an event, a "
            "run_id, a status and the run in data."
        )
    return cast("dict[str, Any]", value)
