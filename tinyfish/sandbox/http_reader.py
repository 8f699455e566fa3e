"""Reading pages over plain HTTP, as they are sent."""

import codecs
import os
import re

import aiohttp

from tinyfish.sandbox import reading
from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.reading import Document

USER_AGENT = "Mozilla/5.0 (compatible; tinyfish-sandbox)"
_MAX_PAGE_BYTES = 10_000_000
_META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([A-Za-z0-9_-]+)""", re.IGNORECASE)


class HttpReader:
    """Reads pages without a browser.

    Args:
        http: Requests the pages.
        timeout: The time limit for one page in seconds.
    """

    def __init__(self, http: aiohttp.ClientSession, *, timeout: float) -> None:
        self._http = http
        self._timeout = timeout

    async def read(self, request: JsonObject, run: LiveRun) -> Document:
        """Open the page of a run's request."""
        url: str = request["url"]
        reading.refuse_address(url)
        run.record.read_with = "HTTP"
        try:
            return await self._open(url, reading.custom_proxy(request) or {}, run)
        except TimeoutError:
            raise reading.too_slow(url, self._timeout) from None
        except aiohttp.TooManyRedirects:
            raise RunFailedError(f"{url} redirects too many times") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise reading.unreachable(url, _reason(error)) from None

    async def _open(self, url: str, proxy: JsonObject, run: LiveRun) -> Document:
        user: str | None = proxy.get("username")
        async with self._http.get(
            url,
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            headers={"User-Agent": USER_AGENT},
            proxy=proxy.get("url"),
            proxy_auth=aiohttp.BasicAuth(user, proxy.get("password", "")) if user else None,
        ) as answer:
            reading.refuse_status(url, answer.status, answer.headers.get("Retry-After"))
            reading.refuse_type(url, answer.content_type)
            text, size = await read_text(answer), answer.content.total_bytes
            for earlier in answer.history:
                await run.step(f"Followed a redirect from {earlier.url}")
            await run.step(f"Opened {answer.url} ({size:,} bytes)")
            return Document(text, str(answer.url))


async def read_text(answer: aiohttp.ClientResponse) -> str:
    """A page's text; only the beginning of an endless one."""
    body = await _beginning(answer.content)
    return body.decode(_encoding(answer, body), errors="replace")


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """A page's bytes; only the beginning of an endless one."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) >= _MAX_PAGE_BYTES:
            break
    return bytes(body)


def _reason(error: Exception) -> str:
    """Why a page couldn't be opened, in short."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the host name {error.host} was not found"
    if isinstance(error, aiohttp.ClientConnectorError):
        return os.strerror(error.errno).lower() if error.errno else str(error.os_error)
    return str(error) or type(error).__name__


def _encoding(answer: aiohttp.ClientResponse, body: bytes) -> str:
    """A page's encoding: the server's, otherwise the page's, otherwise UTF-8."""
    declared = _META_CHARSET.search(body, 0, 2048)
    try:
        return codecs.lookup(answer.charset or (declared[1].decode("ascii") if declared else "utf-8")).name
    except LookupError:
        return "utf-8"
