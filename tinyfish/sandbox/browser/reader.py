"""Reading pages in Chromium, as users see them."""

import asyncio
import logging
from collections.abc import Callable, Sequence

import aiohttp

from tinyfish.sandbox import reading
from tinyfish.sandbox.browser import tab as tabs
from tinyfish.sandbox.browser.cdp import Cdp, CdpError
from tinyfish.sandbox.browser.chromium import NoChromiumError
from tinyfish.sandbox.browser.processes import BrowserFailedError, BrowserProcess, Browsers
from tinyfish.sandbox.browser.tab import Tab
from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.reading import Document, Reader

_log = logging.getLogger("tinyfish.sandbox")

_REASONS = {
    "net::ERR_NAME_NOT_RESOLVED": "its host name was not found",
    "net::ERR_CONNECTION_REFUSED": "connection refused",
    "net::ERR_INTERNET_DISCONNECTED": "there is no network",
}
_SCROLL = "window.scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})"
_IS_LONG = "document.documentElement.scrollHeight > window.innerHeight"


class BrowserReader:
    """Reads pages in one Chromium, each in its own context; without Chromium, uses another reader.

    Args:
        browsers: Starts the browser.
        http: Connects to it.
        launch: The command that starts it.
        without: Reads pages if there is no Chromium.
        cookies: Returns the cookies that a run of a request begins with.
        timeout: The time limit for one page in seconds.
        tabs: How many pages can be open at a time.
    """

    def __init__(
        self,
        browsers: Browsers,
        http: aiohttp.ClientSession,
        *,
        launch: Callable[[], list[str]],
        without: Reader,
        cookies: Callable[[JsonObject], Sequence[JsonObject]],
        timeout: float,
        tabs: int,
    ) -> None:
        self._browsers = browsers
        self._http = http
        self._launch = launch
        self._without = without
        self._cookies = cookies
        self._timeout = timeout
        self._tabs = asyncio.Semaphore(tabs)
        self._starting = asyncio.Lock()
        self._browser: tuple[BrowserProcess, Cdp] | None = None

    async def read(self, request: JsonObject, run: LiveRun) -> Document:
        """Open the page of a run's request."""
        reading.refuse_address(request["url"])
        proxy = reading.custom_proxy(request) or {}
        # Chromium ignores credentials in a proxy URL:
        # https://chromium.googlesource.com/chromium/src/+/HEAD/net/docs/proxy.md
        cdp = None if proxy.get("username") else await self._connection()
        if cdp is None:
            return await self._without.read(request, run)
        try:
            cookies = self._cookies(request)
            async with self._tabs, tabs.opened(cdp, proxy=proxy.get("url"), cookies=cookies) as tab:
                run.record.read_with = "Chromium"
                run.show(tab.screen)
                return await self._look(request["url"], tab, run)
        except CdpError as error:
            raise RunFailedError(
                f"The sandbox's browser failed: {error}", category="SYSTEM_FAILURE"
            ) from None

    async def close(self) -> None:
        """Disconnect; the browser itself is ended with all others."""
        if self._browser is not None:
            await self._browser[1].close()

    async def _look(self, url: str, tab: Tab, run: LiveRun) -> Document:
        try:
            async with asyncio.timeout(self._timeout):
                error = await tab.go(url)
        except TimeoutError:
            raise reading.too_slow(url, self._timeout) from None
        if tab.response is not None:
            headers = {name.lower(): value for name, value in tab.response["headers"].items()}
            reading.refuse_status(url, tab.response["status"], headers.get("retry-after"))
            reading.refuse_type(url, tab.response["mimeType"])
        if error == "net::ERR_TOO_MANY_REDIRECTS":
            raise RunFailedError(f"{url} redirects too many times")
        if error is not None:
            raise reading.unreachable(url, _REASONS.get(error, error))
        for earlier in tab.redirects:
            await run.step(f"Followed a redirect from {earlier}")
        address = str(await tab.evaluate("location.href"))
        await run.step(f"Opened {address}", screenshot=await tab.picture())
        if await tab.evaluate(_IS_LONG):
            # Some pages load content only when it's scrolled into view.
            await tab.evaluate(_SCROLL)
            await tab.settle()
            await run.step("Scrolled to the end of the page", screenshot=await tab.picture())
        return Document(str(await tab.evaluate("document.documentElement.outerHTML")), address)

    async def _connection(self) -> Cdp | None:
        """The connection to the browser, which is started if necessary; None without Chromium."""
        async with self._starting:
            if self._browser is not None and not self._browser[0].ended.is_set():
                return self._browser[1]
            await self.close()
            self._browser = None
            try:
                process = await self._browsers.start(self._launch())
                self._browser = process, await Cdp.connect(self._http, process.url)
            except NoChromiumError as error:
                _log.debug("pages are read over plain HTTP: %s", error)
                return None
            except (BrowserFailedError, CdpError) as error:
                _log.warning("the browser doesn't start, so pages are read over plain HTTP: %s", error)
                return None
            return self._browser[1]
