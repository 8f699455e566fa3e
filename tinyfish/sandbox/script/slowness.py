"""Slow responses."""

import asyncio

from aiohttp import web

_PIECE_SECONDS = 0.05


async def write_slowly(response: web.StreamResponse, data: bytes, rate: float) -> None:
    """Write to a response that has begun.

    Args:
        response: The response.
        data: The data.
        rate: Bytes per second.
    """
    size = max(1, int(rate * _PIECE_SECONDS))
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        await asyncio.sleep(len(piece) / rate)
        await response.write(piece)


async def send_slowly(request: web.Request, answer: web.Response, rate: float) -> web.StreamResponse:
    """Send a complete response.

    Args:
        request: The request.
        answer: The response.
        rate: Bytes of the body per second.
    """
    body = answer.body if isinstance(answer.body, bytes) else b""
    slow = web.StreamResponse(status=answer.status, headers=answer.headers)
    slow.content_length = len(body)
    await slow.prepare(request)
    await write_slowly(slow, body, rate)
    await slow.write_eof()
    return slow
