"""What a call carries: its key and its JSON body."""

import json
import secrets
from typing import Any

from aiohttp import web

from tinyfish.sandbox.errors import ApiError, InvalidInputError, issue


def check_key(request: web.Request, api_key: str) -> None:
    """Let a call through that carries the key.

    Raises:
        ApiError: It carries none, or another.
    """
    given = request.headers.get("X-API-Key", "")
    if not given:
        raise ApiError(401, "The X-API-Key header is missing", code="MISSING_API_KEY")
    if not secrets.compare_digest(given.encode(), api_key.encode()):
        raise ApiError(401, "This is not the sandbox's API key", code="INVALID_API_KEY")


async def json_body(request: web.Request) -> Any:
    """The JSON document of a call.

    Raises:
        InvalidInputError: It is not JSON, or nothing that could be written as JSON again.
    """
    try:
        body = json.loads(await request.read(), parse_constant=_refuse_constant)
        # Half a surrogate pair can be written in JSON, and nowhere else.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidInputError([issue("custom", [], "The body is not JSON")]) from None
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
