"""How the responses reach a client: over httpx's mock transport, or over sockets."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx
from clients import FakeTime, make_client
from messages import Received
from rawserver import CLOSE, RawServer
from rawserver import Answer as Steps

from fuzz.calls import Call
from fuzz.operations import OPERATIONS, use


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), 50_000):
            yield self._body[at : at + 50_000]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class _Mock(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives a call its answers, without any wire."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._call.answer(request.method, str(request.url), request.read())
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.body))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._call.answer(request.method, str(request.url), await request.aread())
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.body))


def _steps(call: Call, request: Received) -> Steps:
    """The same over a socket, where the bytes of a hostile answer may be wrong too."""
    answer = call.answer(request.method, request.target, request.body)
    if not call.served[-1].hostile:
        return [answer.head()[:-2] + b"Content-Length: %d\r\n\r\n" % len(answer.body) + answer.body, CLOSE]
    head = answer.head()[:-2]
    match call.rng.randrange(10):
        case 0:
            wire = head + b"Content-Length: %d\r\n\r\n" % (len(answer.body) + 7) + answer.body
        case 1:
            wire = (
                head
                + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(answer.body)
                + answer.body
                + b"\r\nzz\r\n"
            )
        case 2:
            wire = head + b"Content-Length: \xff\r\n\r\n" + answer.body
        case 3:
            wire = head + b"No colon\r\n\r\n" + answer.body
        case 4:
            wire = answer.body
        case 5:
            wire = (
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: \xe9\r\n\r\n"
                + head
                + b"\r\n"
                + answer.body
            )
        case _:
            wire = head + b"\r\n" + answer.body
    return [wire, CLOSE]


async def carry_out(call: Call, server: RawServer) -> None:
    options: dict[str, Any] = (
        {"base_url": server.url} if call.sockets else {"base_url": "http://fuzz.example"}
    )
    if call.sockets:
        server.route = lambda request: _steps(call, request)
    elif call.world == "sync":
        options["http_client"] = httpx.Client(transport=_Mock(call))
    else:
        options["http_client"] = httpx.AsyncClient(transport=_Mock(call))
    client = make_client(call.world, FakeTime().clock, **options)
    error: BaseException | None = None
    try:
        with anyio.fail_after(60):
            await use(await OPERATIONS[call.name](client, call))
    except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - whatever comes out is what is looked for
        error = failure
        try:
            str(failure), repr(failure), pickle.loads(pickle.dumps(failure)), copy.copy(failure)
        except Exception as broken:  # noqa: BLE001
            error = broken
    call.ended(error)
    await client.aclose()
