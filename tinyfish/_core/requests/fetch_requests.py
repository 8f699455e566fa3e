"""Checked requests for web pages, and merging the responses of several calls. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from tinyfish_generated import rules
from tinyfish_generated.api import fetch as operations
from tinyfish_generated.models import (
    FetchError,
    FetchRequest,
    FetchResponse,
    FetchResult,
)
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.addresses import is_http_url
from tinyfish._core.contract_checks import checked, checks_of, largest, text_of
from tinyfish._core.log import logger
from tinyfish.errors import APIError, BadRequestError, InvalidArgumentError, InvalidArgumentTypeError

T = TypeVar("T")

URLS_IN_A_CALL: Final = largest(rules.FETCH_REQUEST["urls"])
CALLS_AT_A_TIME: Final = 8

# The client's own errors for pages; the server has more.
INVALID_URL: Final = "invalid_url"
NOT_ANSWERED: Final = "not_answered"
REQUEST_FAILED: Final = "request_failed"


_DATE_TEXT: Final = text_of(rules.FETCH_REQUEST["if_modified_since"])


def _http_date(name: str, value: object) -> str:
    """A date in HTTP's format; a string is returned unchanged."""
    if not isinstance(value, datetime):
        return str(_DATE_TEXT(name, value))
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return format_datetime(moment, usegmt=True)


_CHECKS: Final = checks_of(rules.FETCH_REQUEST, if_modified_since=_http_date)
_OPTIONS: Final = _CHECKS.keys() - {"urls"}


Answer = FetchResponse | APIError
"""How the call for some pages ended."""


def checked_options(arguments: Mapping[str, object]) -> dict[str, Any]:
    """The checked options of a fetch.

    Args:
        arguments: The `locals()` of a method: other names, and the URLs, are ignored.

    Raises:
        TypeError: One has the wrong type.
        ValueError: An option has an invalid value, or can't be combined with another.
    """
    found = checked(_CHECKS, {name: arguments[name] for name in _OPTIONS & arguments.keys()})
    if "highlights" in found and found.get("format", "markdown") != "markdown":
        raise InvalidArgumentError(f"highlights are for format 'markdown' only, not {found['format']!r}.")
    return found


def url_list(urls: object, options: Mapping[str, Any]) -> list[str]:
    """The URLs of one fetch, without duplicates.

    Raises:
        TypeError: It isn't a list of strings.
        ValueError: There are several URLs, and an option is only for one.
    """
    given = [a_url(f"urls[{number}]", url) for number, url in enumerate(checks.items("urls", urls))]
    found = list(dict.fromkeys(given))
    for name in ("if_none_match", "if_modified_since"):
        if name in options and len(found) > 1:
            raise InvalidArgumentError(f"{name} is for a single URL, not for {len(found)}.")
    return found


def a_url(name: str, url: object) -> str:
    """A URL as a string. It can be invalid: then the page's result is an error.

    Raises:
        TypeError: It isn't a string.
    """
    if not isinstance(url, str):
        raise InvalidArgumentTypeError(f"{name} must be a string, not {type(url).__name__}.")
    return url


def rounds(urls: Iterable[str]) -> Iterator[list[str]]:
    """The URLs, in rounds that can be fetched at once, without duplicates in a round.

    Raises:
        TypeError: It isn't iterable, or is a single string.
    """
    if isinstance(urls, str | bytes) or not isinstance(urls, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"urls must be a list, not {type(urls).__name__}.")
    return _rounds(enumerate(urls))


def _rounds(given: Iterator[tuple[int, str]]) -> Iterator[list[str]]:
    while found := [a_url(f"urls[{n}]", url) for n, url in islice(given, URLS_IN_A_CALL * CALLS_AT_A_TIME)]:
        yield list(dict.fromkeys(found))


def fetchable(urls: Iterable[str]) -> list[str]:
    """The valid http and https URLs. The server would reject the whole request because of others."""
    return [url for url in urls if is_http_url(url)]


def fetch_request(urls: list[str], options: Mapping[str, Any]) -> Request[FetchResponse]:
    """The request for up to ten pages."""
    return operations.fetch_contents(body=FetchRequest.from_dict({"urls": urls, **options}))


def refused_urls(error: APIError, urls: Sequence[str]) -> list[str]:
    """The URLs that a request was rejected for; empty if there was another reason."""
    details: object = error.details if isinstance(error, BadRequestError) else None
    if not isinstance(details, list):
        return []
    places: set[object] = set()
    for issue in cast("list[object]", details):
        path: object = cast("dict[str, Any]", issue).get("path") if isinstance(issue, dict) else None
        match path:
            case ["urls", int(number)]:
                places.add(number)
            case _:
                return []  # it would be rejected again without these URLs
    return [url for number, url in enumerate(urls) if number in places]


def refusal(urls: Sequence[str], error: APIError) -> FetchResponse:
    """The response for URLs that a request was rejected for."""
    errors = [_error(url, INVALID_URL, message=str(error)) for url in urls]
    return FetchResponse(results=[], errors=errors)


def merged(urls: Sequence[str], answers: Sequence[tuple[list[str], Answer]]) -> FetchResponse:
    """The pages of several calls, in the order of the URLs, each URL with a result or an error.

    Args:
        urls: All given URLs, without duplicates.
        answers: The URLs of each call, and how it ended.

    Raises:
        APIError: All calls failed.
    """
    failures = [answer for _, answer in answers if isinstance(answer, APIError)]
    if failures and len(failures) == len(answers):
        raise failures[0]
    results: list[FetchResult] = []
    errors: list[FetchError] = []
    told: set[str] = set()
    for asked, answer in answers:
        if isinstance(answer, APIError):
            logger.warning("%d of %d pages could not be fetched: %s", len(asked), len(urls), answer)
            errors += [_error(url, REQUEST_FAILED, message=str(answer)) for url in asked]
            told.update(asked)
            continue
        by_key = {_key(url): url for url in asked}
        entries: list[FetchResult | FetchError] = [*answer.results, *answer.errors]
        known = {by_key[_key(entry.url)] for entry in entries if _key(entry.url) in by_key}
        told.update(known)
        results += answer.results
        errors += answer.errors
        if all(_key(entry.url) in by_key for entry in entries):
            errors += [_error(url, NOT_ANSWERED) for url in asked if url not in known]
            told.update(asked)
    errors += [_error(url, INVALID_URL) for url in urls if url not in told and not is_http_url(url)]
    extra = answers[0][1] if len(answers) == 1 else None
    return FetchResponse(
        results=in_order_of(urls, results),
        errors=in_order_of(urls, errors),
        extra_fields=dict(extra.extra_fields) if isinstance(extra, FetchResponse) else {},
    )


def in_order_of(urls: Sequence[str], entries: Iterable[T]) -> list[T]:
    """Entries in the order of their URLs; an entry with an unknown URL stays after the one before it."""
    place = {_key(url): number for number, url in reversed(list(enumerate(urls)))}
    placed: list[tuple[int, T]] = []
    for entry in entries:
        before = placed[-1][0] if placed else -1
        placed.append((place.get(_key(getattr(entry, "url", None)), before), entry))
    return [entry for _, entry in sorted(placed, key=lambda found: found[0])]


def _error(url: str, error: str, **more: str) -> FetchError:
    return FetchError.from_dict({"url": url, "error": error, **more})


def _key(url: object) -> str:
    """A key that is the same for similar spellings of a URL, because servers may return another spelling."""
    text = str(url).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    return parts._replace(
        scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), path=parts.path or "/", fragment=""
    ).geturl()
