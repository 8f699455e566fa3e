"""A call's API key and JSON body."""

import json
import secrets
from typing import Any

from aiohttp import web

from tinyfish.sandbox.errors import ApiError, InvalidInputError, issue


def check_key(request: web.Request, api_key: str) -> None:
    """Check a call's API key.

    Raises:
        ApiError: The key is missing or wrong.
    """
    given = request.headers.get("X-API-Key", "")
    if not given:
        raise ApiError(401, "The X-API-Key header is missing", code="MISSING_API_KEY")
    if not secrets.compare_digest(given.encode(), api_key.encode()):
        raise ApiError(401, "The API key is not the sandbox's", code="INVALID_API_KEY")


async def json_body(request: web.Request) -> Any:
    """The JSON document of a call.

    Raises:
        InvalidInputError: It isn't JSON, or can't be serialized as JSON again.
    """
    try:
        body = json.loads(await request.read(), parse_constant=_refuse_constant)
        # A lone surrogate can be escaped in JSON, but can't be encoded as UTF-8.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidInputError([issue("custom", [], "The body is not valid JSON")]) from None
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
