"""The sandbox's agent opens the page and returns what stands there. It is no language model, and says so."""

import codecs
import os
import re
from collections.abc import Iterator
from typing import Protocol

import aiohttp

from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.extract import Page, extract
from tinyfish.sandbox.json_types import JsonObject

EXTRACTED_BY = "tinyfish sandbox (no language model)"

_USER_AGENT = "Mozilla/5.0 (compatible; tinyfish-sandbox)"
_MAX_PAGE_BYTES = 10_000_000
_META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([A-Za-z0-9_-]+)""", re.IGNORECASE)


class Steps(Protocol):
    """Where an agent tells what it has just done."""

    async def step(self, purpose: str) -> None:
        """Tell one step that was taken."""
        ...


class Agent:
    """Reads pages over HTTP.

    Args:
        http: What opens the pages.
        timeout: Seconds that one page may take.
    """

    def __init__(self, http: aiohttp.ClientSession, *, timeout: float = 30.0) -> None:
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def work(self, request: JsonObject, steps: Steps) -> JsonObject:
        """Do a run.

        Args:
            request: The run's request, valid by the contract.
            steps: Told each step.

        Returns:
            The result: what stands on the page.

        Raises:
            RunFailedError: The page could not be opened or is no web page.
        """
        html, url = await self._open(request, steps)
        page = extract(html, url)
        for purpose in _findings(page):
            await steps.step(purpose)
        return {"extracted_by": EXTRACTED_BY, **page.to_dict()}

    async def _open(self, request: JsonObject, steps: Steps) -> tuple[str, str]:
        url: str = request["url"]
        proxy, proxy_auth = _proxy(request)
        try:
            async with self._http.get(
                url,
                timeout=self._timeout,
                headers={"User-Agent": _USER_AGENT},
                proxy=proxy,
                proxy_auth=proxy_auth,
            ) as answer:
                refuse_status(url, answer.status, answer.headers.get("Retry-After"))
                if answer.content_type not in {"text/html", "application/xhtml+xml"}:
                    raise RunFailedError(f"{url} is {answer.content_type}, not a web page")
                body = await _read(answer.content)
                for earlier in answer.history:
                    await steps.step(f"Followed a redirect from {earlier.url}")
                await steps.step(f"Opened {answer.url} ({len(body):,} bytes)")
                return body.decode(_encoding(answer, body), errors="replace"), str(answer.url)
        except TimeoutError:
            raise RunFailedError(
                f"{url} did not answer within {self._timeout.total:g} s", code="TIMEOUT", category="UNKNOWN"
            ) from None
        except aiohttp.TooManyRedirects:
            raise RunFailedError(f"{url} redirects without end") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise RunFailedError(f"{url} could not be opened: {_reason(error)}") from None


def refuse_status(url: str, status: int, retry_after: str | None) -> None:
    """End the run when the site answered with an error.

    Raises:
        RunFailedError: The site blocks the agent, has no such page, or is broken.
    """
    if status < 400:
        return
    wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    if status in {401, 403, 429}:
        raise RunFailedError(
            f"{url} refuses the agent with status {status}",
            code="SITE_BLOCKED",
            retry_after=wait,
            help_message="The site asks for a login, or lets no automation in.",
        )
    raise RunFailedError(
        f"{url} answered with status {status}",
        category="UNKNOWN" if status >= 500 else "AGENT_FAILURE",
        retry_after=wait,
    )


async def _read(content: aiohttp.StreamReader) -> bytes:
    """A page's bytes; of an endless one, the beginning."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) >= _MAX_PAGE_BYTES:
            break
    return bytes(body)


def _findings(page: Page) -> Iterator[str]:
    """What was read, a sentence for each kind that stands on the page."""
    if page.title:
        yield f"Read the title: {page.title}"
    kinds = (
        (page.headings, "heading"),
        (page.links, "link"),
        (page.tables, "table"),
        (page.json_ld, "JSON-LD object"),
        (page.open_graph, "OpenGraph property"),
    )
    for found, name in kinds:
        if found:
            plural = (
                name if len(found) == 1 else name.removesuffix("y") + ("ies" if name.endswith("y") else "s")
            )
            yield f"Read {len(found)} {plural}"


def _reason(error: Exception) -> str:
    """Why a page could not be opened, in short."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {error.host} was not found"
    if isinstance(error, aiohttp.ClientConnectorError):
        return os.strerror(error.errno).lower() if error.errno else str(error.os_error)
    return str(error) or type(error).__name__


def _encoding(answer: aiohttp.ClientResponse, body: bytes) -> str:
    """The encoding of a page: what the server says, else what the page says, else UTF-8."""
    declared = _META_CHARSET.search(body, 0, 2048)
    try:
        return codecs.lookup(answer.charset or (declared[1].decode("ascii") if declared else "utf-8")).name
    except LookupError:
        return "utf-8"


def _proxy(request: JsonObject) -> tuple[str | None, aiohttp.BasicAuth | None]:
    """The run's own proxy. The API's built-in ones do not exist here: their runs go straight to the page."""
    wanted: JsonObject = request.get("proxy_config") or {}
    if not wanted.get("enabled") or wanted.get("type") != "custom":
        return None, None
    user = wanted.get("username")
    return wanted["url"], aiohttp.BasicAuth(user, wanted.get("password", "")) if user else None
