"""Times in the API's format: UTC, milliseconds, a Z."""

from datetime import UTC, datetime


def now() -> str:
    """The current time, in the API's format."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A time in the API's format; a naive one is treated as UTC.

    The text has a fixed width, so that comparing texts compares times.
    """
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
