# Derived from async_browser.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Remote browser sessions: open them, drive them over CDP with a library of yours, end them."""

from __future__ import annotations

from collections.abc import Generator
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
from tinyfish._core.calls.pagination import Walk, next_usage_page
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.cancel_policy import warning_of_start
from tinyfish._core.cancellation.shielding import finish
from tinyfish._core.checks import Moment
from tinyfish._core.config import NOT_GIVEN, Timeout, check_timeout
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live, Uncopied
from tinyfish._core.recovery.browser_sessions import (
    DEFAULT_INSPECTOR_SECONDS,
    PAGES_POLL,
    InspectorWait,
    session_host,
)
from tinyfish._core.recovery.recovery import look_for
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
    """An open browser session; as a context manager it is ended when the block is left.

    Attributes:
        session_id: The session's id.
        cdp_url: The WebSocket URL to drive the browser with, such as Playwright's `connect_over_cdp` takes.
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
        # A copy that travels to another process leaves the client behind.
        return type(self).from_dict, (picklable(self.to_dict()),)

    def pages(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> list[SessionPage]:
        """The pages that the browser has open.

        Neither the API key nor default headers, cookies or a login are sent: the session's host is not the API's.

        Args:
            timeout: Seconds for the whole call; None for no limit. Default: the client's.
            max_retries: How often the call may be repeated. Default: the client's.

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
        """Where the DevTools inspector of the session's page can be opened, once the page has been navigated to.

        Args:
            timeout: Seconds to wait for a page that is not blank; None for no limit.

        Raises:
            WaitTimeoutError: There was none in time.
            APIError: The pages cannot be looked at, and not for a passing reason.

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
        """End the session at once. Harmless if it has ended.

        Args:
            timeout: Seconds for the whole call; None for no limit. Default: the client's.
            max_retries: How often the call may be repeated. Default: the client's.

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
                "This session belongs to no client; use client.browser.sessions with its session_id."
            )
        return self._executor


class BrowserSessions(Live):
    """`client.browser.sessions`."""

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
        """Open a browser session. It takes 10 to 30 seconds, and returns before the page has loaded.

        Args:
            url: The page to open; a bare domain gets https:// from the server. Default: about:blank.
            timeout_seconds: After how many seconds without a CDP command the session ends by itself, 5 to
                86400. Default: the plan's maximum.
            proxy_config: The proxy to browse through. Default: the service's own.
            timeout: Seconds for the whole call, at least 60; None for no limit. Default: the client's.
            max_retries: How often it may be repeated when surely no session was made. Default: the client's.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            PaymentRequiredError: Out of credits.
            NotFoundError: The plan does not include browser sessions.
            UncertainStartError: No answer came, and it is not sure whether a session exists.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.browser.sessions.create(url="https://example.com") as session:
            ...         print(session.session_id, session.cdp_url)
        """
        request = create_request(url, timeout_seconds, proxy_config)
        options = self._executor.options(timeout, max_retries)
        with warning_of_start("a browser session", url or "about:blank"):
            ending = self._executor.carry_through(request, options)
            search = search_for(ending, self._executor)
            if search is not None:
                raise search.concluded(look_for(self._executor, search))
        data = ending.get()
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
        """End a session at once. Harmless if it has ended.

        Args:
            session_id: The session's id.
            timeout: Seconds for the whole call; None for no limit. Default: the client's.
            max_retries: How often the call may be repeated. Default: the client's.

        Raises:
            ValueError: `session_id` is empty or cannot be a session's id.
            NotFoundError: There is no such session.
            APIError: Any other failure of the call.

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
        """One page of what sessions have used; `iter_usage` gives them all.

        Args:
            session_id: Only this session.
            start_after: Only sessions that began after this moment: a datetime, a date (its midnight, UTC) or
                ISO 8601 text. Without a zone it is UTC.
            end_before: Only sessions that ended before this moment.
            status: Only sessions in this state, `"running"` or `"ended"`.
            limit: How many sessions a page has at most, 1 to 1000. Default: 100.
            page: Which page, from 1 on. Default: 1.
            timeout: Seconds for the whole call; None for no limit. Default: the client's.
            max_retries: How often the call may be repeated. Default: the client's.

        Raises:
            ValueError: A filter that the API would refuse.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.browser.sessions.usage(status="ended").total)
        """
        request = usage_request(session_id, start_after, end_before, status, limit, page)
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
    ) -> Generator[BrowserUsageItem]:
        """What all sessions that fit have used, page by page as it is needed.

        Args:
            session_id: Only this session.
            start_after: Only sessions that began after this moment: a datetime, a date (its midnight, UTC) or
                ISO 8601 text. Without a zone it is UTC.
            end_before: Only sessions that ended before this moment.
            status: Only sessions in this state, `"running"` or `"ended"`.
            page_size: How many sessions are asked for at a time, 1 to 1000.
            timeout: Seconds for each page; None for no limit. Default: the client's.
            max_retries: How often the call for a page may be repeated. Default: the client's.

        Raises:
            ValueError: A filter that the API would refuse; at once, before the first page.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for item in client.browser.sessions.iter_usage(start_after="2026-01-01"):
            ...         print(item.session_id, item.duration_ms)
        """
        options = self._executor.options(timeout, max_retries)

        def request(page: int) -> Request[BrowserUsageResponse]:
            return usage_request(session_id, start_after, end_before, status, page_size, page)

        def items() -> Generator[BrowserUsageItem]:
            page: int | None = 1
            walk = Walk[BrowserUsageItem](session_id_in)
            while page is not None:
                answer = self._executor.send(request(page), options)
                following = next_usage_page(answer, page)
                yield from walk.new(answer.items, more=following is not None)
                page = following

        request(1)
        return items()


class Browser(Live):
    """`client.browser`.

    Attributes:
        sessions: Remote browser sessions.
    """

    def __init__(self, executor: Executor) -> None:
        self.sessions = BrowserSessions(executor)
