"""The `Retry-After` header."""

from __future__ import annotations

import re
from typing import Final

from tinyfish._core.calls.server_clock import http_date

# A date contains a comma, after the day of the week.
_RETRY_AFTER_PARTS: Final = re.compile(r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,)?[^,]+")


def parse_retry_after(value: str | None, wall: float) -> float | None:
    """Seconds that a `Retry-After` header requests (RFC 9110, 10.2.3); None if it has no valid value.

    If there are several, for example because a proxy added one, the longest counts.

    Args:
        value: The header: a number of seconds or an HTTP date, or several, separated by commas.
        wall: The current time in seconds since the epoch; on the server's clock, if it's known.
    """
    if value is None:
        return None
    asked = [_seconds(part.strip(), wall) for part in _RETRY_AFTER_PARTS.findall(value)]
    return max((seconds for seconds in asked if seconds is not None), default=None)


def _seconds(text: str, wall: float) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = http_date(text).timestamp() - wall
        except ValueError:
            return None
    # Not a number or a date: ignored. A past date means "now".
    return max(0.0, seconds) if seconds < float("inf") else None
