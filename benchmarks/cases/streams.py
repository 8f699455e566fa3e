"""Event streams."""

from __future__ import annotations

from benchmarks.cases.calls import with_faster_json
from benchmarks.cases.model import Aim, Case, Side, pair

LINES = "`iter_lines` + `json.loads`"
EVENT_FIELDS = ("type", "run_id", "purpose", "timestamp")


def cases(quick: bool) -> list[Case]:
    """The cases."""
    events = 5_000 if quick else 50_000
    large, single = stream(events, "65536"), stream(events, "event")
    return [
        Case("stream", "stream, 64 KB chunks", LINES, "events/s", large, [Aim(1.0, ">=")], "0.64 x"),
        Case(
            "stream-every-field",
            "stream, 64 KB chunks, every field read",
            LINES,
            "events/s",
            [side.changed(fields=EVENT_FIELDS) for side in large],
        ),
        Case(
            "stream-fast-json",
            "stream, 64 KB chunks, faster JSON",
            LINES,
            "events/s",
            with_faster_json(large),
        ),
        Case(
            "stream-per-event",
            "stream, a chunk per event",
            LINES,
            "events/s",
            single,
            [Aim(0.97, ">=")],
            "0.81 x",
        ),
        Case(
            "result",
            "one 5 MB result in 1 KB chunks",
            "join + `json.loads`",
            "ms",
            result(5000),
            [Aim(1.2)],
        ),
    ]


def stream(events: int, cut: str) -> tuple[Side, Side]:
    """A stream of `events` events, in chunks of `cut` bytes, or one chunk per event if `cut` is "event"."""
    url = f"{{http}}/events={events}&cut={cut}"
    return pair("streams", "events_floor", "events_client", base_url=url, events=events)


def result(kilobytes: int) -> tuple[Side, Side]:
    """One result of that many kilobytes, in chunks of 1 KB."""
    return pair("streams", "result_floor", "result_client", base_url=f"{{http}}/result={kilobytes}&cut=1024")
