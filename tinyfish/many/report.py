"""What a job of many runs has come to."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen


@frozen(kw_only=True)
class JobReport:
    """What a job has come to: how its items ended, and what that took.

    `str` of it is one line: `960 ok, 25 failed, 15 doubtful, 4,210 steps, $11.40, 12 min`.

    Attributes:
        ok: How many items completed with a usable result.
        failed: How many failed, were cancelled, couldn't be started, or whose result isn't of the type.
        doubtful: How many completed with a doubtful result.
        from_ledger: How many of all these had ended before this job, at no further cost.
        from_cache: How many of them were taken from an earlier run (`max_age`).
        unfinished: How many runs were open when the report was made.
        to_start: In a dry run: how many items would be started.
        max_steps: In a dry run: how many steps they could take together.
        max_usd: In a dry run: what these steps would cost, in US dollars; None if the price isn't known.
        steps: The steps of the runs that ended in this job; the API bills steps.
        usd: What they cost, in US dollars; None if the price isn't known.
        seconds: How long the job has taken.
    """

    ok: int = 0
    failed: int = 0
    doubtful: int = 0
    from_ledger: int = 0
    from_cache: int = 0
    unfinished: int = 0
    to_start: int = 0
    max_steps: int = 0
    max_usd: Decimal | None = None
    steps: int = 0
    usd: Decimal | None = None
    seconds: float = 0.0

    @property
    def ended(self) -> int:
        """How many items have ended."""
        return self.ok + self.failed + self.doubtful

    def __str__(self) -> str:
        return ", ".join([*_counts(self), duration(self.seconds)])


def duration(seconds: float) -> str:
    """A duration, as exactly as one wants to read it."""
    minutes = round(seconds / 60)
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h {rest} min" if hours else f"{minutes} min"


def money(usd: Decimal) -> str:
    """An amount; less than a dollar with the parts of a cent, which steps cost."""
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.3f}"


def _counts(report: JobReport) -> list[str]:
    parts = [f"{report.ok:,} ok", f"{report.failed:,} failed", f"{report.doubtful:,} doubtful"]
    for count, name in (
        (report.from_ledger, "from the ledger"),
        (report.from_cache, "from the cache"),
        (report.unfinished, "unfinished"),
    ):
        if count:
            parts.append(f"{count:,} {name}")
    if report.to_start:
        price = "" if report.max_usd is None else f" ({money(report.max_usd)})"
        parts.append(f"{report.to_start:,} to start, {report.max_steps:,} steps at most{price}")
    parts.append(f"{report.steps:,} step{'' if report.steps == 1 else 's'}")
    if report.usd is not None:
        parts.append(money(report.usd))
    return parts
