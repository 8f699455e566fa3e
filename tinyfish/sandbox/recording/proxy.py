"""The public class of recordings."""

import asyncio
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from tinyfish._core import checks
from tinyfish._core.addresses import check_base_url
from tinyfish.sandbox import access_log
from tinyfish.sandbox.addresses import is_loopback
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.loop_thread import LoopThread
from tinyfish.sandbox.recording import file
from tinyfish.sandbox.recording.relay import Relay
from tinyfish.sandbox.recording.tape import Tape, log

# Seconds between two writings of the file.
_INTERVAL: Final = 0.5


class RecordingProxy:
    """A local server that passes calls on to the real API, and keeps the answers as rules of a `Sandbox`.

    Calls need your own API key, and cost what they cost: runs are really started. Keys, passwords, cookies, tokens and
    signatures of URLs aren't kept. Use it as a context manager, or call `start` and `stop`:

        with RecordingProxy("rules.yaml") as recording:
            client = TinyFish(base_url=recording.url)

        with Sandbox(rules="rules.yaml") as sandbox:
            client = TinyFish(api_key=sandbox.api_key, base_url=sandbox.url)

    Runs, research, searches, fetched pages, datasets and the wallet are kept. If the same question gets several
    answers, they are played back in this order, the last one again and again. What only says something about the moment
    isn't kept: lost answers, and errors such as 429 and 503.

    Args:
        path: The file of rules, which must not exist.
        upstream: The base URL of the API. Default: the public hosts of its products.
        port: The port; 0 for any free port.
        host: The loopback address to listen on.

    Raises:
        ValueError: `host` isn't a loopback address, `upstream` isn't a base URL, or there is no such port.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        upstream: str | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"host must be a loopback address such as '127.0.0.1', not {host!r}")
        self._path = Path(path)
        self._upstream = None if upstream is None else check_base_url(upstream, "upstream")
        self._address = (
            "127.0.0.1" if host == "localhost" else host,
            checks.integer(0, 65535)("port", port),
        )
        self._running: tuple[LoopThread, _Server] | None = None

    @property
    def url(self) -> str:
        """The base URL for clients.

        Raises:
            RuntimeError: It isn't running.
        """
        return self._started()[1].url

    @property
    def rules(self) -> list[JsonObject]:
        """The rules so far, as the file has them.

        Raises:
            RuntimeError: It isn't running.
        """
        thread, server = self._started()

        async def ask() -> list[JsonObject]:
            return server.tape.rules()

        return thread.run(ask())

    def start(self) -> Self:
        """Create the file, and start passing calls on.

        Raises:
            RuntimeError: It's already running.
            FileExistsError: The file exists.
            OSError: The file can't be written, or the port is taken.
        """
        if self._running is not None:
            raise RuntimeError("The recording is already running")
        file.create(self._path)
        thread = LoopThread("tinyfish-recording")
        try:
            server = thread.run(_serve(self._path, self._upstream, self._address))
        except BaseException:
            thread.close()
            self._path.unlink(missing_ok=True)
            raise
        self._running = (thread, server)
        return self

    def stop(self) -> None:
        """Stop passing calls on, and write the file. Does nothing if it isn't running.

        Raises:
            OSError: The file can't be written.
        """
        if self._running is None:
            return
        (thread, server), self._running = self._running, None
        try:
            thread.run(server.stop())
        finally:
            thread.close()

    def _started(self) -> tuple[LoopThread, "_Server"]:
        if self._running is None:
            raise RuntimeError("The recording isn't running: use `with RecordingProxy(...)`, or call start()")
        return self._running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


async def _serve(path: Path, upstream: str | None, address: tuple[str, int]) -> "_Server":
    server = _Server(path, upstream)
    try:
        await server.start(*address)
    except BaseException:
        await server.stop()
        raise
    return server


class _Server:
    """A running recording, to be used from its event loop only."""

    def __init__(self, path: Path, upstream: str | None) -> None:
        self.url = ""
        self._changed = asyncio.Event()
        self._file = asyncio.Lock()
        self.tape = Tape(self._changed.set)
        self._path = path
        self._relay = Relay(upstream, self.tape)
        self._runner = web.AppRunner(
            self._relay.app(),
            handle_signals=False,
            # When a client leaves, its call to the API ends too.
            handler_cancellation=True,
            access_log=access_log.logger,
            access_log_class=access_log.AccessLogger,
            shutdown_timeout=0.5,
        )
        self._writing = asyncio.create_task(self._write())

    async def start(self, host: str, port: int) -> None:
        """Start serving."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        found, number = self._runner.addresses[0][:2]
        self.url = f"http://[{found}]:{number}" if ":" in found else f"http://{found}:{number}"

    async def stop(self) -> None:
        """Stop serving, and write the file."""
        await self._runner.cleanup()
        await self._relay.close()
        async with self._file:  # a thread that is writing can't be cancelled
            self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        if self._path.exists():
            file.write(self._path, self.tape.rules())

    async def _write(self) -> None:
        """Write the file now and then, because a program can be killed, and what it has paid for must not be lost."""
        while True:
            await self._changed.wait()
            async with self._file:
                self._changed.clear()
                try:
                    await asyncio.to_thread(file.write, self._path, self.tape.rules())
                except OSError as error:
                    log.error("can't write %s: %s", self._path, error)
            await asyncio.sleep(_INTERVAL)
