"""Times as the API writes them: UTC, milliseconds, a Z."""

from datetime import UTC, datetime


def now() -> str:
    """This moment, as the API writes it."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment as the API writes it; a naive one is taken as UTC.

    The text has a fixed width, so that comparing two of them compares the moments.
    """
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
