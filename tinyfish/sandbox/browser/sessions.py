"""Browser sessions: one Chromium process each, while it's in use."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

from tinyfish.sandbox import clock
from tinyfish.sandbox.browser import chromium
from tinyfish.sandbox.browser.cdp import Cdp, CdpError
from tinyfish.sandbox.browser.processes import BrowserFailedError, BrowserProcess, Browsers
from tinyfish.sandbox.browser.usage import SessionRecord, SessionStore
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject

# Seconds between two polls for a browser's first page.
_LOOK_INTERVAL = 0.02

_log = logging.getLogger("tinyfish.sandbox")


class Session:
    """One open session.

    Args:
        record: Its record.
        process: Its browser.
        inactive: Called when no command has come for the record's timeout.
    """

    def __init__(self, record: SessionRecord, process: BrowserProcess, inactive: Callable[[], None]) -> None:
        self.record = record
        self.process = process
        self._inactive = inactive
        self._loop = asyncio.get_running_loop()
        self._last_command = self._loop.time()
        self._timer = self._loop.call_at(self._deadline, self._look)

    def touch(self) -> None:
        """A command was received."""
        self._last_command = self._loop.time()

    def close(self) -> None:
        """Stop watching it."""
        self._timer.cancel()

    @property
    def _deadline(self) -> float:
        return self._last_command + self.record.timeout_seconds

    def _look(self) -> None:
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        else:
            self._inactive()


class Sessions:
    """The open sessions of a sandbox.

    Args:
        store: Stores their usage.
        browsers: Starts and ends their processes.
        http: Connects to them.
        launch: Returns the command that starts a browser with the given proxy.
        max_sessions: How many can be open at a time.
        max_seconds: The longest and the usual time without a command.
        latency: The minimum time of a creation in seconds.
    """

    def __init__(
        self,
        store: SessionStore,
        browsers: Browsers,
        http: aiohttp.ClientSession,
        *,
        launch: Callable[[str | None], list[str]],
        max_sessions: int,
        max_seconds: float,
        latency: float,
    ) -> None:
        self._store = store
        self._browsers = browsers
        self._http = http
        self._launch = launch
        self._max_sessions = max_sessions
        self._max_seconds = max_seconds
        self._latency = latency
        self._creating = 0
        # How often all sessions were ended. A session that was being created at that time must end too.
        self._era = 0
        self._open: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, request: JsonObject, url: str) -> SessionRecord:
        """Open a session.

        Args:
            request: The body of the call.
            url: The page to open. A bare domain gets https.

        Raises:
            ApiError: Too many are open, or there is no browser, or it doesn't start.
        """
        if len(self._open) + self._creating >= self._max_sessions:
            raise ApiError(
                429, f"Too many browser sessions: at most {self._max_sessions} can be open at a time"
            )
        self._creating += 1
        era = self._era
        try:
            process, _ = await asyncio.gather(self._start(request), asyncio.sleep(self._latency))
        except (chromium.NoChromiumError, BrowserFailedError) as error:
            raise ApiError(502, str(error)) from None
        finally:
            self._creating -= 1
        if era != self._era:
            self._browsers.kill(process)
            raise ApiError(502, "The sandbox was reset while the browser was starting")
        record = SessionRecord(
            session_id=f"br-{uuid.uuid4()}",
            request=request,
            timeout_seconds=min(request.get("timeout_seconds", self._max_seconds), self._max_seconds),
            start_time=clock.now(),
        )
        self._store.add(record)
        session = Session(record, process, lambda: self._end(record.session_id, "inactivity"))
        self._open[record.session_id] = session
        self._in_background(self._watch(session))
        if url != chromium.BLANK and "://" not in url:
            url = f"https://{url}"
        if url != chromium.BLANK:
            # The response doesn't wait for it, like in the real service.
            self._in_background(self._navigate(process, url))
        return record

    def get(self, session_id: str) -> Session | None:
        """The session, if it is open."""
        return self._open.get(session_id)

    async def delete(self, session_id: str) -> bool:
        """End a session, if it hasn't ended; False if it never existed."""
        session = self._open.get(session_id)
        if session is None:
            return self._store.known(session_id)
        self._end(session_id, "delete")
        await session.process.ended.wait()
        return True

    async def close(self) -> None:
        """End all sessions; their processes may take a moment longer."""
        self._era += 1
        for session_id in list(self._open):
            self._end(session_id, "stop")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pages(self, session: Session) -> list[JsonObject]:
        """The pages of a session, as its browser lists them.

        Raises:
            ApiError: The browser doesn't answer.
        """
        try:
            return await _targets(self._http, session.process)
        except aiohttp.ClientError as error:
            raise ApiError(502, f"The session's browser doesn't respond: {error}") from None

    async def cookies(self, session: Session) -> list[JsonObject]:
        """The cookies of a session.

        Raises:
            ApiError: The browser doesn't answer.
        """
        pages = await self.pages(session)
        if not pages:
            return []
        try:
            cdp = await Cdp.connect(self._http, pages[0]["webSocketDebuggerUrl"])
            try:
                found: list[JsonObject] = (await cdp.send("Network.getAllCookies"))["cookies"]
                return found
            finally:
                await cdp.close()
        except CdpError as error:
            raise ApiError(502, f"The session's browser doesn't respond: {error}") from None

    async def _start(self, request: JsonObject) -> BrowserProcess:
        proxy: JsonObject = request.get("proxy_config", {})
        # The API's own proxies don't exist here: such a session connects directly.
        through: str | None = None
        if proxy.get("enabled", True) and proxy.get("type") == "custom":
            through = proxy["url"]
            if proxy.get("username"):
                raise ApiError(
                    403, "The sandbox's browser can't log in to a custom proxy: use one without a login"
                )
        return await self._browsers.start(self._launch(through))

    async def _watch(self, session: Session) -> None:
        await session.process.ended.wait()
        self._end(session.record.session_id, "browser")

    async def _navigate(self, process: BrowserProcess, url: str) -> None:
        with contextlib.suppress(CdpError, aiohttp.ClientError):
            # A browser listens slightly before it has opened its first page.
            while not (targets := await _targets(self._http, process)):  # noqa: ASYNC110 - nothing notifies
                await asyncio.sleep(_LOOK_INTERVAL)
            cdp = await Cdp.connect(self._http, targets[0]["webSocketDebuggerUrl"])
            try:
                answer = await cdp.send("Page.navigate", url=url)
                _log.debug("session at %s: %s", url, answer.get("errorText", "navigating"))
            finally:
                await cdp.close()

    def _end(self, session_id: str, ended_by: str) -> None:
        session = self._open.pop(session_id, None)
        if session is None:
            return
        session.close()
        self._store.end(session.record, ended_by)
        self._browsers.kill(session.process)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _targets(http: aiohttp.ClientSession, process: BrowserProcess) -> list[JsonObject]:
    """The pages that a browser has open."""
    async with http.get(f"http://{process.address}/json/list") as answer:
        found: list[JsonObject] = await answer.json()
        return [target for target in found if target.get("type") == "page"]
