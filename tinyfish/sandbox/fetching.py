"""Reading web pages for `POST /v1/fetch`, over plain HTTP."""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tinyfish.sandbox.http_reader import USER_AGENT, read_text
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.pages import Pages, WebPage, highlights
from tinyfish.sandbox.script.rules import Rule, Rules

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = frozenset({"application/json", "application/xml", "application/javascript"})


class UnreadablePageError(Exception):
    """A page that can't be read.

    Attributes:
        error: The API's name for the reason.
        status: The page's status, for `target_http_error`.
    """

    def __init__(self, error: str, status: int | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class Fetcher:
    """Reads pages, and stores them.

    Args:
        http: Requests the pages.
        pages: The stored pages.
        rules: The rules that replace reading.
        timeout: The time limit for one page in seconds.
    """

    def __init__(self, http: aiohttp.ClientSession, pages: Pages, rules: Rules, *, timeout: float) -> None:
        self._http = http
        self._pages = pages
        self._rules = rules
        self._timeout = timeout

    async def fetch(self, url: str, asked: JsonObject, rule: Rule | None = None) -> JsonObject:
        """Read one page.

        Args:
            url: Its address.
            asked: The request, valid by the contract.
            rule: The rule for it. Default: the one for fetches of this address, if there is one.

        Returns:
            A FetchResult, or a FetchError, which has `error`.
        """
        began = time.monotonic()
        rule = rule or self._rules.take("fetch", url=url)
        try:
            page = await (self.page(url, asked) if rule is None else _scripted(rule, url))
            result = await asyncio.to_thread(_result, url, page, asked) if page else _unchanged(url, asked)
        except UnreadablePageError as failure:
            status = {} if failure.status is None else {"status": failure.status}
            return {"url": url, "error": failure.error, **status}
        result["latency_ms"] = round((time.monotonic() - began) * 1000, 1)
        return result if rule is None else {**result, **rule.options.get("page", {})}

    async def page(self, url: str, asked: JsonObject) -> WebPage | None:
        """The page, or a stored copy if that is allowed; None if it hasn't changed, by the request's conditions.

        Raises:
            UnreadablePageError: It can't be read.
        """
        conditions = {
            header: asked[name]
            for name, header in (
                ("if_none_match", "If-None-Match"),
                ("if_modified_since", "If-Modified-Since"),
            )
            if name in asked
        }
        known = self._pages.get(url, asked.get("ttl"))
        if known is not None and (known.given or not conditions):
            return None if known.etag is not None and known.etag == asked.get("if_none_match") else known
        if not _is_web_address(url):
            raise UnreadablePageError("invalid_url")
        milliseconds: int | None = asked.get("per_url_timeout_ms")
        seconds = self._timeout if milliseconds is None else milliseconds / 1000
        try:
            return await self._open(url, conditions, seconds)
        except TimeoutError:
            raise UnreadablePageError("timeout") from None
        except (
            aiohttp.TooManyRedirects,
            aiohttp.NonHttpUrlRedirectClientError,
            aiohttp.InvalidUrlRedirectClientError,
        ):
            raise UnreadablePageError("invalid_redirect_url") from None
        except (aiohttp.InvalidURL, ValueError):
            raise UnreadablePageError("invalid_url") from None
        except aiohttp.ClientError:
            raise UnreadablePageError("target_unreachable") from None

    async def _open(self, url: str, conditions: dict[str, str], seconds: float) -> WebPage | None:
        async with self._http.get(
            url,
            timeout=aiohttp.ClientTimeout(total=seconds),
            headers={"User-Agent": USER_AGENT, **conditions},
        ) as answer:
            if answer.status == 304:
                return None
            if answer.status >= 400:
                raise UnreadablePageError("target_http_error", answer.status)
            kind = answer.content_type
            if kind not in _HTML and kind not in _TEXT and not kind.startswith("text/"):
                raise UnreadablePageError("empty_content")
            page = WebPage(
                url=str(answer.url),
                body=await read_text(answer),
                is_html=kind in _HTML,
                etag=answer.headers.get("ETag"),
                last_modified=answer.headers.get("Last-Modified"),
            )
        if not page.body.strip():
            raise UnreadablePageError("empty_content")
        self._pages.add(page, url)
        return page


async def _scripted(rule: Rule, url: str) -> WebPage:
    """The page that a rule defines.

    Raises:
        UnreadablePageError: The rule says so.
    """
    await rule.begin()
    if rule.unreadable is not None:
        raise UnreadablePageError(*rule.unreadable)
    return WebPage(url=url, body=rule.options.get("html", ""), given=True)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _unchanged(url: str, asked: JsonObject) -> JsonObject:
    return {
        "url": url,
        "final_url": url,
        "format": asked.get("format", "markdown"),
        "text": None,
        "not_modified": True,
        "etag": asked.get("if_none_match"),
        "last_modified": asked.get("if_modified_since"),
    }


def _result(url: str, page: WebPage, asked: JsonObject) -> JsonObject:
    """A page in the requested format."""
    content = page.content()
    form: str = asked.get("format", "markdown")
    text: Any
    match form:
        case "json":
            text = _object(page)
        case "html":
            text = page.html(head=asked.get("include_html_head", False))
        case _:
            text = page.markdown()
    result: JsonObject = {
        "url": url,
        "final_url": page.url,
        "title": content.title,
        "description": content.description,
        "language": content.language,
        "author": page.author(content),
        "published_date": page.published(content),
        "format": form,
        "text": text,
    }
    if asked.get("links"):
        result["links"] = [link["url"] for link in content.links]
    if asked.get("image_links"):
        result["image_links"] = page.images()
    if asked.get("include_etag_and_last_modified"):
        result |= {"etag": page.etag, "last_modified": page.last_modified}
    if "if_none_match" in asked or "if_modified_since" in asked:
        result["not_modified"] = False
    if "highlights" in asked:
        result["highlights"] = highlights(page.markdown(), asked["highlights"])
        if not asked["highlights"].get("include_full_page_text", False):
            result["text"] = None
    return result


def _object(page: WebPage) -> JsonObject:
    """A page as an object; for HTML, its content."""
    if page.is_html:
        return page.content().to_dict()
    try:
        return {"url": page.url, "document": json.loads(page.body)}
    except ValueError:
        return {"url": page.url, "document": page.body}
