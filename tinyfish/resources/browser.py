# Derived from async_browser.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.browser`: remote browser sessions, controlled over CDP, for example by Playwright."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import tinyfish_generated.models as generated
from attrs import define, field
from tinyfish_generated.api.session import list_session_pages
from tinyfish_generated.models import (
    BrowserProxyConfig,
    BrowserUsageItem,
    BrowserUsageResponse,
    BrowserUsageStatus,
    SessionPage,
)
from tinyfish_generated.params import BrowserProxyConfigParam, BrowserUsageStatusFilterLiteral
from tinyfish_generated.types import Request, picklable

from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import numbered_items
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.cancel_policy import warning_of_start
from tinyfish._core.cancellation.shielding import finish
from tinyfish._core.checks import Moment
from tinyfish._core.config import DEFAULT_INSPECTOR_SECONDS, NOT_GIVEN, Timeout, check_timeout
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live, Uncopied
from tinyfish._core.recovery.browser_sessions import PAGES_POLL, InspectorWait, session_host
from tinyfish._core.recovery.recovery import search_repeatedly
from tinyfish._core.requests.arguments import by_name
from tinyfish._core.requests.session_requests import (
    create_request,
    delete_request,
    search_for,
    session_id_in,
    usage_request,
)
from tinyfish.errors import APIError, SDKError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class BrowserSession(Uncopied, generated.BrowserSession):
    """An open browser session. As a context manager, it ends the session at the end of the block.

    Attributes:
        session_id: The session's id.
        cdp_url: The WebSocket URL to control the browser with, for example for Playwright's `connect_over_cdp`.
        base_url: The base URL of the session's own host.
    """

    _executor: Executor | None = field(default=None, eq=False, repr=False, alias="executor")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            finish(lambda: self.delete(timeout=EXIT_GRACE_SECONDS), EXIT_GRACE_SECONDS)
        except Exception as failure:
            if error is None:
                raise
            logger.warning("Session %s could not be ended: %s", self.session_id, failure)

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickled copy doesn't include the client.
        return type(self).from_dict, (picklable(self.to_dict()),)

    def pages(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> list[SessionPage]:
        """List the pages that are open in the browser.

        The call sends no API key, default headers, cookies or login, because the session's host isn't the API's.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.browser.sessions.create(url="https://example.com") as session:
            ...         print([page.url for page in session.pages()])
        """
        executor = self._bound()
        return executor.send(
            list_session_pages(),
            executor.options(timeout, max_retries),
            base_url=session_host(self.base_url, executor.config),
        )

    def inspector_url(self, *, timeout: float | None = DEFAULT_INSPECTOR_SECONDS) -> str:
        """The URL of the DevTools inspector for the session's page, as soon as the page has been opened.

        Args:
            timeout: Seconds to wait for a page that isn't blank; None for no limit. Default: 20.

        Raises:
            WaitTimeoutError: No such page was opened in time.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.browser.sessions.create(url="https://example.com") as session:
            ...         print(session.inspector_url())
        """
        executor = self._bound()
        host = session_host(self.base_url, executor.config)
        wait = InspectorWait(executor.clock, check_timeout(timeout))
        while True:
            try:
                step = wait.saw(executor.send(list_session_pages(), PAGES_POLL, base_url=host))
            except APIError as error:
                step = wait.failed(error)
            if isinstance(step, str):
                return step
            executor.sleep(step)

    def delete(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> None:
        """End the session immediately. Harmless if it has ended.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     session = client.browser.sessions.create()
            ...     session.delete()
        """
        executor = self._bound()
        executor.send(delete_request(self.session_id), executor.options(timeout, max_retries))

    def _bound(self) -> Executor:
        if self._executor is None:
            raise SDKError(
                "This session has no client, because it was unpickled. Use client.browser.sessions with its "
                f"session_id, {self.session_id!r}."
            )
        return self._executor


class BrowserSessions(Live):
    """The methods for browser sessions; available as `client.browser.sessions`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @by_name("browser.sessions.create", example="url='https://example.com'")
    def create(
        self,
        *,
        url: str | None = None,
        timeout_seconds: int | None = None,
        proxy_config: BrowserProxyConfig | BrowserProxyConfigParam | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> BrowserSession:
        """Open a browser session. This takes 10 to 30 seconds, and returns before the page has loaded.

        Args:
            url: The page to open; the server adds https:// to a bare domain. Default: about:blank.
            timeout_seconds: Seconds without a CDP command after which the session ends, 5 to 86400. Default: the
                plan's maximum.
            proxy_config: The proxy to browse through. Default: the service's own.
            timeout: The limit of the whole call in seconds, at least 60; None for no limit. Default: the client's.
            max_retries: How often the call can be retried if it certainly created no session. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            PaymentRequiredError: The account is out of credits.
            NotFoundError: The plan doesn't include browser sessions.
            UncertainStartError: There was no response, and it's not known whether a session exists.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.browser.sessions.create(url="https://example.com") as session:
            ...         print(session.session_id, session.cdp_url)
        """
        request = create_request(url, timeout_seconds, proxy_config)
        options = self._executor.options(timeout, max_retries)
        with warning_of_start("a browser session", url or "about:blank"):
            result = self._executor.carry_through(request, options)
            search = search_for(result, self._executor)
            if search is not None:
                raise search.concluded(search_repeatedly(self._executor, search))
        data = result.get()
        return BrowserSession(
            session_id=data.session_id,
            cdp_url=data.cdp_url,
            base_url=data.base_url,
            extra_fields=data.extra_fields,
            executor=self._executor,
        )

    def delete(
        self, session_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> None:
        """End a session immediately. Harmless if it has ended.

        Args:
            session_id: The session's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: `session_id` is empty, or not a valid id.
            NotFoundError: The session doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     session = client.browser.sessions.create()
            ...     client.browser.sessions.delete(session.session_id)
        """
        self._executor.send(delete_request(session_id), self._executor.options(timeout, max_retries))

    @by_name("browser.sessions.usage", example="status='running'")
    def usage(
        self,
        *,
        session_id: str | None = None,
        start_after: Moment | None = None,
        end_before: Moment | None = None,
        status: BrowserUsageStatus | BrowserUsageStatusFilterLiteral | None = None,
        limit: int | None = None,
        page: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> BrowserUsageResponse:
        """List one page of sessions with their usage; `iter_usage` returns all of them.

        Args:
            session_id: Only this session.
            start_after: Only sessions that began after this time: a datetime, a date (midnight UTC) or an
                ISO 8601 string. Without a time zone it's UTC.
            end_before: Only sessions that ended before this time.
            status: Only sessions with this status, `"running"` or `"ended"`.
            limit: The maximum number of sessions in the page, 1 to 1000. Default: 100.
            page: The page's number, starting at 1. Default: 1.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.browser.sessions.usage(status="ended").total)
        """
        request = usage_request(locals())
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @by_name("browser.sessions.iter_usage", example="status='running'")
    def iter_usage(
        self,
        *,
        session_id: str | None = None,
        start_after: Moment | None = None,
        end_before: Moment | None = None,
        status: BrowserUsageStatus | BrowserUsageStatusFilterLiteral | None = None,
        page_size: int = 100,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[BrowserUsageItem]:
        """Iterate over all matching sessions with their usage; pages are requested as needed.

        Args:
            session_id: Only this session.
            start_after: Only sessions that began after this time: a datetime, a date (midnight UTC) or an
                ISO 8601 string. Without a time zone it's UTC.
            end_before: Only sessions that ended before this time.
            status: Only sessions with this status, `"running"` or `"ended"`.
            page_size: How many sessions to request at a time, 1 to 1000. Default: 100.
            timeout: The limit of the call for each page in seconds; None for no limit. Default: the client's.
            max_retries: How often the call for a page can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject; raised immediately, before the first page.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for item in client.browser.sessions.iter_usage(start_after="2026-01-01"):
            ...         print(item.session_id, item.duration_ms)
        """
        filters = {**locals(), "limit": page_size}
        options = self._executor.options(timeout, max_retries)

        def request(page: int) -> Request[BrowserUsageResponse]:
            return usage_request({**filters, "page": page})

        request(1)
        items = numbered_items(lambda page: self._executor.send(request(page), options), session_id_in)
        return Items(items)


class Browser(Live):
    """`client.browser`.

    Attributes:
        sessions: Remote browser sessions.
    """

    def __init__(self, executor: Executor) -> None:
        self.sessions = BrowserSessions(executor)
