"""What the server's clock says. A local clock may be an hour off; comparing moments needs the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import frozen

from tinyfish._core.clock import Clock

# A clock that was never set shows 1970, 2000 or the end of the calendar: no moment can be told by that.
_CREDIBLE_YEARS: Final = range(2020, 2200)
# Two Date headers that contradict each other by more than this come from two clocks.
TOLERANCE_SECONDS: Final = 3.0
# For so long a header counts: the other node of the API may be the one that created a run.
_MEMORY_SECONDS: Final = 3600.0
# An answer's head is made this long at most before it is there; what comes later was held up after it was made.
_MAX_TRAVEL_SECONDS: Final = 10.0
_MAX_KEPT: Final = 64


@frozen
class _Reading:
    """What one Date header tells: the bounds of the server's time less our monotonic time."""

    low: float
    high: float
    at: float


class ServerClock:
    """What the server's clock says, learned from its Date headers and measured against the monotonic clock.

    Our wall clock plays no part once a header has come: it may be set between a request and the next.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # By whole seconds of difference. Threads only ever set an entry, which is atomic.
        self._readings: dict[int, _Reading] = {}

    def note(self, date: str | None, asked_at: float) -> None:
        """Take in the Date header of an answer that has just come.

        Args:
            date: The header.
            asked_at: When the request was made, monotonic: the header is not older than that.
        """
        if date is None:
            return
        try:
            moment = http_date(date)
        except ValueError:
            return
        if moment.year not in _CREDIBLE_YEARS:
            return
        told, now = moment.timestamp(), self._clock.now()
        # The header tells whole seconds, cut off: it may have been almost a second later.
        earliest = max(asked_at, now - _MAX_TRAVEL_SECONDS)
        reading = _Reading(told - now, told + 1 - earliest, now)
        self._readings[round(reading.low)] = reading
        if len(self._readings) > _MAX_KEPT:
            oldest = min(list(self._readings.items()), key=lambda entry: entry[1].at)[0]
            self._readings.pop(oldest, None)

    @property
    def sure(self) -> bool:
        """Whether the server's time is known, and all that told it agree."""
        readings = self._recent()
        return bool(readings) and _gap(readings) <= TOLERANCE_SECONDS

    def now(self) -> float:
        """The server's time, seconds since the epoch; ours if it is not known."""
        readings = self._recent()
        if not readings:
            return self._clock.wall()
        latest = max(readings, key=lambda reading: reading.at)
        return self._clock.now() + (latest.low + min(latest.high, latest.low + 1)) / 2

    def span(self, begin: float, end: float) -> tuple[datetime, datetime]:
        """A span of our monotonic time by the server's clock; by all of its clocks, if they do not agree."""
        readings = self._recent()
        if not readings:
            offset = self._clock.wall() - self._clock.now()
            return _moment(begin + offset), _moment(end + offset)
        lows, highs = [r.low for r in readings], [r.high for r in readings]
        if _gap(readings) <= TOLERANCE_SECONDS:
            low, high = sorted((max(lows), min(highs)))
        else:
            low, high = min(lows), max(highs)
        return _moment(begin + low), _moment(end + high)

    def _recent(self) -> list[_Reading]:
        since = self._clock.now() - _MEMORY_SECONDS
        return [reading for reading in list(self._readings.values()) if reading.at >= since]


def _gap(readings: list[_Reading]) -> float:
    """By how many seconds the readings contradict each other; 0 or less if there is a time that fits them all."""
    return max(reading.low for reading in readings) - min(reading.high for reading in readings)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def http_date(text: str) -> datetime:
    """A moment as headers tell it, in any of the three forms of RFC 9110, 5.6.7.

    Raises:
        ValueError: It is no such moment.
    """
    try:
        moment = parsedate_to_datetime(text)
    except Exception as error:  # noqa: BLE001 - the standard library's parser has raised several kinds for odd texts
        raise ValueError(f"{text[:100]!r} is not a valid date: {error}") from None
    # The old forms may name no zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
