"""Memory: peak usage of a process, and whether it grows."""

from __future__ import annotations

from benchmarks.cases.model import Aim, Case, pair


def cases(quick: bool) -> list[Case]:
    """The cases."""
    return [
        Case(
            "rss",
            "peak memory of `runs.get`",
            "httpx",
            "MB",
            pair("memory", "peak_floor", "peak_client", base_url="{http}"),
            [Aim(1.12)],
            "1.45 x",
        ),
        Case(
            "rss-https",
            "peak memory of `runs.get`, https",
            "httpx",
            "MB",
            pair("memory", "peak_floor", "peak_client", base_url="{https}"),
        ),
        _growth("events", (5_000, 10_000, 20_000) if quick else (50_000, 100_000, 200_000), "{http}"),
        _growth("pages", (25, 50, 100) if quick else (250, 500, 1_000), "{http}"),
        _growth("clients", (5, 10, 20) if quick else (25, 50, 100), "{https}"),
    ]


def _growth(what: str, sizes: tuple[int, ...], url: str) -> Case:
    """Growth over several sizes, measured after a run of the largest. A leak is proportional to the size."""
    noise = 64 * 1024 / (sizes[-1] - sizes[0])
    done = " made and closed, https" if what == "clients" else ""
    return Case(
        f"growth-{what}",
        f"growth over {sizes[-1]:,} {what}{done}",
        "httpx",
        "KB",
        pair("memory", f"{what}_floor", f"{what}_client", base_url=url, sizes=sizes),
        [Aim(256, of="value"), Aim(noise, of="slope")],
        "0",
        rounds=5,
    )
