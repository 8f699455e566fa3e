"""What the server's clock says. A local clock may be an hour off; comparing moments needs the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from attrs import define


@define
class ServerClock:
    """What the server's clock says, learned from its Date headers."""

    offset: float | None = None
    """Seconds that the server's clock is ahead of ours; None until an answer told."""

    def note(self, date: str | None, wall: float) -> None:
        """Take in the Date header of an answer that has just come."""
        if date is None:
            return
        try:
            # The header tells whole seconds, cut off: half a second later on the average.
            self.offset = parsedate_to_datetime(date).timestamp() + 0.5 - wall
        except (TypeError, ValueError):
            return

    def at(self, wall: float) -> datetime:
        """A moment of our clock by the server's."""
        return datetime.fromtimestamp(wall + (self.offset or 0.0), UTC)
