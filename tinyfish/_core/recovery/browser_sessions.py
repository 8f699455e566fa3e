"""Browser sessions. All decisions, no I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import define, field
from tinyfish_generated.api.browser import list_browser_usage
from tinyfish_generated.models import BrowserUsageItem, BrowserUsageResponse, SessionPage
from tinyfish_generated.types import Request

from tinyfish._core.addresses import is_http_url
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.calls.pagination import next_usage_page
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config
from tinyfish._core.recovery.run_listings import PAGE_SIZE
from tinyfish._core.recovery.run_search import MAX_PAGES, window
from tinyfish._core.waiting.wait_policy import is_transient
from tinyfish.errors import APIError, SDKError, UncertainStartError, WaitTimeoutError

PAGES_INTERVAL_SECONDS: Final = 1.0
# A page list comes from a busy browser; if it hangs, it's requested again.
PAGES_POLL: Final = CallOptions(timeout=5.0, max_retries=0)

_ENDS_BY_ITSELF: Final = "an unused session ends automatically after its inactivity timeout."

# The pages of a session before it has navigated to its URL.
_BLANK_URLS: Final = ("", "about:blank", "about:newtab", None)


def session_host(base_url: str, config: Config) -> str:
    """The session's own host, checked because the server chooses it.

    Raises:
        SDKError: It isn't an https URL. http is allowed only if the API itself is called over http.
    """
    is_plain = config.base_url is not None and config.base_url.startswith("http:")
    fits = (
        is_http_url(base_url) and "@" not in base_url and (is_plain or base_url.lower().startswith("https:"))
    )
    if not fits:
        wanted = "http or https" if is_plain else "https"
        raise SDKError(f"The session's base_url must be an {wanted} URL without a login, not {base_url!r}.")
    return base_url.rstrip("/")


@define
class InspectorWait:
    """The wait for the first page that isn't blank."""

    _clock: Clock
    _timeout: float | None
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._clock.now()

    def saw(self, pages: list[SessionPage]) -> str | float:
        """Process a list of pages. Returns the inspector's URL, or the seconds until the next poll.

        Raises:
            WaitTimeoutError: The time limit is reached.
        """
        for page in pages:
            if page.url not in _BLANK_URLS and page.devtools_frontend_url:
                return page.devtools_frontend_url
        return self._pause()

    def failed(self, error: APIError) -> float:
        """Process a failed poll.

        Raises:
            APIError: The failure isn't transient.
            WaitTimeoutError: The time limit is reached.
        """
        if not is_transient(error):
            raise error
        return self._pause()

    def _pause(self) -> float:
        if self._timeout is None:
            return PAGES_INTERVAL_SECONDS
        remaining = self._began + self._timeout - self._clock.now()
        if remaining <= 0:
            raise WaitTimeoutError(
                f"The session opened only blank pages within {self._timeout:g} s. Was it created with a url?"
            )
        return min(PAGES_INTERVAL_SECONDS, remaining)


@define
class SessionSearch:
    """The search for the session of an unanswered creation. Usage shows only when sessions began."""

    _uncertainty: Uncertainty
    _server_clock: ServerClock
    _error: APIError
    _found: dict[str, BrowserUsageItem] = field(init=False, factory=dict[str, BrowserUsageItem])
    _page: int = field(init=False, default=1)

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""
        self._page = 1

    def request(self, cursor: int | None = None) -> Request[BrowserUsageResponse]:
        """The request for the next page."""
        return list_browser_usage(
            start_after=self._window[0] if self._server_clock.sure else None, limit=PAGE_SIZE, page=cursor
        )

    def saw(self, page: BrowserUsageResponse) -> int | None:
        """Process a page, and return the number of the next one; None if the search is done.

        Raises:
            OverflowError: There are too many sessions to check all of them.
        """
        for item in page.items:
            self._found[item.session_id] = item
        following = next_usage_page(page, self._page)
        if following is not None:
            if following > MAX_PAGES:
                raise OverflowError(f"more than {MAX_PAGES * PAGE_SIZE} sessions are listed for that time")
            self._page = following
        return following

    def concluded(self, search_error: Exception | None) -> UncertainStartError:
        """The error to raise."""
        begin, end = self._window
        fitting = sorted(
            (item for item in self._found.values() if _within(item.start_time, begin, end)),
            key=lambda item: item.start_time or begin,
        )
        if fitting:
            ids = ", ".join(item.session_id for item in fitting)
            advice = f"{ids} began at that time. client.browser.sessions.delete(session_id) ends a session"
        else:
            advice = "no session that began at that time is listed"
        return UncertainStartError.of(
            self._error,
            f"{advice}; {_ENDS_BY_ITSELF}",
            candidates=tuple(fitting),
            window=self._window,
            look_error=search_error,
        )

    @property
    def _window(self) -> tuple[datetime, datetime]:
        return window(self._uncertainty, self._server_clock)


def session_named(session_id: str, error: APIError) -> UncertainStartError:
    """The error for a response that has only the session's id: it can't be used, but it can be deleted."""
    return UncertainStartError.of(
        error,
        f"the response names session {session_id}. client.browser.sessions.delete({session_id!r}) ends it; "
        f"{_ENDS_BY_ITSELF}",
        candidates=(BrowserUsageItem.from_dict({"session_id": session_id}),),
        window=None,
        look_error=None,
    )


def _within(moment: object, begin: datetime, end: datetime) -> bool:
    return isinstance(moment, datetime) and begin <= moment <= end
