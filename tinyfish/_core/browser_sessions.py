"""Browser sessions: every decision, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import define, field
from tinyfish_generated.api.browser import list_browser_usage
from tinyfish_generated.models import BrowserUsageItem, BrowserUsageResponse, SessionPage
from tinyfish_generated.types import Request

from tinyfish._core.clock import Clock
from tinyfish._core.config import Config, is_http_url
from tinyfish._core.exchange import CallOptions, Uncertainty
from tinyfish._core.search import WINDOW_AFTER, WINDOW_BEFORE
from tinyfish._core.server_clock import ServerClock
from tinyfish._core.waiting import is_passing
from tinyfish.errors import APIError, SDKError, UncertainStartError, WaitTimeoutError

PAGES_INTERVAL_SECONDS: Final = 1.0
DEFAULT_INSPECTOR_SECONDS: Final = 20.0
# A page list comes from a browser that is busy; one that hangs is asked again.
PAGES_POLL: Final = CallOptions(timeout=5.0, max_retries=0)

USAGE_LOOK: Final = CallOptions(timeout=15.0, max_retries=1)

# What a session shows before it has moved on to its page.
_BLANK_URLS: Final = ("", "about:blank", "about:newtab", None)


def session_host(base_url: str, config: Config) -> str:
    """The session's own host, checked, since it is the server that names it.

    Raises:
        SDKError: It is no https URL; http does only where the API itself is called by http.
    """
    is_plain = config.base_url is not None and config.base_url.startswith("http:")
    fits = (
        is_http_url(base_url) and "@" not in base_url and (is_plain or base_url.lower().startswith("https:"))
    )
    if not fits:
        wanted = "http or https" if is_plain else "https"
        raise SDKError(f"The session's base_url is no {wanted} URL without a login: {base_url!r}.")
    return base_url.rstrip("/")


@define
class InspectorWait:
    """The wait for the first page that is not blank."""

    _clock: Clock
    _timeout: float | None
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._clock.now()

    def saw(self, pages: list[SessionPage]) -> str | float:
        """Take in a list of pages: the inspector's URL, or the seconds until the next look.

        Raises:
            WaitTimeoutError: The time is up.
        """
        for page in pages:
            if page.url not in _BLANK_URLS and page.devtools_frontend_url:
                return page.devtools_frontend_url
        return self._pause()

    def failed(self, error: APIError) -> float:
        """Take in a look that failed.

        Raises:
            APIError: It is no passing failure.
            WaitTimeoutError: The time is up.
        """
        if not is_passing(error):
            raise error
        return self._pause()

    def _pause(self) -> float:
        if self._timeout is None:
            return PAGES_INTERVAL_SECONDS
        remaining = self._began + self._timeout - self._clock.now()
        if remaining <= 0:
            raise WaitTimeoutError(
                f"The session showed no page but blank ones within {self._timeout:g} s. Was it created with a url?"
            )
        return min(PAGES_INTERVAL_SECONDS, remaining)


@define
class SessionSearch:
    """The look for a session whose creation got no answer. Usage tells when sessions began, and no more."""

    _uncertainty: Uncertainty
    _server_clock: ServerClock
    _error: APIError

    def request(self) -> Request[BrowserUsageResponse]:
        """What to ask."""
        return list_browser_usage(start_after=self._window[0])

    def concluded(
        self, items: Sequence[BrowserUsageItem], look_error: Exception | None
    ) -> UncertainStartError:
        """What to raise."""
        begin, end = self._window
        fitting = tuple(item for item in items if _within(item.start_time, begin, end))
        if fitting:
            ids = ", ".join(item.session_id for item in fitting)
            advice = f"{ids} began at that time. client.browser.sessions.delete(session_id) ends a session"
        else:
            advice = "no session that began at that time is listed"
        return UncertainStartError.of(
            self._error,
            f"{advice}; one that nobody uses ends by itself after its inactivity timeout.",
            candidates=fitting,
            window=self._window,
            look_error=look_error,
        )

    @property
    def _window(self) -> tuple[datetime, datetime]:
        sent = self._server_clock.at(self._uncertainty.delivery.sent_at)
        return sent - WINDOW_BEFORE, sent + WINDOW_AFTER


def _within(moment: object, begin: datetime, end: datetime) -> bool:
    return isinstance(moment, datetime) and begin <= moment <= end
