"""An early answer that asyncio has dropped, because a write failed before it was read, is not lost."""

from __future__ import annotations

import asyncio.trsock
import socket
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import httpcore
import pytest

from tinyfish._core.wire.async_network import _Stream

pytestmark = [pytest.mark.anyio, pytest.mark.backend("asyncio")]

ANSWER = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
LARGE = b"x" * 100_000


class Reset(httpcore.AsyncNetworkStream):
    """A stream of asyncio whose connection is reset amid a write: what came before that, it does not give out."""

    def __init__(self, own: socket.socket, *, reads_before: bool) -> None:
        self._own = own
        self._reads_before = reads_before
        self._is_reset = reads_before

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._is_reset:
            await anyio.sleep_forever()
        raise httpcore.ReadError("reset")

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        self._is_reset = True
        raise httpcore.WriteError("reset")

    async def aclose(self) -> None:
        self._own.close()

    def get_extra_info(self, info: str) -> Any:
        return {"socket": asyncio.trsock.TransportSocket(self._own), "is_readable": False}.get(info)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    own, peer = socket.socketpair()
    own.setblocking(False)
    with own, peer:
        yield own, peer


@pytest.mark.parametrize("reads_before", [True, False], ids=["read amid the write", "read after it"])
async def test_it_is_read_from_a_second_handle(
    pair: tuple[socket.socket, socket.socket], reads_before: bool
) -> None:
    own, peer = pair
    peer.sendall(ANSWER)
    stream = _Stream(Reset(own, reads_before=reads_before))
    with pytest.raises(httpcore.WriteError):
        await stream.write(LARGE)
    assert await stream.read(64 * 1024) == ANSWER
    await stream.aclose()
    assert stream._spare is None


async def test_without_one_the_error_stays(pair: tuple[socket.socket, socket.socket]) -> None:
    own, _ = pair
    stream = _Stream(Reset(own, reads_before=False))
    with pytest.raises(httpcore.WriteError):
        await stream.write(LARGE)
    with pytest.raises(httpcore.ReadError):
        await stream.read(64 * 1024)
    await stream.aclose()
