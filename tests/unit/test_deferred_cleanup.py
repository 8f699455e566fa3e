"""Cleanup that could not be awaited where it came up: who does it, and in which event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from tinyfish._core.wire.deferred_cleanup import Owed
from tinyfish._core.wire.event_loops import EventLoop


class Work:
    """Work that notes the threads that did it."""

    def __init__(self) -> None:
        self.done_in: list[int] = []

    async def __call__(self) -> None:
        self.done_in.append(threading.get_ident())


@pytest.fixture
def other_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_what_comes_up_where_no_loop_runs_is_done_when_the_client_is_closed() -> None:
    owed, work = Owed(), Work()
    owed.add(work)
    assert work.done_in == []
    asyncio.run(owed.settle())
    assert work.done_in == [threading.get_ident()]


def test_what_belongs_to_a_loop_is_done_there_whoever_closes_the_client(
    other_loop: asyncio.AbstractEventLoop,
) -> None:
    async def running() -> EventLoop:
        return EventLoop.running()

    owed, own, foreign = Owed(), Work(), Work()
    there = asyncio.run_coroutine_threadsafe(running(), other_loop).result(5)
    owed._works.extend([(foreign, there), (own, None)])  # as `add` does before the other loop gets to it
    asyncio.run(owed.settle())
    assert (own.done_in, foreign.done_in) == ([threading.get_ident()], [])
    asyncio.run_coroutine_threadsafe(owed.settle(), other_loop).result(5)
    assert len(foreign.done_in) == 1
    assert foreign.done_in != own.done_in


def test_closing_waits_for_what_a_task_of_its_loop_has_begun() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        steps.append("done")

    async def main() -> None:
        owed = Owed()
        owed.add(work)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert steps == ["begun"]
        await owed.settle()
        assert steps == ["begun", "done"]

    asyncio.run(main())


def test_what_fails_does_not_keep_the_rest_from_being_done() -> None:
    async def fail() -> None:
        raise OSError("broken")

    owed, work = Owed(), Work()
    owed.add(fail)
    owed.add(work)
    asyncio.run(owed.settle())
    assert len(work.done_in) == 1


def test_the_child_of_a_fork_does_not_call_its_parents_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> list[str]:
        called: list[str] = []
        loop, own = EventLoop.running(), os.getpid()
        loop.soon(lambda: called.append("parent"))
        monkeypatch.setattr(os, "getpid", lambda: own + 1)
        loop.soon(lambda: called.append("child"))
        await asyncio.sleep(0)
        return called

    assert asyncio.run(main()) == ["parent"]


def test_a_loop_that_has_ended_is_left_alone() -> None:
    async def running() -> EventLoop:
        return EventLoop.running()

    loop = asyncio.run(running())
    called: list[int] = []
    loop.soon(lambda: called.append(1))
    assert called == []
