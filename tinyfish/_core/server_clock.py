"""What the server's clock says. A local clock may be an hour off; comparing moments needs the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

# A clock that was never set shows 1970, 2000 or the end of the calendar: no moment can be told by that.
_CREDIBLE_YEARS: Final = range(2020, 2200)


class ServerClock:
    """What the server's clock says, learned from its Date headers.

    Attributes:
        offset: Seconds that the server's clock is ahead of ours; None until an answer told.
    """

    def __init__(self, offset: float | None = None) -> None:
        self.offset = offset

    def note(self, date: str | None, wall: float) -> None:
        """Take in the Date header of an answer that has just come."""
        if date is None:
            return
        try:
            moment = http_date(date)
        except ValueError:
            return
        if moment.year in _CREDIBLE_YEARS:
            # The header tells whole seconds, cut off: half a second later on the average.
            self.offset = moment.timestamp() + 0.5 - wall

    def at(self, wall: float) -> datetime:
        """A moment of our clock by the server's."""
        return datetime.fromtimestamp(wall + (self.offset or 0.0), UTC)


def http_date(text: str) -> datetime:
    """A moment as headers tell it, in any of the three forms of RFC 9110, 5.6.7.

    Raises:
        ValueError: It is no such moment.
    """
    try:
        moment = parsedate_to_datetime(text)
    except Exception as error:  # noqa: BLE001 - the standard library's parser has raised several kinds for odd texts
        raise ValueError(f"{text[:100]!r} is no moment: {error}") from None
    # The old forms may name no zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
