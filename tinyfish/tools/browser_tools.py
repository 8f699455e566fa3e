# Derived from async_browser_tools.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The tools that open browsers, show their pages and close them."""

from __future__ import annotations

import threading
from typing import Final

from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish
from tinyfish._core.log import logger
from tinyfish._core.waiting.wait_policy import is_the_apis
from tinyfish.client import TinyFish
from tinyfish.errors import APIStatusError, SDKError
from tinyfish.resources.browser import BrowserSession
from tinyfish.tools import answers
from tinyfish.tools.answers import Answer, refusal
from tinyfish.tools.browsers import Browsers
from tinyfish.tools.options import ToolOptions

# How long it takes to open a browser, which is waited for after a cancellation, so that it can be closed.
_OPENING_SECONDS: Final = 30.0


class BrowserTools:
    """The tools `browser`, `browser_pages` and `close_browser`.

    Args:
        client: The client that they call.
        options: How they behave.
        browsers: What they have open.
    """

    def __init__(self, client: TinyFish, options: ToolOptions, browsers: Browsers[BrowserSession]) -> None:
        self._client = client
        self._options = options
        self._browsers = browsers

    def close(self) -> None:
        """Open nothing any more, and close the browsers that are open. Never raises."""
        self._browsers.close()
        for session_id, session in self._browsers.all().items():
            self._close_quietly(session)
            self._browsers.remove(session_id)

    def browser(self, *, url: str | None) -> Answer:
        """Open a browser.

        Raises:
            SDKError: It failed.
        """
        url = None if url is None else self._options.guard.checked(url)
        if not self._browsers.take_place() and not self._place_of_a_closed_one():
            if self._browsers.is_closed:
                return answers.tools_closed()
            still_open = ", ".join(self._browsers.all())
            return refusal(
                f"No more browsers can be opened. Close one first with `close_browser`: {still_open}."
            )
        answer = answers.tools_closed()
        gave_up = threading.Event()

        def opened() -> None:
            nonlocal answer
            idle = self._options.browser_idle_seconds
            try:
                session = self._client.browser.sessions.create(url=url, timeout_seconds=idle)
            except BaseException:
                self._browsers.give_place_back()
                raise
            if not self._browsers.put(session.session_id, session):
                self._close_quietly(session)
                return
            if gave_up.is_set():  # nobody learns its id
                self._close_quietly(session)
                self._browsers.remove(session.session_id)
                return
            cdp_url = session.cdp_url if self._options.show_cdp_url else None
            answer = answers.browser_open(session.session_id, url, idle, cdp_url)

        finish(opened, _OPENING_SECONDS, gave_up.set)
        return answer

    def browser_pages(self, *, session_id: str) -> Answer:
        """List the pages of a browser that these tools have opened.

        Raises:
            SDKError: It failed.
        """
        session = self._browsers.get(session_id)
        if session is None:
            return self._no_browser(session_id)
        return answers.browser_shows(session_id, session.pages(timeout=self._options.patience))

    def close_browser(self, *, session_id: str) -> Answer:
        """Close a browser that these tools have opened.

        Raises:
            SDKError: It failed.
        """
        session = self._browsers.get(session_id)
        if session is None:
            return self._no_browser(session_id)
        session.delete(timeout=self._options.patience)
        self._browsers.remove(session_id)
        return Answer(f"Browser {session_id} is closed.", {"session_id": session_id, "is_open": False})

    def _place_of_a_closed_one(self) -> bool:
        """Take the place of a browser that has closed itself. Only the API knows that; other errors say nothing."""
        for session_id, session in self._browsers.all().items():
            try:
                session.pages(timeout=EXIT_GRACE_SECONDS, max_retries=0)
            except APIStatusError as error:
                if error.status_code in (404, 410) and is_the_apis(error):
                    self._browsers.remove(session_id)
            except SDKError:
                continue
        return self._browsers.take_place()

    def _close_quietly(self, session: BrowserSession) -> None:
        try:
            session.delete(timeout=EXIT_GRACE_SECONDS)
        except SDKError as failure:
            logger.warning("Browser %s could not be closed: %s", session.session_id, failure)

    def _no_browser(self, session_id: str) -> Answer:
        """The answer for an id of another browser: a model can only use what it has opened."""
        still_open = ", ".join(self._browsers.all()) or "none"
        return refusal(f"There is no open browser {session_id!r}. Open are: {still_open}.")
