"""What is measured: every case with its sides, the floor first, and what is aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.running import Side

FLOOR = frozenset({"httpx"})
CLIENT = frozenset({"tinyfish"})


@dataclass(frozen=True)
class Aim:
    """A limit for a figure of the client.

    Attributes:
        limit: The limit.
        sign: Whether the figure may be at most or at least that.
        of: "ratio" to the floor, "difference" to it, "value" itself, or another name that the side returns.
    """

    limit: float
    sign: Literal["<=", ">="] = "<="
    of: str = "ratio"

    def is_met(self, figure: float) -> bool:
        return figure <= self.limit if self.sign == "<=" else figure >= self.limit

    def __str__(self) -> str:
        return f"{self.of.replace('_', ' ')} {'≤' if self.sign == '<=' else '≥'} {self.limit:g}"


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: For the command line and the JSON file.
        title: What is measured.
        unit: The unit of the figures.
        sides: What is compared. The first is the floor, the second the client.
        aims: What the client is to reach.
        instructions: Count instructions instead of taking what the sides say: the difference between the
            side's run with `subtract` for arguments and its run as it is, divided by `per`.
    """

    name: str
    title: str
    unit: str
    sides: Sequence[Side]
    aims: Sequence[Aim] = ()
    instructions: Subtraction | None = None


