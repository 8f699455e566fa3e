"""`client.datasets.events`: no cut loses a row, or brings one twice; and typed rows that don't fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from clients import FakeTime
from messages import Received, error, reply
from rawserver import CLOSE, HOLD, RESET, Act, Answer, RawServer, open_stream

from tinyfish import DatasetRunDoneEvent, DatasetRunRowEvent, DatasetRunStatusEvent, ResultMismatchError
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PROMPT = "Pages about kettles"


@dataclass
class Page:
    title: str
    url: str


async def test_a_stream_from_the_sandbox_is_cut_everywhere(new_client: Callable[..., Any]) -> None:
    with Sandbox(chromium=False, step_delay=0.02) as slow:
        for n in range(4):
            slow.add_page(f"https://shop.example/{n}", f"<title>Kettle {n}</title><p>Kettles.</p>")
        client = new_client(api_key=slow.api_key, base_url=slow.url, clock=SYSTEM_CLOCK)
        for count in range(1, 7):
            slow.fault("followDatasetRun", cut_after=count, times=2)
            created = await client.datasets.create(prompt=PROMPT)
            seen = [event async for event in client.datasets.events(created.id, created.run.id)]
            rows = [event.row_id for event in seen if isinstance(event, DatasetRunRowEvent)]
            every = [row.id async for row in client.datasets.iter_rows(created.id)]
            assert len(rows) == len(set(rows))
            # A stream begins with what happens then: what was found before it was opened need not be in it.
            assert set(every[every.index(rows[0]) :] if rows else []) <= set(rows) <= set(every)
            assert [str(getattr(event, "status", event.event)) for event in seen[-2:]] == ["done", "done"]


def run(status: str, **fields: Any) -> dict[str, Any]:
    return {"id": "dr-1", "status": status, "started_at": "2026-11-01T09:00:00Z", **fields}


ROWS = [{"_id": f"r-{n}", "data": {"n": n}} for n in range(4)]
RUNNING = ("status", {"status": "running", "error": None, "finished_at": None})
DONE = ("status", {"status": "done", "error": None, "finished_at": "2026-11-01T09:10:00Z"})
EVENTS: list[tuple[str, dict[str, Any]]] = [
    RUNNING,
    ("row", {"row_id": "r-0", "data": {"n": 0}}),
    ("row", {"row_id": "r-1", "data": {"n": 1}}),
    ("heartbeat", {}),
    ("unheard", {"of": 1}),
    ("row", {"row_id": "r-2", "data": {"n": 2}}),
    ("row", {"row_id": "r-3", "data": {"n": 3}}),
    DONE,
    ("done", {}),
]


@dataclass
class DatasetServer:
    """Answers as the API does: a connection goes on where the last one was cut, and repeats the status only."""

    cuts: list[int] = field(default_factory=list[int])
    missed: int = 0
    """How many events happen while no connection is open."""
    end: Act = CLOSE
    state: str = "running"
    streams_status: int = 200
    rows_status: int = 200
    position: int = 0
    opened: int = 0
    reads: int = 0

    def __call__(self, request: Received) -> Answer:
        match request.path.removeprefix("/v1/datasets/ds-1"):
            case "/runs/dr-1/events":
                self.opened += 1
                if self.opened > 1 and self.streams_status != 200:
                    return error(self.streams_status, "NOT_FOUND")
                begin = min(self.position, len(EVENTS) - 1)
                last = DONE if self.position > EVENTS.index(DONE) else RUNNING
                first = [last] if self.opened > 1 else []
                count = self.cuts.pop(0) if self.cuts else len(EVENTS)
                sent = EVENTS[begin : begin + count]
                self.position = begin + len(sent) + self.missed
                frames = [
                    f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in first + sent
                ]
                return [*open_stream(*frames), self.end]
            case "/rows":
                self.reads += 1
                if self.rows_status != 200:
                    return error(self.rows_status, "INTERNAL_ERROR")
                known = [data["row_id"] for name, data in EVENTS[: self.position] if name == "row"]
                rows = [row for row in ROWS if row["_id"] in known or self.state != "running"]
                after = int(request.query.get("after", "0"))
                more = str(after + 1) if after + 1 < len(rows) else None
                return reply(200, {"columns": [], "rows": rows[after : after + 1], "next_cursor": more})
            case "":
                document = {"id": "ds-1", "name": "n", "status": "populating", "run": run(self.state)}
                return reply(200, document)
            case _:
                return error(404, "NOT_FOUND")


@pytest.fixture
def api(raw_server: RawServer) -> DatasetServer:
    raw_server.route = server = DatasetServer()
    return server


@pytest.fixture
def client(new_client: Callable[..., Any], raw_server: RawServer) -> Any:
    return new_client()


async def told(stream: Any) -> list[str]:
    return [str(getattr(e, "row_id", getattr(e, "status", e.event))) async for e in stream]


WHOLE = ["running", "r-0", "r-1", "r-2", "r-3", "done", "done"]


async def test_the_events_as_they_come(client: Any, api: DatasetServer) -> None:
    stream = client.datasets.events("ds-1", "dr-1")
    events = [event async for event in stream]
    kinds = [DatasetRunStatusEvent, *[DatasetRunRowEvent] * 4, DatasetRunStatusEvent, DatasetRunDoneEvent]
    assert [type(event) for event in events] == kinds
    assert events[1].data == {"n": 0}
    assert (api.opened, api.reads) == (1, 0)


@pytest.mark.in_turn
@pytest.mark.parametrize("end", [CLOSE, RESET])
@pytest.mark.parametrize("missed", [0, 1, 2])
@pytest.mark.parametrize("count", range(1, len(EVENTS)))
async def test_a_cut_loses_no_row_and_brings_none_twice(
    client: Any, api: DatasetServer, count: int, missed: int, end: Act
) -> None:
    api.cuts, api.missed, api.end = [count], missed, end
    assert await told(client.datasets.events("ds-1", "dr-1")) == WHOLE
    assert api.opened == 2


async def test_many_cuts(client: Any, api: DatasetServer) -> None:
    api.cuts = [1, 1, 1, 3, 1, 1]
    assert await told(client.datasets.events("ds-1", "dr-1")) == WHOLE


async def test_silence_breaks_the_connection(client: Any, api: DatasetServer) -> None:
    api.cuts, api.end = [3, 4], HOLD
    assert await told(client.datasets.events("ds-1", "dr-1", idle_timeout=0.2)) == WHOLE


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
async def test_if_the_stream_cannot_be_continued_the_state_has_the_end(
    client: Any, api: DatasetServer, state: str
) -> None:
    api.cuts, api.streams_status, api.state = [3], 404, state
    assert await told(client.datasets.events("ds-1", "dr-1")) == [*WHOLE[:-2], state, "done"]


async def test_rows_that_cannot_be_read_are_an_error_and_not_lost(
    client: Any, api: DatasetServer, time: FakeTime
) -> None:
    api.cuts, api.rows_status, api.state = [3], 403, "done"
    with pytest.raises(Exception, match="403"):
        await told(client.datasets.events("ds-1", "dr-1"))


async def test_changes_and_deletions_are_news(client: Any, raw_server: RawServer) -> None:
    changes = [
        {"row_id": "r-0", "data": {"n": 0}},
        {"row_id": "r-0", "data": {"n": 0}},
        {"row_id": "r-0", "data": {"n": 5}},
        {"row_id": "r-0", "data": {"n": 5}, "deleted": True},
    ]
    frames = [f"event: row\ndata: {json.dumps(change)}\n\n".encode() for change in changes]
    frames += [f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in EVENTS[-2:]]
    raw_server.route = lambda _: open_stream(*frames)
    rows = [e async for e in client.datasets.events("ds-1", "dr-1") if isinstance(e, DatasetRunRowEvent)]
    assert [(row.data, row.deleted) for row in rows] == [({"n": 0}, None), ({"n": 5}, None), ({"n": 5}, True)]


async def test_done_without_a_last_status_asks_for_the_state(
    client: Any, raw_server: RawServer, time: FakeTime
) -> None:
    server = DatasetServer(state="cancelled")
    stream = open_stream(
        b'event: row\ndata: {"row_id": "r-0", "data": {"n": 0}}\n\nevent: done\ndata: {}\n\n'
    )
    raw_server.route = lambda request: stream if request.path.endswith("events") else server(request)
    assert await told(client.datasets.events("ds-1", "dr-1")) == [*WHOLE[1:5], "cancelled", "done"]
    raw_server.route = lambda request: stream if request.path.endswith("events") else error(403, "FORBIDDEN")
    assert await told(client.datasets.events("ds-1", "dr-1")) == ["r-0", "done"]


async def test_callbacks(client: Any, api: DatasetServer) -> None:
    seen: list[str] = []
    callbacks = {
        "on_status": lambda event: seen.append(str(event.status)),
        "on_row": lambda event: seen.append(event.row_id),
    }
    async with client.datasets.events("ds-1", "dr-1", **callbacks) as stream:
        assert (await stream.until_done()).id == "ds-1"
    assert seen == WHOLE[:-1]


async def test_a_row_that_does_not_fit(client: Any, raw_server: RawServer) -> None:
    rows = [
        {"_id": "r-1", "data": {"title": "A", "url": "https://a.example"}},
        {"_id": "r-2", "data": {"title": "B", "url": {"no": "url"}}},
    ]
    raw_server.route = lambda _: reply(200, {"rows": rows, "next_cursor": None})
    fitting = client.datasets.iter_rows("ds-1", returns=Page, on_bad_item="skip")
    assert [row async for row in fitting] == [Page("A", "https://a.example")]
    with pytest.raises(ResultMismatchError):
        [row async for row in client.datasets.iter_rows("ds-1", returns=Page)]
    with pytest.raises(ValueError, match="strict"):
        client.datasets.iter_rows("ds-1", strict=True)
