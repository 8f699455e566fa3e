"""Sequential calls."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.cases.model import FASTER_JSON, Aim, Case, Instructions, Side, pair

GET = "`Client.get` + `json.loads`"
RUN_FIELDS = (
    "run_id",
    "status",
    "goal",
    "created_at",
    "started_at",
    "finished_at",
    "num_of_steps",
    "result",
    "schema_validation",
    "output_schema",
    "error",
    "streaming_url",
    "browser_config",
)


def cases(quick: bool) -> list[Case]:
    """The cases."""
    count = 50 if quick else 200
    counted = pair("calls", "get_floor", "get_client", base_url="{http}", count=2 * count)
    timed = pair("calls", "get_floor", "get_client", base_url="{http}", count=300 if quick else 2000)
    pages = pair("calls", "pages_floor", "pages_client", base_url="{http}/pages=50", pages=50)
    per_call = Instructions(per=count * 1e3, less=lambda side: side.changed(count=count))
    httpx2 = replace(counted[0].changed(library="httpx2"), label="httpx2", sees=frozenset({"httpx2"}))
    return [
        Case(
            "get-instructions",
            "`runs.get`, instructions",
            GET,
            "k",
            [*counted, httpx2],
            [Aim(0.95)],
            "1.15 x",
            per_call,
        ),
        Case("get", "`runs.get`, time", GET, "µs", timed),
        Case("get-fast-json", "`runs.get`, time, faster JSON", GET, "µs", with_faster_json(timed)),
        Case(
            "pages",
            "`runs.iter` over 5,000 runs in pages of 100",
            GET,
            "pages/s",
            pages,
            [Aim(0.8, ">=")],
            "0.55 x",
        ),
        Case(
            "pages-every-field",
            "`runs.iter` over 5,000 runs, every field read",
            GET,
            "pages/s",
            [side.changed(fields=RUN_FIELDS) for side in pages],
        ),
        Case(
            "pages-fast-json",
            "`runs.iter` over 5,000 runs, faster JSON",
            GET,
            "pages/s",
            with_faster_json(pages),
            [Aim(1.1, ">=")],
        ),
    ]


def with_faster_json(sides: tuple[Side, Side]) -> tuple[Side, Side]:
    """The client with a faster JSON library, compared with the same floor."""
    floor, client = sides
    return floor, replace(client, sees=client.sees | FASTER_JSON)