@dataclass(frozen=True)
class Subtraction:
    """What a count of instructions is relative to.

    Attributes:
        function: Another function to run for it; None for the same.
        arguments: Arguments of that run that differ.
        per: What the difference is divided by.
    """

    per: float
    function: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How much is measured, and with what besides.

    Attributes:
        quick: A tenth of the work, for trying things out.
        http_clients: `module:factory` of async httpx clients to run the client with as well.
        extra: More distributions that the client's side has installed.
    """

    quick: bool = False
    http_clients: Sequence[str] = ()
    extra: frozenset[str] = frozenset()


def _two(
    module: str, floor: str, client: str, arguments: dict[str, Any], options: Options
) -> tuple[Side, Side]:
    return (
        Side("httpx", f"{module}:{floor}", arguments, FLOOR),
        Side("tinyfish", f"{module}:{client}", arguments, CLIENT | options.extra),
    )


def _through_others(side: Side, options: Options) -> list[Side]:
    return [
        Side(
            f"tinyfish, {factory.partition(':')[2]}",
            side.function,
            {**side.arguments, "http_client": factory},
            side.sees | {"httpx-aiohttp"},
        )
        for factory in options.http_clients
    ]


def all_cases(options: Options) -> list[Case]:
    """Every case, in the order of the table."""
    return [
        *_starts(options),
        *_calls(options),
        *_streams(options),
        *_tasks(options),
        *_memory(options),
        *_server(),
    ]


def _starts(options: Options) -> list[Case]:
    sees = CLIENT | options.extra
    imports = (
        Side("httpx", "start:imported", {"module": "httpx"}, FLOOR),
        Side("tinyfish", "start:imported", {"module": "tinyfish"}, sees),
    )
    first = _two("start", "first_answer_floor", "first_answer_client", {"base_url": "{http}"}, options)
    secure = {"base_url": "{https}"}
    return [
        Case(
            "import-instructions",
            "import, instructions",
            "M",
            imports,
            [Aim(1.25)],
            Subtraction(per=1e6, function="start:nothing"),
        ),
        Case("import", "import, time", "ms", imports, [Aim(1.25), Aim(0, of="unwanted")]),
        Case("first-answer", "process start to first answer, http", "ms", first, [Aim(1.15)]),
        Case(
            "new-client",
            "another client in the process and its first answer, https",
            "ms",
            [
                Side("httpx on a ready TLS context", "start:new_client_floor", secure, FLOOR),
                Side("tinyfish", "start:new_client", secure, sees),
                Side("httpx.Client()", "start:new_client_stock", secure, FLOOR),
            ],
            [Aim(1, of="difference")],
        ),
    ]


def _calls(options: Options) -> list[Case]:
    count = 50 if options.quick else 200
    counted = _two("calls", "get_floor", "get_client", {"base_url": "{http}", "count": 2 * count}, options)
    timed = _two(
        "calls",
        "get_floor",
        "get_client",
        {"base_url": "{http}", "count": 300 if options.quick else 2000},
        options,
    )
    pages = _two(
        "calls", "pages_floor", "pages_client", {"base_url": "{http}/pages=50", "pages": 50}, options
    )
    fast = Side("tinyfish", pages[1].function, pages[1].arguments, pages[1].sees | {"orjson"})
    return [
        Case(
            "get-instructions",
            "runs.get, instructions",
            "k",
            counted,
            [Aim(0.95)],
            Subtraction(per=count * 1e3, arguments={"count": count}),
        ),
        Case("get", "runs.get, time", "µs", timed),
        Case("pages", "runs.iter over 5,000 runs", "pages/s", pages, [Aim(0.8, ">=")]),
        Case(
            "pages-fast-json",
            "the same, with orjson installed",
            "pages/s",
            [pages[0], fast],
            [Aim(1.1, ">=")],
        ),
    ]


def _streams(options: Options) -> list[Case]:
    events = 5_000 if options.quick else 50_000

    def stream(cut: str) -> tuple[Side, Side]:
        arguments = {"base_url": f"{{http}}/events={events}&cut={cut}", "events": events}
        return _two("streams", "events_floor", "events_client", arguments, options)

    result = {"base_url": "{http}/result=5000&cut=1024"}
    return [
        Case("stream", "stream, 64 KB chunks", "events/s", stream("65536"), [Aim(1.0, ">=")]),
        Case("stream-per-event", "stream, a chunk per event", "events/s", stream("event"), [Aim(0.97, ">=")]),
        Case(
            "result",
            "one 5 MB result in 1 KB chunks",
            "ms",
            _two("streams", "result_floor", "result_client", result, options),
            [Aim(1.2)],
        ),
    ]


def _tasks(options: Options) -> list[Case]:
    requests = 2_000 if options.quick else 8_000
    cases = []
    for tasks, ratio in ((50, 3), (200, 3), (1000, 4)):
        arguments = {"base_url": "{http}", "tasks": tasks, "pairs": max(1, requests // (2 * tasks))}
        sides = _two("tasks", "queue_get_floor", "queue_get_client", arguments, options)
        cases.append(
            Case(
                f"tasks-{tasks}",
                f"async queue and get, {tasks:,} tasks",
                "requests/s",
                [*sides, *_through_others(sides[1], options)],
                [Aim(ratio, ">="), Aim(0, of="lost"), Aim(2, of="p99_over_p50")],
            )
        )
    held = {"base_url": "{http}/hold=1", "runs": 500}
    client = Side("tinyfish", "tasks:runs_client", held, CLIENT | options.extra)
    cases.append(
        Case(
            "runs-at-once",
            "500 agent.run of 1 s at once",
            "s",
            [
                Side("the server's second", "tasks:runs_floor", held, FLOOR),
                client,
                Side("httpx", "tasks:runs_httpx", held, FLOOR),
                *_through_others(client, options),
            ],
            [Aim(2, of="value"), Aim(0, of="lost")],
        )
    )
    return cases


def _memory(options: Options) -> list[Case]:
    events, pages, clients = (20_000, 100, 20) if options.quick else (200_000, 1_000, 100)
    grown_events = {
        "warm_url": "{http}/events=10000&cut=65536",
        "base_url": f"{{http}}/events={events}&cut=65536",
    }
    grown_pages = {"warm_url": "{http}/pages=100", "base_url": f"{{http}}/pages={pages}"}
    # A page of memory or two may come and go.
    still = [Aim(256, of="value")]
    peak = _two("memory", "peak_floor", "peak_client", {"base_url": "{http}"}, options)
    return [
        Case("rss", "peak memory of runs.get", "MB", peak, [Aim(1.12)]),
        Case(
            "growth-events",
            f"growth over {events:,} events",
            "KB",
            _two("memory", "events_floor", "events_client", grown_events, options),
            still,
        ),
        Case(
            "growth-pages",
            f"growth over {pages:,} pages",
            "KB",
            _two("memory", "pages_floor", "pages_client", grown_pages, options),
            still,
        ),
        Case(
            "growth-clients",
            f"growth over {clients} clients made and closed, https",
            "KB",
            _two(
                "memory",
                "clients_floor",
                "clients_client",
                {"base_url": "{https}", "clients": clients},
                options,
            ),
            still,
        ),
    ]


def _server() -> list[Case]:
    """Against the fastest client there could be: bare sockets. Without a floor."""
    count = {"base_url": "{http}", "connections": 50, "count": 20_000}
    events = {"base_url": "{http}/events=50000&cut=event", "events": 50_000}
    return [
        Case(
            "server-requests",
            "the server itself, requests",
            "requests/s",
            [Side("server", "ceiling:requests", count, FLOOR)],
        ),
        Case(
            "server-events",
            "the server itself, a chunk per event",
            "events/s",
            [Side("server", "ceiling:events", events, FLOOR)],
        ),
    ]
