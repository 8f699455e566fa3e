"""Checked requests for browser sessions, and the search for a session after an unanswered creation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import tinyfish_generated.models as generated
from tinyfish_generated import rules
from tinyfish_generated.api import browser as operations
from tinyfish_generated.models import (
    BrowserProxyConfig,
    BrowserUsageResponse,
)
from tinyfish_generated.params import BrowserProxyConfigParam
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.executor import Executor
from tinyfish._core.contract_checks import Parameters
from tinyfish._core.recovery.browser_sessions import SessionSearch, session_named
from tinyfish._core.requests.run_request import session_request

if TYPE_CHECKING:  # a sync client does not load them
    from tinyfish._core.calls.async_executor import AsyncExecutor

_USAGE_PARAMETERS: Final = Parameters(rules.LIST_BROWSER_USAGE, session_id=checks.run_id)


def create_request(
    url: str | None,
    timeout_seconds: int | None,
    proxy_config: BrowserProxyConfig | BrowserProxyConfigParam | None,
) -> Request[generated.BrowserSession]:
    body = session_request({"url": url, "timeout_seconds": timeout_seconds, "proxy_config": proxy_config})
    return operations.create_browser_session(body=body)


def delete_request(session_id: str) -> Request[None]:
    return operations.delete_browser_session(checks.run_id("session_id", session_id))


def usage_request(arguments: Mapping[str, object]) -> Request[BrowserUsageResponse]:
    return operations.list_browser_usage(**_USAGE_PARAMETERS.checked(arguments))


def session_id_in(entry: object) -> object:
    """The id of a list entry, which can be any object; None if it has none."""
    return getattr(entry, "session_id", None)


def search_for(result: CallResult[Any], executor: Executor | AsyncExecutor) -> SessionSearch | None:
    """The search for a session after an unanswered creation; None if there is nothing to search for.

    Raises:
        UncertainStartError: The response names the session, but not how to connect to it.
    """
    if result.error is None:
        return None
    if result.named:
        raise session_named(result.named[0], result.error)
    if result.uncertain is None:
        return None
    return SessionSearch(result.uncertain, executor.server_clock, result.error)
