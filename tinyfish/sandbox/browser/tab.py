"""A page in a browser context of its own, for one run."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from tinyfish.sandbox.browser.cdp import Cdp, CdpError
from tinyfish.sandbox.browser.screen import Screen
from tinyfish.sandbox.json_types import JsonObject

WIDTH, HEIGHT = 1280, 800

# Seconds that the pictures and frames of a page may take which is there itself.
_MAX_LOADING = 5.0
# Seconds that a page which has loaded may go on asking for more, and how often that is looked at.
_MAX_SETTLING = 3.0
_SETTLING_STEP = 0.05
_ENDLESS = frozenset({"EventSource", "WebSocket", "Ping", "Media"})


class Tab:
    """One page.

    Args:
        cdp: The connection to the browser.
        session: The page's session on it.
        frame: The id of the page's main frame.

    Attributes:
        screen: What it shows.
        redirects: The addresses that redirected, in order.
        response: What the server of the page answered, as the protocol's Response; None before that.
    """

    def __init__(self, cdp: Cdp, session: str, frame: str) -> None:
        self.screen = Screen(cdp, session)
        self.redirects: list[str] = []
        self.response: JsonObject | None = None
        self._cdp = cdp
        self._session = session
        self._frame = frame
        self._parsed = asyncio.Event()
        self._loaded = asyncio.Event()
        self._open_requests: set[str] = set()
        self._dialogs: set[asyncio.Task[JsonObject]] = set()
        cdp.listen(session, self._take)

    async def send(self, method: str, **parameters: object) -> JsonObject:
        """Send a command for this page."""
        return await self._cdp.send(method, session=self._session, **parameters)

    async def go(self, url: str) -> str | None:
        """Open an address and wait until its page has loaded and settled.

        Returns:
            The browser's word for what went wrong, such as "net::ERR_NAME_NOT_RESOLVED", or None.
        """
        for domain in ("Page", "Network"):
            await self.send(f"{domain}.enable")
        answer = await self.send("Page.navigate", url=url)
        error: str | None = answer.get("errorText")
        if error is None:
            await self._parsed.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MAX_LOADING):
                    await self._loaded.wait()
            await self.settle()
        return error

    async def settle(self) -> None:
        """Wait until the page asks for nothing more, or for long enough."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MAX_SETTLING):
                while True:
                    # Two frames and a turn of its own loop, for what its scripts do next.
                    await asyncio.sleep(_SETTLING_STEP)
                    if not self._open_requests:
                        return

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def picture(self) -> str:
        """What the page shows, as a data URI."""
        answer = await self.send("Page.captureScreenshot", format="jpeg", quality=50, optimizeForSpeed=True)
        return f"data:image/jpeg;base64,{answer['data']}"

    def close(self) -> None:
        """Nobody looks at it any more."""
        self._cdp.unlisten(self._session)
        self.screen.close()

    def _take(self, method: str, event: JsonObject) -> None:
        match method:
            case "Network.requestWillBeSent":
                if event.get("type") not in _ENDLESS:
                    self._open_requests.add(event["requestId"])
                if "redirectResponse" in event and self._is_main(event):
                    self.redirects.append(event["redirectResponse"]["url"])
            case "Network.responseReceived" if self._is_main(event):
                self.response = event["response"]
            case "Network.loadingFinished" | "Network.loadingFailed":
                self._open_requests.discard(event["requestId"])
            # The blank page that was there before has no answer of a server.
            case "Page.domContentEventFired" if self.response is not None:
                self._parsed.set()
            case "Page.loadEventFired" if self.response is not None:
                self._loaded.set()
            case "Page.javascriptDialogOpening":
                # An open dialog would stop everything.
                task = asyncio.create_task(self.send("Page.handleJavaScriptDialog", accept=True))
                self._dialogs.add(task)
                task.add_done_callback(self._dialogs.discard)
            case "Page.screencastFrame":
                self.screen.frame(event)
            case _:
                pass

    def _is_main(self, event: JsonObject) -> bool:
        return event.get("type") == "Document" and event.get("frameId") == self._frame


@contextlib.asynccontextmanager
async def opened(cdp: Cdp, *, proxy: str | None = None) -> AsyncGenerator[Tab, None]:
    """A new page that shares nothing with others, closed at the end of the block.

    Args:
        cdp: The connection to the browser.
        proxy: The proxy that its requests go through.

    Raises:
        CdpError: The browser is gone.
    """
    through = {} if proxy is None else {"proxyServer": proxy, "proxyBypassList": "<-loopback>"}
    context = (await cdp.send("Target.createBrowserContext", disposeOnDetach=True, **through))[
        "browserContextId"
    ]
    try:
        target = await cdp.send(
            "Target.createTarget", url="about:blank", browserContextId=context, width=WIDTH, height=HEIGHT
        )
        target_id: str = target["targetId"]
        attached = await cdp.send("Target.attachToTarget", targetId=target_id, flatten=True)
        tab = Tab(cdp, attached["sessionId"], target_id)
        try:
            yield tab
        finally:
            tab.close()
    finally:
        with contextlib.suppress(CdpError):
            await cdp.send("Target.disposeBrowserContext", browserContextId=context)
