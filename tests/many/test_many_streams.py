"""agent.stream_many: the events of many runs, each with its key."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import statuses, until
from fault_server import GOOD, FaultServer, envelope

from tinyfish import CompleteEvent, StreamErrorEvent, StreamInterruptedError, sse
from tinyfish._core.clock import Clock

pytestmark = pytest.mark.anyio

URL = "https://example.com"
EVENTS = ["STARTED", "STREAMING_URL", "PROGRESS", "HEARTBEAT", "COMPLETE"]


@pytest.fixture
def client(new_client: Callable[..., Any]) -> Any:
    return new_client(clock=Clock())


async def test_every_run_has_all_its_events_and_a_bad_one_harms_no_other(
    client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.run_seconds = 0.05
    slow_server.choose = lambda request: (
        envelope(403, "FORBIDDEN") if request.body.get("url", "").endswith("/refused") else GOOD
    )
    open_now, most, read = 0, 0, []

    def items() -> Iterator[tuple[str, dict[str, str]]]:
        for number in range(8):
            read.append(number)
            yield f"n{number}", {"goal": f"{goal} {number}", "url": f"{URL}/{number}"}
        yield "refused", {"goal": goal, "url": f"{URL}/refused"}
        yield "wrong", {"goal": goal, "url": "not a url", "browser_profile": "turbo"}
        yield "nothing", None  # type: ignore[misc]

    events: dict[str, list[Any]] = {}
    async with client.agent.stream_many(items(), max_concurrency=3) as streams:
        async for key, event in streams:
            if not events:
                assert len(read) == 3  # lazily
            events.setdefault(key, []).append(event)
            open_now += (event.type == "STARTED") - (event.type == "COMPLETE")
            most = max(most, open_now)
    assert most <= 3
    assert {key: [event.type for event in all_of] for key, all_of in events.items()} == {
        **{f"n{number}": EVENTS for number in range(8)},
        **{key: ["ERROR"] for key in ("refused", "wrong", "nothing")},
    }
    errors = {key: last.error for key, [*_, last] in events.items() if isinstance(last, StreamErrorEvent)}
    assert {key: type(error).__name__ for key, error in errors.items()} == {
        "refused": "PermissionDeniedError",
        "wrong": "InvalidArgumentError",
        "nothing": "InvalidArgumentTypeError",
    }
    assert await anext(streams, None) is None
    assert len(slow_server.started()) == 8


async def test_options_for_all_types_and_numbers(client: Any, slow_server: FaultServer, goal: str) -> None:
    slow_server.run_seconds = 0.01
    pages = [{"goal": f"{goal} {n}", "url": URL, "browser_profile": "lite"} for n in range(2)]
    ends: dict[int, Any] = {}
    async for key, event in client.agent.stream_many(
        [*pages, {"goal": goal, "url": URL}], returns=dict[str, str], browser_profile="stealth"
    ):
        if isinstance(event, CompleteEvent):
            ends[key] = event.value
    assert sorted(ends) == [0, 1, 2]
    assert all(isinstance(value, dict) for value in ends.values())
    profiles = {
        request.body["goal"]: request.body["browser_profile"] for request in slow_server.asked("stream")
    }
    assert profiles == {f"{goal} 0": "lite", f"{goal} 1": "lite", goal: "stealth"}


@pytest.mark.parametrize(
    ("items", "options"),
    [(5, {}), ("text", {}), ([], {"max_concurrency": 0}), ([], {"timeot": 5}), ([], {"timeout": -1})],
)
async def test_wrong_options_for_all_are_refused_at_once(
    client: Any, items: Any, options: dict[str, Any]
) -> None:
    with pytest.raises((TypeError, ValueError)):
        client.agent.stream_many(items, **options)


async def test_the_same_keys_in_a_ledger_follow_the_same_runs(
    new_client: Callable[..., Any], slow_server: FaultServer, goal: str, tmp_path: Path
) -> None:
    items = {n: {"goal": f"{goal} {n}", "url": URL} for n in ("a", "b", "c")}

    async def ids(count: int, **options: Any) -> dict[str, str]:
        client = new_client(clock=Clock(), ledger=str(tmp_path / "runs.db"))
        found: dict[str, str] = {}
        async with client.agent.stream_many(items, **options) as streams:
            async for key, event in streams:
                if event.type == "STARTED":
                    found[key] = event.run_id
                if len(found) == count:
                    break
        return found

    first = await ids(2, max_concurrency=2)
    again = await ids(3)
    assert again | first == again
    assert len(slow_server.started()) == 3
    assert not (await ids(3, job="another")).items() & again.items()
    with pytest.raises(ValueError, match="job='x' needs a ledger"):
        new_client().agent.stream_many(items, job="x")
    with pytest.raises(
        ValueError, match="without a slash"
    ):  # "a/b" and "c" would be the key of "a" and "b/c"
        new_client(ledger=str(tmp_path / "runs.db")).agent.stream_many(items, job="a/b")
    with pytest.raises(ValueError, match="idempotency_key names one run"):
        new_client().agent.stream_many(items, idempotency_key="x")


async def test_items_that_fail_end_the_iteration_but_no_run(
    client: Any, slow_server: FaultServer, goal: str
) -> None:
    def items() -> Iterator[dict[str, str]]:
        yield {"goal": goal, "url": URL}
        raise KeyError("rows")

    streams = client.agent.stream_many(items(), cancel_on_exit=True)
    with pytest.raises(KeyError):
        async with streams:
            pass
    await streams.aclose()


@pytest.mark.parametrize(
    ("how", "cancels"),
    [("left", True), ("left", False), *((how, True) for how in ("error", "closed", "cancelled", "dropped"))],
)
async def test_leaving_closes_all_and_cancels_them_if_asked(
    client: Any, slow_server: FaultServer, goal: str, how: str, cancels: bool, flavour: str
) -> None:
    if how == "cancelled" and flavour == "sync":
        pytest.skip("threads aren't cancelled")
    items = {n: {"goal": f"{goal} {n}", "url": URL} for n in range(5)}
    streams = client.agent.stream_many(items, max_concurrency=4, cancel_on_exit=cancels)
    seen: set[int] = set()

    async def read_some(streams: Any) -> None:
        async for key, event in streams:
            if event.type == "PROGRESS":
                seen.add(key)
            if len(seen) == 4:
                return

    match how:
        case "left":
            async with streams:
                await read_some(streams)
        case "error":
            with pytest.raises(KeyError):  # noqa: PT012
                async with streams:
                    await read_some(streams)
                    raise KeyError
        case "closed":
            await read_some(streams)
            await streams.aclose()
            with pytest.raises(StreamInterruptedError):
                await anext(streams)
        case "cancelled":
            with anyio.move_on_after(0.3):
                async with streams:
                    async for _ in streams:
                        pass
        case "dropped":
            await read_some(streams)
    del streams
    gc.collect()
    await until(lambda: "tinyfish-reader" not in {thread.name for thread in threading.enumerate()})
    if cancels:
        await until(lambda: statuses(slow_server) == ["CANCELLED"] * 4)
    else:
        assert "CANCELLED" not in statuses(slow_server)
    assert len(slow_server.asked("stream")) == 4


async def test_many_streams_can_be_relayed(
    client: Any, slow_server: FaultServer, goal: str, flavour: str
) -> None:
    items = {n: {"goal": f"{goal} {n}", "url": URL} for n in ("a", "b")}
    streams = client.agent.stream_many(items, cancel_on_exit=True)
    messages: Any = aiter(sse(getattr(streams, "_target", streams), heartbeat=0.2))
    got: list[str] = []
    while len(got) < 6:
        name, *rest = (await anext(messages)).decode().splitlines()
        if name.startswith("event: "):
            key = json.loads(rest[1].removeprefix("data: "))["key"]
            got.append(f"{key} {name.removeprefix('event: ')}")
    assert sorted(got) == [
        f"{key} {name}" for key in "ab" for name in ("PROGRESS", "STARTED", "STREAMING_URL")
    ]
    await messages.aclose()
    await until(lambda: statuses(slow_server) == ["CANCELLED"] * 2)
