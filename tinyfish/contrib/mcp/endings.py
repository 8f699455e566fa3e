"""How a server ends: by a signal, and without waiting for a client that says nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import anyio
from anyio import from_thread
from anyio.lowlevel import current_token

_READ_BYTES: Final = 65536


@contextmanager
def sigterm_like_ctrl_c() -> Generator[None]:
    """Let SIGTERM cancel the main task like Ctrl-C. By default it would end the process, and leave what it has open.

    A program's own handler stays. Signals can only be handled in the main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    of_ctrl_c = signal.getsignal(signal.SIGINT)  # SIG_IGN in a shell's background
    signal.signal(signal.SIGTERM, of_ctrl_c if callable(of_ctrl_c) else signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@asynccontextmanager
async def lines_of_stdin() -> AsyncGenerator[AsyncGenerator[str, None]]:
    """The lines of standard input. A cancellation needn't wait for the next one, as it would for a thread of the SDK.

    Meanwhile, standard input is empty for everything else, such as child processes.
    """
    own = os.dup(0)
    _redirect(os.open(os.devnull, os.O_RDONLY))
    sent, received = anyio.create_memory_object_stream[bytes](0)
    token = current_token()

    def read() -> None:
        data = b"-"
        while data:
            try:
                data = os.read(own, _READ_BYTES)
                from_thread.run(sent.send, data, token=token)
            except Exception:  # noqa: BLE001 - the server has ended, or the pipe is broken
                return

    threading.Thread(target=read, name="tinyfish-mcp-stdin", daemon=True).start()

    async def lines() -> AsyncGenerator[str, None]:
        rest = b""
        async for data in received:
            if not data:
                break
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")

    try:
        with sent, received:
            yield lines()
    finally:
        _redirect(os.dup(own))


def _redirect(descriptor: int) -> None:
    """Let standard input be a descriptor, which is closed."""
    os.dup2(descriptor, 0)
    os.close(descriptor)
