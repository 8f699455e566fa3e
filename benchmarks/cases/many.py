"""Many runs, and the ledger."""

from __future__ import annotations

from benchmarks.cases.model import CLIENT, FLOOR, Aim, Case, Instructions, Side

BY_HAND = "a loop of `queue_many` and `get_many`"
WITH_RECORD = f"{BY_HAND} that records each run in SQLite"


def cases(quick: bool) -> list[Case]:
    """The cases."""
    items = 10_000 if quick else 100_000
    at_once = 1_000 if quick else 10_000
    instant = {"base_url": "{http}", "items": items}
    by_hand = Side("by hand", "many:loop", instant, CLIENT)
    five = {"base_url": "{http}/takes=5", "items": at_once, "seconds": 5}
    return [
        Case(
            "many-instant",
            f"`run_many` of {items:,} runs that end at once, with a ledger",
            WITH_RECORD,
            "items/s",
            [
                Side("by hand, with a record", "many:loop_with_record", instant, CLIENT),
                _many(ledger=True, **instant),
                Side("by hand, without a record", "many:loop", instant, CLIENT),
            ],
            [
                Aim(0.7, ">="),
                Aim(0, of="lost"),
                Aim(120, of="peak_mb"),
                Aim(round(512 * 1024 / items), of="growth_bytes"),  # half a megabyte in all
            ],
            rounds=3,
        ),
        Case(
            "many-instant-no-ledger",
            f"`run_many` of {items:,} runs that end at once, without a ledger",
            BY_HAND,
            "items/s",
            [by_hand, _many(ledger=False, **instant)],
            [Aim(0.7, ">="), Aim(0, of="lost")],
            rounds=3,
        ),
        Case(
            "many-resume",
            f"resuming a `run_many` of {items:,} runs of which 99 % are done",
            "starting the rest alone",
            "s",
            [
                Side("the rest", "many:resume", instant | {"items": items // 100, "done": 0}, CLIENT),
                Side("tinyfish", "many:resume", instant | {"done": items * 99 // 100}, CLIENT),
            ],
            [Aim(3, of="value"), Aim(0, of="lost")],
            rounds=3,
        ),
        Case(
            "many-at-once",
            f"{at_once:,} runs of 5 s at once by `run_many`, with a ledger",
            "the server's 5 s",
            "s",
            [
                Side("the server's 5 s", "many:at_once_floor", five, FLOOR),
                Side("tinyfish", "many:at_once", five, CLIENT),
            ],
            [Aim(15, of="value"), Aim(0, of="lost")],
            rounds=3,
        ),
        *(_starts(threads, 500 if quick else 2_000) for threads in (1, 20)),
        *(_fsyncs(threads, 100 if quick else 400) for threads in (1, 20)),
        Case(
            "queue-instructions",
            "`agent.queue` without a ledger, instructions",
            "`Client.post` + `json.loads`",
            "k",
            [
                Side("httpx", "many:starts_floor", {"base_url": "{http}", "count": 200}, FLOOR),
                Side(
                    "tinyfish",
                    "many:starts",
                    {"base_url": "{http}", "count": 200, "threads": 1, "ledger": False},
                    CLIENT,
                ),
            ],
            instructions=Instructions(per=100e3, less=lambda side: side.changed(count=100)),
        ),
    ]


def _many(*, ledger: bool, **arguments: object) -> Side:
    return Side("tinyfish", "many:run_many", {**arguments, "ledger": ledger}, CLIENT)


def _starts(threads: int, count: int) -> Case:
    given = {"base_url": "{http}", "count": count, "threads": threads}
    return Case(
        f"ledger-start-{threads}",
        f"`agent.queue` with a ledger, {'one thread' if threads == 1 else f'{threads} threads'}, per start",
        "the same without a ledger",
        "µs",
        [
            Side("no ledger", "many:starts", given | {"ledger": False}, CLIENT),
            Side("tinyfish", "many:starts", given | {"ledger": True}, CLIENT),
        ],
        rounds=5,
    )


def _fsyncs(threads: int, count: int) -> Case:
    given = {"base_url": "{http}", "count": count, "threads": threads}
    return Case(
        f"ledger-fsyncs-{threads}",
        f"fsyncs of `agent.queue` with a ledger, {'one thread' if threads == 1 else f'{threads} threads'}, per start",
        "the same without a ledger",
        "fsyncs",
        [
            Side("no ledger", "many:fsyncs", given | {"ledger": False}, CLIENT),
            Side("tinyfish", "many:fsyncs", given | {"ledger": True}, CLIENT),
        ],
        rounds=3,
    )
