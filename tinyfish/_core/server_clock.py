"""What the server's clock says. A local clock may be an hour off; comparing moments needs the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


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
            # The header tells whole seconds, cut off: half a second later on the average.
            self.offset = http_date(date).timestamp() + 0.5 - wall
        except ValueError:
            return

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
    except OverflowError as error:  # a zone of thousands of hours
        raise ValueError(str(error)) from None
    return (
        moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    )  # the old forms may name no zone
