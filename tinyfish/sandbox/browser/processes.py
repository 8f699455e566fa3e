"""Browser processes, started and ended through the guardian."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

from tinyfish.sandbox.json_types import JsonObject

_GUARDIAN = Path(__file__).with_name("guardian.py")
_START_TIMEOUT = 30.0


class BrowserFailedError(Exception):
    """A browser didn't start, or is gone."""


class BrowserProcess:
    """One running browser.

    Attributes:
        browser_id: Its name with the guardian.
        pid: Its process.
        ended: Set when it's gone for any reason.
    """

    def __init__(self, browser_id: str) -> None:
        self.browser_id = browser_id
        self.pid = 0
        self.ended = asyncio.Event()
        self.last_words = ""
        self._url: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def url(self) -> str:
        """The WebSocket URL of its DevTools protocol."""
        return self._url.result()

    @property
    def address(self) -> str:
        """Its host and port."""
        return self.url.split("/")[2]

    async def started(self) -> None:
        """Return when it listens.

        Raises:
            BrowserFailedError: It ended instead, or took too long.
        """
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await asyncio.shield(self._url)
        except TimeoutError:
            raise BrowserFailedError(f"The browser didn't start within {_START_TIMEOUT:g} s") from None

    def told(self, message: JsonObject) -> None:
        """Process a message from the guardian."""
        if "pid" in message:
            self.pid = message["pid"]
        elif "ready" in message and not self._url.done():
            self._url.set_result(message["ready"])
        elif "ended" in message:
            self.gone(message["ended"])

    def gone(self, last_words: str) -> None:
        """It has ended."""
        self.last_words = last_words
        self.ended.set()
        if not self._url.done():
            self._url.set_exception(
                BrowserFailedError(f"The browser exited during its start: {last_words.strip()[-500:]}")
            )
            # Nobody may be waiting for it any more.
            self._url.exception()


class Browsers:
    """All browser processes of a sandbox. The guardian is started with the first one."""

    def __init__(self) -> None:
        self._starting: asyncio.Task[None] | None = None
        self._guardian: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._browsers: dict[str, BrowserProcess] = {}
        self._closed = False

    async def start(self, command: Sequence[str]) -> BrowserProcess:
        """Start a browser and wait until it listens.

        Args:
            command: The program and its arguments, without a profile folder: it gets a fresh one.

        Raises:
            BrowserFailedError: It didn't start, or all browsers are being ended.
        """
        await self._have_guardian()
        browser = BrowserProcess(str(uuid.uuid4()))
        self._browsers[browser.browser_id] = browser
        self._say({"start": browser.browser_id, "command": list(command)})
        try:
            await browser.started()
        except BaseException:
            self.kill(browser)
            raise
        return browser

    def kill(self, browser: BrowserProcess) -> None:
        """End a browser; `browser.ended` is set when it has ended."""
        if not browser.ended.is_set():
            self._say({"stop": browser.browser_id})

    async def close(self) -> None:
        """End all browsers and the guardian, and start no new ones."""
        self._closed = True
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._guardian is None or self._listening is None:
            return
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        await self._listening

    async def _have_guardian(self) -> None:
        if self._guardian is None and not self._closed:
            # All callers share this task. A cancelled start could leave a process behind, so cancelling the caller that
            # needed the first browser doesn't cancel it.
            if self._starting is None:
                self._starting = asyncio.create_task(self._start_guardian())
            await asyncio.shield(self._starting)
        if self._closed:
            raise BrowserFailedError("The sandbox is stopping")

    async def _start_guardian(self) -> None:
        try:
            self._guardian = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_GUARDIAN)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=sys.platform != "win32",
            )
        finally:
            self._starting = None
        self._listening = asyncio.create_task(self._listen(self._guardian))

    def _say(self, message: JsonObject) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            self._guardian.stdin.write(json.dumps(message).encode() + b"\n")

    async def _listen(self, guardian: asyncio.subprocess.Process) -> None:
        """Forward the guardian's messages until it's gone."""
        if guardian.stdout is not None:
            async for line in guardian.stdout:
                message: JsonObject = json.loads(line)
                browser = self._browsers[message["id"]]
                browser.told(message)
                if browser.ended.is_set():
                    del self._browsers[message["id"]]
        await guardian.wait()
        # Browsers are left only if the guardian itself was killed; nobody else would end them then.
        for browser in self._browsers.values():
            if browser.pid and sys.platform != "win32":
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(browser.pid, signal.SIGKILL)
            browser.gone("its guardian was killed")
        self._browsers.clear()
        self._guardian = None
