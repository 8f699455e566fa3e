# Derived from async_monitors.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.monitors`: repeat a search or a fetch on a schedule."""

from __future__ import annotations

from tinyfish_generated.api import monitors as operations
from tinyfish_generated.models import (
    Monitor,
    MonitorCreateResponse,
    MonitorDeleteResponse,
    MonitorListResponse,
    MonitorRunResponse,
    MonitorType,
)
from tinyfish_generated.params import MonitorRequestTypeLiteral

from tinyfish._core.calls.executor import Executor
from tinyfish._core.config import NOT_GIVEN, NotGiven, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.recovery import start_product
from tinyfish._core.requests.monitor_requests import (
    MonitorConfigArgument,
    check,
    checked_id,
    create_request,
    creation,
    status_request,
    update_request,
)
from tinyfish._core.signatures import explicit
from tinyfish.adopt import Adopt, AdoptLiteral


class Monitors(Live):
    """`client.monitors`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def create(
        self,
        type: MonitorType | MonitorRequestTypeLiteral,
        config: MonitorConfigArgument,
        schedule_cron: str,
        *,
        name: str | None = None,
        webhook_url: str | None = None,
        purpose: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | AdoptLiteral | None = None,
    ) -> MonitorCreateResponse:
        """Create a monitor and make its first check. Every check is billed.

        If the response is lost, the client searches the list for the monitor, and never creates it twice. For a monitor
        that was found, the response has no `run`.

        Args:
            type: What to do at each check, `"search"` or `"fetch"`.
            config: A `SearchMonitorConfig` or a `FetchMonitorConfig`, or a mapping with the same fields.
            schedule_cron: When to check: a cron expression of five fields, in UTC. The prefix `CRON_TZ=Europe/Berlin`
                and a space set another time zone.
            name: Its display name.
            webhook_url: An https URL to call after each check.
            purpose: Its purpose.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried if it certainly created nothing. Default: the client's.
            adopt: When to treat a found monitor as the one that was created. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            PaymentRequiredError: The account is out of credits.
            UncertainStartError: There was no response, and it's not known whether the monitor exists.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create(
            ...         "fetch", {"url": "https://example.com/news/"}, "0 9 * * *"
            ...     )
            ...     print(created.monitor.id, created.run)
        """
        request = create_request(type, config, schedule_cron, name, webhook_url, purpose)
        options = self._executor.options(timeout, max_retries)
        adopt = self._executor.config.adopt_or(adopt)
        return start_product(self._executor, request, options, creation(request), adopt)

    @explicit()
    def list(self, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None) -> MonitorListResponse:
        """Get all monitors.

        Args:
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for monitor in client.monitors.list().monitors:
            ...         print(monitor.id, monitor.status, monitor.schedule_cron)
        """
        return self._executor.send(operations.list_monitors(), self._executor.options(timeout, max_retries))

    @explicit()
    def get(
        self, monitor_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> Monitor:
        """Get one monitor.

        Args:
            monitor_id: The monitor's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The monitor doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     print(client.monitors.get(created.monitor.id).last_error)
        """
        request = operations.get_monitor(checked_id(monitor_id))
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def update(
        self,
        monitor_id: str,
        *,
        schedule_cron: str,
        name: str | NotGiven | None = NOT_GIVEN,
        webhook_url: str | NotGiven | None = NOT_GIVEN,
        purpose: str | NotGiven | None = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Monitor:
        """Change a monitor's schedule, and any other given fields. None clears a field.

        Args:
            monitor_id: The monitor's id.
            schedule_cron: When to check, as in `create`.
            name: Its display name. Default: unchanged.
            webhook_url: An https URL to call after each check. Default: unchanged.
            purpose: Its purpose. Default: unchanged.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            NotFoundError: The monitor doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     client.monitors.update(created.monitor.id, schedule_cron="0 10 * * *", name="Tides")
        """
        request = update_request(monitor_id, schedule_cron, name, webhook_url, purpose)
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def pause(
        self, monitor_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> Monitor:
        """Pause a monitor: it makes no checks until `resume`.

        Args:
            monitor_id: The monitor's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The monitor doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     print(client.monitors.pause(created.monitor.id).status)
        """
        request = status_request(monitor_id, "paused")
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def resume(
        self, monitor_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> Monitor:
        """Resume a paused monitor.

        Args:
            monitor_id: The monitor's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The monitor doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     print(client.monitors.resume(created.monitor.id).status)
        """
        request = status_request(monitor_id, "active")
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def run(
        self, monitor_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> MonitorRunResponse:
        """Make a check now, outside the schedule. It's billed, so the call is never repeated blindly.

        Args:
            monitor_id: The monitor's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried if it certainly made no check. Default: the client's.

        Raises:
            NotFoundError: The monitor doesn't exist.
            PaymentRequiredError: The account is out of credits.
            UncertainStartError: There was no response, and it's not known whether a check was made.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     print(client.monitors.run(created.monitor.id).run)
        """
        request = operations.run_monitor(checked_id(monitor_id))
        options = self._executor.options(timeout, max_retries)
        return start_product(self._executor, request, options, check(monitor_id), self._executor.config.adopt)

    @explicit()
    def cancel(
        self, monitor_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> MonitorDeleteResponse:
        """Delete a monitor.

        Args:
            monitor_id: The monitor's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The monitor doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     created = client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            ...     print(client.monitors.cancel(created.monitor.id).deleted)
        """
        request = operations.delete_monitor(checked_id(monitor_id))
        return self._executor.send(request, self._executor.options(timeout, max_retries))
