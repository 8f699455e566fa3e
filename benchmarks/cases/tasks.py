"""Many concurrent tasks in one event loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.cases.model import CLIENT, FLOOR, Aim, Case, Side, pair

RATIOS = {50: (3, "1.1 x"), 200: (3, "0.8 x"), 1000: (4, "0.9 x")}


def cases(quick: bool, http_clients: Sequence[str]) -> list[Case]:
    """The cases; `http_clients` are factories of httpx clients to measure the client over as well."""
    requests = 2_000 if quick else 4_000
    made: list[Case] = []
    for tasks, (ratio, comparable) in RATIOS.items():
        sides = queue_and_get(tasks, max(1, requests // (2 * tasks)))
        made.append(
            Case(
                f"tasks-{tasks}",
                f"async queue and get, {tasks:,} tasks",
                "`httpx.AsyncClient`, default limits",
                "requests/s",
                [*sides, *(_over(sides[1], factory) for factory in http_clients)],
                [Aim(ratio, ">="), Aim(0, of="lost"), Aim(2, of="p99_over_p50")],
                comparable,
                rounds=5,
            )
        )
    held = {"base_url": "{http}/hold=1", "runs": 500}
    client = Side("tinyfish", "tasks:runs_client", held, CLIENT)
    made.append(
        Case(
            "runs-at-once",
            "500 `agent.run` of 1 s at once, wall",
            "the server's second",
            "s",
            [
                Side("the server's second", "tasks:runs_floor", held, FLOOR),
                client,
                Side("httpx", "tasks:runs_httpx", held, FLOOR),
                *(_over(client, factory) for factory in http_clients),
            ],
            [Aim(2, of="value"), Aim(0, of="lost")],
            "11 s",
            rounds=5,
        )
    )
    return made


def alternatives(quick: bool) -> list[Case]:
    """Other transports for the client, with 200 tasks: over http, and over TLS with and without HTTP/2."""
    pairs = 3 if quick else 10
    httpx, client = queue_and_get(200, pairs)
    httpx2 = replace(httpx.changed(library="httpx2"), label="httpx2", sees=frozenset({"httpx2"}))
    on_httpx2 = replace(
        client.changed(library="httpx2"), label="tinyfish on httpx2", sees=CLIENT | {"httpx2"}
    )
    aiohttp = replace(_over(client, "benchmarks.candidates:aiohttp"), label="tinyfish over aiohttp")
    secure = [side.changed(base_url="{h2}") for side in (httpx, client, httpx2, on_httpx2)]
    over_http2 = _over(secure[1], "benchmarks.candidates:http2")
    title = "async queue and get, 200 tasks"
    return [
        Case(
            "transports",
            f"{title}: other transports",
            "`httpx.AsyncClient`",
            "requests/s",
            [
                httpx,
                client,
                replace(httpx.changed(limits=1000), label="httpx, 1,000 connections"),
                httpx2,
                on_httpx2,
                aiohttp,
            ],
            rounds=3,
        ),
        Case(
            "http2",
            f"{title}: TLS and HTTP/2",
            "`httpx.AsyncClient`",
            "requests/s",
            [
                *secure[:2],
                _http2(secure[0], "httpx, HTTP/2"),
                replace(over_http2, label="tinyfish over httpx, HTTP/2", sees=CLIENT | {"h2"}),
                *secure[2:],
                _http2(secure[2], "httpx2, HTTP/2"),
            ],
            rounds=3,
        ),
    ]


def queue_and_get(tasks: int, pairs: int) -> tuple[Side, Side]:
    """`tasks` tasks, each of which queues and gets a run `pairs` times."""
    return pair("tasks", "queue_get_floor", "queue_get_client", base_url="{http}", tasks=tasks, pairs=pairs)


def _over(client: Side, factory: str) -> Side:
    label = f"tinyfish, {factory.partition(':')[2]}"
    return replace(client.changed(http_client=factory), label=label, sees=client.sees | {"httpx-aiohttp"})


def _http2(side: Side, label: str) -> Side:
    return replace(side.changed(http2=True), label=label, sees=side.sees | {"h2"})
