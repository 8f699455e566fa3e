"""The server's clock. A local clock can be an hour off, so times are compared on the server's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import frozen

from tinyfish._core.clock import Clock

# A clock that was never set shows 1970, 2000 or the end of the calendar, and can't be used.
_CREDIBLE_YEARS: Final = range(2020, 2200)
# Two Date headers that contradict each other by more than this come from two clocks.
TOLERANCE_SECONDS: Final = 3.0
# Headers count for this long: another node of the API may have created a run.
_MEMORY_SECONDS: Final = 3600.0
# Headers arrive at most this long after the server wrote them; later ones were delayed in transit.
_MAX_TRAVEL_SECONDS: Final = 10.0
_MAX_KEPT: Final = 64


@frozen
class _Reading:
    """The information in one Date header: bounds of the server's time minus our monotonic time."""

    low: float
    high: float
    at: float


class ServerClock:
    """The server's clock, known from its Date headers and measured against the monotonic clock.

    Our wall clock isn't used once there is a header, because it could be changed between requests.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # By the difference in whole seconds. Threads only set entries, which is atomic.
        self._readings: dict[int, _Reading] = {}

    def note(self, date: str | None, asked_at: float) -> None:
        """Process the Date header of a response that has just arrived.

        Args:
            date: The header.
            asked_at: When the request was made, monotonic: the header isn't older than that.
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
        # The header has whole seconds, rounded down: the time may have been almost a second later.
        earliest = max(asked_at, now - _MAX_TRAVEL_SECONDS)
        self._keep(_Reading(told - now, told + 1 - earliest, now))

    def note_past(self, moment: datetime) -> None:
        """Process the time of an event that the server reports. If that is in the future, another clock wrote it."""
        now, readings = self._clock.now(), self._recent()
        if moment.year not in _CREDIBLE_YEARS or not readings:
            return
        low = moment.timestamp() - now
        if low > min(reading.high for reading in readings):
            self._keep(_Reading(low, low + 1, now))

    def _keep(self, reading: _Reading) -> None:
        self._readings[round(reading.low)] = reading
        if len(self._readings) > _MAX_KEPT:
            oldest = min(list(self._readings.items()), key=lambda entry: entry[1].at)[0]
            self._readings.pop(oldest, None)

    @property
    def sure(self) -> bool:
        """Whether the server's time is known, and all headers agree."""
        readings = self._recent()
        return bool(readings) and _gap(readings) <= TOLERANCE_SECONDS

    def now(self) -> float:
        """The server's time in seconds since the epoch; ours if it isn't known."""
        readings = self._recent()
        if not readings:
            return self._clock.wall()
        latest = max(readings, key=lambda reading: reading.at)
        return self._clock.now() + (latest.low + min(latest.high, latest.low + 1)) / 2

    def span(self, begin: float, end: float) -> tuple[datetime, datetime]:
        """A span of our monotonic time on the server's clock; on all of its clocks, if they disagree."""
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
    """By how many seconds the readings contradict each other; 0 or less if one time fits all of them."""
    return max(reading.low for reading in readings) - min(reading.high for reading in readings)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def http_date(text: str) -> datetime:
    """Parse the date in a header, in any of the three formats of RFC 9110, 5.6.7.

    Raises:
        ValueError: It isn't a valid date.
    """
    try:
        moment = parsedate_to_datetime(text)
    except Exception as error:  # noqa: BLE001 - the standard library's parser has raised several kinds for odd texts
        raise ValueError(f"{text[:100]!r} is not a valid date: {error}") from None
    # The old formats may lack a time zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
