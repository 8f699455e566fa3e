"""The arguments that a model chose, as the API wants them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.tools.urls import UrlGuard


def check_urls(urls: Sequence[str], guard: UrlGuard, most: int = 10) -> list[str]:
    """The checked URLs for `fetch`.

    Raises:
        InvalidArgumentError: There is none, or too many.
        RefusedURLError: One may not be used.
    """
    if not 1 <= len(urls) <= most:
        raise InvalidArgumentError(f"urls must have 1 to {most} URLs, not {len(urls)}.")
    return [guard.checked(url) for url in urls]


def clamped(value: int, least: int, most: int) -> int:
    """A number that a model chose, within the limits."""
    return max(least, min(value, most))


def country_code(value: str | None) -> str | None:
    """A country that a model chose, as the API wants it.

    Raises:
        InvalidArgumentTypeError: It isn't a two-letter code.
    """
    if value is None or not value.strip():
        return None
    code = value.strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise InvalidArgumentTypeError(f"country must be a two-letter code such as 'US', not {value!r}.")
    return code
