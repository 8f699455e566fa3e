"""A page in its own browser context, for one run."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from tinyfish.sandbox.browser.cdp import Cdp, CdpError
from tinyfish.sandbox.browser.screen import Screen
from tinyfish.sandbox.json_types import JsonObject

WIDTH, HEIGHT = 1280, 800

# The time limit, in seconds, for images and frames after the page itself has loaded.
_MAX_LOADING = 5.0
# How long a loaded page can keep sending requests, and how often that is checked, in seconds.
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
        screen: Its screencast.
        redirects: The addresses that redirected, in order.
        response: The page's HTTP response, as the protocol's Response; None before it arrives.
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
            The browser's error, such as "net::ERR_NAME_NOT_RESOLVED", or None.
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
        """Wait until the page sends no more requests, up to a time limit."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MAX_SETTLING):
                while True:
                    # Two frames and one turn of its event loop, for its scripts' next steps.
                    await asyncio.sleep(_SETTLING_STEP)
                    if not self._open_requests:
                        return

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def picture(self) -> str:
        """A screenshot of the page, as a data URI."""
        answer = await self.send("Page.captureScreenshot", format="jpeg", quality=50, optimizeForSpeed=True)
        return f"data:image/jpeg;base64,{answer['data']}"

    def close(self) -> None:
        """The page is closed: end its screencast."""
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
            # The initial blank page has no HTTP response.
            case "Page.domContentEventFired" if self.response is not None:
                self._parsed.set()
            case "Page.loadEventFired" if self.response is not None:
                self._loaded.set()
            case "Page.javascriptDialogOpening":
                # An open dialog would block everything.
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
async def opened(
    cdp: Cdp, *, proxy: str | None = None, cookies: Sequence[JsonObject] = ()
) -> AsyncGenerator[Tab, None]:
    """A new, isolated page, closed at the end of the block.

    Args:
        cdp: The connection to the browser.
        proxy: The proxy that its requests go through.
        cookies: The cookies that it has from the beginning, as CookieParams.

    Raises:
        CdpError: The browser is gone.
    """
    through = {} if proxy is None else {"proxyServer": proxy, "proxyBypassList": "<-loopback>"}
    context = (await cdp.send("Target.createBrowserContext", disposeOnDetach=True, **through))[
        "browserContextId"
    ]
    try:
        if cookies:
            await cdp.send("Storage.setCookies", cookies=list(cookies), browserContextId=context)
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
