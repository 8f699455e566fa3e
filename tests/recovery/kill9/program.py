"""What a program does: a run for each of its items, until all have ended. Written once, for all three flavours."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import traceback
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

import anyio
import trio
from clients import AsAsync

from tinyfish import AsyncTinyFish, SDKError, TinyFish, UncertainStartError

from .places import Notes, Reaper
from .plans import Item, Story

TRIES: Final = 12
_PR_SET_PDEATHSIG: Final = 1
_WAIT_SECONDS: Final = 120.0


class Program:
    """One life of a program.

    Args:
        story: What it does.
        client: The async client, or the sync one under its interface.
        notes: Where it writes what it got.
        reaper: To whom it tells that it has a result.
        sleep: How it pauses.
    """

    def __init__(self, story: Story, client: Any, notes: Notes, reaper: Reaper, sleep: Any) -> None:
        self._story = story
        self._client = client
        self._notes = notes
        self._reaper = reaper
        self._sleep = sleep

    async def run(self) -> None:
        """Do everything; what fails is tried again, as a careful program does."""
        async with self._client:
            if self._story.reconciles:
                await self._try("reconcile", self._reconcile)
            if self._story.kind == "run_many":
                await self._try("run_many", self._run_many)
            elif self._story.kind == "queue_many":
                await self._try("queue_many", self._queue_many)
            else:
                child = await self._fork() if self._story.forks else 0
                for item in self._story.items:
                    await self._try(item.key, lambda item=item: self._single(item))
                if child:
                    self._reaper.free_the_disk()  # the other waits for what it couldn't record
                    os.waitpid(child, 0)  # noqa: ASYNC222 - this flavour has no event loop

    async def _fork(self) -> int:
        """From here on there are two: both do everything, with the client that one of them has made.

        Returns:
            The process id of the child; 0 in the child.
        """
        with suppress(SDKError):
            await self._client.runs.list(limit=1)  # so that there are connections
        child = os.fork()
        if not child:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # it dies with its parent
        return child

    async def _try(self, what: str, work: Any) -> None:
        for _ in range(TRIES):
            try:
                if await work():
                    return
            except SDKError as error:
                self._notes.add("error", of=what, error=f"{type(error).__name__}: {error}")
                again_after = (
                    getattr(error, "retry_after", None) if isinstance(error, UncertainStartError) else None
                )
                await self._sleep(again_after or 1.0)
        self._notes.add("gave up", of=what)

    async def _reconcile(self) -> bool:
        await self._client.reconcile()
        return True

    def _ended(self, item: Item, run: Any) -> bool:
        """Write down how a run ended. Returns whether the item is done."""
        self._notes.add("ended", item=item.number, run=run.run_id, status=str(run.status))
        self._reaper.comes_to("a result in the program's hands")
        return not (item.fails and str(run.status) == "FAILED")

    async def _single(self, item: Item) -> bool:
        options: dict[str, Any] = {"goal": item.goal, "url": item.url, "idempotency_key": item.key}
        options |= {"retry_failed": item.fails, "timeout": _WAIT_SECONDS}
        agent, runs = self._client.agent, self._client.runs
        match self._story.kind:
            case "run":
                return self._ended(item, await agent.run(**options))
            case "queue":
                queued = await agent.queue(**options)
                self._notes.add("queued", item=item.number, run=queued.run_id)
                return self._ended(item, await runs.wait(queued, timeout=_WAIT_SECONDS))
            case "start":
                async with agent.start(**options) as handle:
                    return self._ended(item, await handle.wait(timeout=_WAIT_SECONDS))
            case _:
                async with agent.stream(**options) as stream:
                    async for event in stream:
                        if event.type == "COMPLETE":
                            return self._ended(item, event)
        return False

    async def _queue_many(self) -> bool:
        items = self._story.items
        entries = [{"goal": item.goal, "url": item.url, "idempotency_key": item.key} for item in items]
        batch = await self._client.agent.queue_many(entries, timeout=_WAIT_SECONDS)
        of = dict(zip(batch.run_ids, items, strict=True))
        for run_id, item in of.items():
            self._notes.add("queued", item=item.number, run=run_id)
        async for run in self._client.runs.wait_many(batch, timeout=_WAIT_SECONDS):
            self._ended(of[run.run_id], run)
        return True

    async def _run_many(self) -> bool:
        items = {item.key: {"goal": item.goal, "url": item.url} for item in self._story.items}
        by_key = {item.key: item for item in self._story.items}
        done = True
        async with self._client.agent.run_many(items, max_concurrency=4, run_timeout=_WAIT_SECONDS) as job:
            async for key, outcome in job:
                if outcome.run is None:
                    error = outcome.error
                    self._notes.add("error", of=key, error=f"{type(error).__name__}: {error}")
                    done = False
                else:
                    self._ended(by_key[key], outcome.run)
        return done


def live(
    story: Story, url: str, ledger: str | None, who: str, notes: Notes, reaper: Reaper, clock: Any
) -> None:
    """Run the program in this process, to its end.

    Args:
        story: What it does.
        url: The server's.
        ledger: The path of its ledger, if it has one.
        who: By which the server knows it.
        notes: Where it writes what it got.
        reaper: To whom it tells that it has a result.
        clock: The time that it lives in.
    """
    given: dict[str, Any] = {"base_url": url, "max_retries": 2, "timeout": _WAIT_SECONDS}
    given["default_headers"] = {"X-Who": who, "X-Pid": str(os.getpid())}
    if ledger is not None:
        given["ledger"] = ledger

    async def pause(seconds: float) -> None:
        if story.flavour == "sync":
            clock.sleep(seconds, threading.Event())
        else:
            await clock.sleep_async(seconds)

    async def main() -> None:
        client: Any = (
            AsAsync(TinyFish("key", **given)) if story.flavour == "sync" else AsyncTinyFish("key", **given)
        )
        await Program(story, client, notes, reaper, pause).run()

    try:
        if story.flavour == "sync":
            _drive(main())
        elif story.flavour == "trio":
            trio.run(main)
        else:
            anyio.run(main, backend="asyncio")
    except BaseException:
        notes.add("raw", error=traceback.format_exc())
        raise


def _drive(work: Coroutine[Any, Any, None]) -> None:
    """Run what never waits for an event loop."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise RuntimeError("a sync program awaits something")
