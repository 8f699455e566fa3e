"""The screencast of a page, while somebody watches it."""

import asyncio
import base64
from collections.abc import AsyncGenerator

from tinyfish.sandbox.browser.cdp import Cdp, CdpError
from tinyfish.sandbox.json_types import JsonObject


class Screen:
    """The screencast of one page. Nothing is recorded while nobody watches.

    Args:
        cdp: The connection to the page's browser.
        session: The page's session on it.
    """

    def __init__(self, cdp: Cdp, session: str) -> None:
        self._cdp = cdp
        self._session = session
        self._watchers: set[asyncio.Queue[bytes | None]] = set()
        self._acknowledging: set[asyncio.Task[JsonObject]] = set()
        self._closed = False

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """JPEG frames until the page is closed. A slow viewer misses some."""
        pictures: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._watchers.add(pictures)
        try:
            if len(self._watchers) == 1 and not self._closed:
                await self._send(
                    "Page.startScreencast", format="jpeg", quality=70, maxWidth=1280, maxHeight=800
                )
            while not self._closed and (picture := await pictures.get()) is not None:
                yield picture
        finally:
            self._watchers.discard(pictures)
            if not self._watchers and not self._closed:
                await self._send("Page.stopScreencast")

    def frame(self, parameters: JsonObject) -> None:
        """Process a Page.screencastFrame event."""
        self._pass_on(base64.b64decode(parameters["data"]))
        # Without an acknowledgement the browser sends no more frames:
        # https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-screencastFrameAck
        task = asyncio.create_task(self._send("Page.screencastFrameAck", sessionId=parameters["sessionId"]))
        self._acknowledging.add(task)
        task.add_done_callback(self._acknowledging.discard)

    def close(self) -> None:
        """The page is closed: end the viewers' streams."""
        self._closed = True
        self._pass_on(None)

    def _pass_on(self, picture: bytes | None) -> None:
        for watcher in self._watchers:
            if watcher.full():
                watcher.get_nowait()
            watcher.put_nowait(picture)

    async def _send(self, method: str, **parameters: object) -> JsonObject:
        try:
            return await self._cdp.send(method, session=self._session, **parameters)
        except CdpError:
            # The page has just been closed.
            return {}
