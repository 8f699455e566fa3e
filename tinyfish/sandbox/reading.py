"""The shared code of all page readers."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun


@dataclass(frozen=True, slots=True)
class Document:
    """A page's markup and its final address."""

    html: str
    url: str


class Reader(Protocol):
    """A page reader."""

    async def read(self, request: JsonObject, run: LiveRun) -> Document:
        """Open the page of a run's request.

        Args:
            request: The request, valid by the contract.
            run: Gets each step.

        Raises:
            RunFailedError: The page can't be opened, or isn't a web page.
        """
        ...


def refuse_address(url: str) -> None:
    """Fail the run if its url isn't a web address, for example a file of this machine.

    Raises:
        RunFailedError: It isn't an http or https address.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        raise RunFailedError(f"{url} is not an http or https URL")


def refuse_status(url: str, status: int, retry_after: str | None) -> None:
    """Fail the run if the site returned an error.

    Raises:
        RunFailedError: The site blocks the agent, has no such page, or is broken.
    """
    if status < 400:
        return
    wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    if status in {401, 403, 429}:
        raise RunFailedError(
            f"{url} refused the request with status {status}",
            code="SITE_BLOCKED",
            retry_after=wait,
            help_message="The site requires a login, or blocks automation.",
        )
    category = "UNKNOWN" if status >= 500 else "AGENT_FAILURE"
    raise RunFailedError(f"{url} returned status {status}", category=category, retry_after=wait)


def refuse_type(url: str, content_type: str) -> None:
    """Fail the run if the content isn't a page.

    Raises:
        RunFailedError: It is of another type.
    """
    if content_type not in {"text/html", "application/xhtml+xml"}:
        raise RunFailedError(f"{url} is not a web page: its content type is {content_type}")


def unreachable(url: str, reason: str) -> RunFailedError:
    """The failure of a run whose page couldn't be opened."""
    return RunFailedError(f"{url} could not be opened: {reason}")


def too_slow(url: str, seconds: float) -> RunFailedError:
    """The failure of a run whose page didn't load in time."""
    return RunFailedError(f"{url} didn't load within {seconds:g} s", code="TIMEOUT", category="UNKNOWN")


def custom_proxy(request: JsonObject) -> JsonObject | None:
    """The run's custom proxy. The API's built-in ones don't exist here: such runs connect directly."""
    proxy: JsonObject = request.get("proxy_config", {})
    return proxy if proxy.get("enabled") and proxy.get("type") == "custom" else None
