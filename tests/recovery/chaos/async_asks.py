"""The asks of an event loop: every way to start a run, and every way to end the call early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

import anyio
import trio

from tinyfish import AsyncTinyFish, SDKError

from .asks import (
    WAIT_SECONDS,
    LeftError,
    arguments,
    clock_errors,
    headers_of,
    id_made,
    left_now,
    start_product,
    tell_end,
)
from .fast_time import SPEED, FastTime
from .plans import CLOCKS, PRODUCTS, Plan
from .records import Ask, Record, recording

Work = Callable[[], Awaitable[None]]


async def clients(url: str, time: FastTime) -> dict[str, AsyncTinyFish]:
    """A client for each kind of server time. It has heard all clocks of its own before anything can go wrong."""
    made: dict[str, AsyncTinyFish] = {clocks: time.client(AsyncTinyFish, url) for clocks in CLOCKS}
    for clocks, client in made.items():
        for headers in clock_errors(clocks):
            await client.with_options(default_headers=headers).runs.list(limit=1)
    return made


async def ask(client: AsyncTinyFish, one: Ask, time: FastTime) -> None:
    """Do what is planned, and note what comes of it."""
    plan, record = one.plan, one.record
    own = client.with_options(default_headers=headers_of(plan))

    async def work() -> None:
        with recording(record):
            await _ask(own, plan, record)

    try:
        if await _left(plan.leave, work, plan.leave_after / SPEED):
            record.left(str(plan.leave))
    except LeftError:
        record.left("exception")
    except Exception as error:  # noqa: BLE001 - also one that should never come
        record.failed(error)
    finally:
        record.ended_at = time.now()


async def _ask(client: AsyncTinyFish, plan: Plan, record: Record) -> None:
    start, wait = arguments(plan)
    match plan.kind:
        case "run":
            record.got(await client.agent.run(**start))
        case "queue":
            queued = await client.agent.queue(**start)
            record.got(queued)
            await client.runs.wait(queued, **wait)
        case "session":
            record.got(await client.browser.sessions.create(**start))
        case "batch":
            many = await client.agent.queue_many(start.pop("runs"), **start)
            record.got(many)
            if plan.exits or plan.leave:
                async with aclosing(client.runs.wait_many(many, **wait)) as ended:
                    count = 0
                    async for _ in ended:
                        if left_now(plan, record, count):
                            break
                        count += 1
        case "stream" | "research stream":
            stream: Any = (client.agent if plan.kind == "stream" else client.research).stream(**start)
            try:
                async with stream:
                    count = 0
                    async for event in stream:
                        if left_now(plan, record, count):
                            break
                        count += 1
                        tell_end(record, stream, event)
            finally:
                record.saw(stream)
        case kind if kind in PRODUCTS:
            record.got_id(id_made(plan, await start_product(client, plan)))
        case _:
            handle = client.agent.start(**start)
            try:
                async with handle:
                    if not left_now(plan, record, 3):
                        record.got(await handle.wait(timeout=WAIT_SECONDS))
            finally:
                with suppress(SDKError):  # the start may have come to nothing
                    record.saw(handle)


async def _left(how: str | None, work: Work, seconds: float) -> bool:
    """Do some work, with a limit around it. Returns whether it was left by that.

    An error of the work's own counts for more than the limit.
    """
    match how:
        case "wait_for":
            return await _timed(asyncio.wait_for(_as_coroutine(work), seconds))
        case "asyncio.timeout":
            return await _timed(_in_asyncio_timeout(work, seconds))
        case "task.cancel":
            return await _cancelled(work, seconds)
        case "cancelled twice":
            return await _cancelled(work, seconds, seconds + 0.02)
        case "fail_after" | "trio.fail_after":
            return await _failed_after(how, work, seconds)
        case "trio.move_on_after":
            with trio.move_on_after(seconds) as scope:
                await work()
            return scope.cancelled_caught
        case "nursery":
            return await _in_nursery(work, seconds)
        case "move_on_after":
            with anyio.move_on_after(seconds) as limit:
                await work()
            return limit.cancelled_caught
        case _:
            await work()
            return False


async def _as_coroutine(work: Work) -> None:
    await work()


async def _timed(work: Awaitable[None]) -> bool:
    try:
        await work
    except SDKError:
        raise
    except TimeoutError:
        return True
    return False


async def _in_asyncio_timeout(work: Work, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await work()


async def _cancelled(work: Work, *moments: float) -> bool:
    task = asyncio.create_task(_as_coroutine(work))
    loop = asyncio.get_running_loop()
    timers = [loop.call_later(seconds, task.cancel) for seconds in moments]
    try:
        await asyncio.wait({task})
        return task.cancelled() or _raise_or_false(task)
    finally:
        for timer in timers:
            timer.cancel()


def _raise_or_false(task: asyncio.Task[None]) -> bool:
    error = task.exception()
    if error is not None:
        raise error
    return False


async def _failed_after(how: str, work: Work, seconds: float) -> bool:
    scope: Any = anyio.fail_after(seconds) if how == "fail_after" else trio.fail_after(seconds)
    too_slow = TimeoutError if how == "fail_after" else trio.TooSlowError
    try:
        with scope:
            await work()
    except SDKError:
        raise
    except too_slow:
        return True
    return False


async def _in_nursery(work: Work, seconds: float) -> bool:
    failures: list[Exception] = []
    done = False

    async def job() -> None:
        nonlocal done
        try:
            await work()
            done = True
        except Exception as error:  # noqa: BLE001 - raised again, outside of the nursery, which would wrap it
            failures.append(error)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(job)
        nursery.cancel_scope.deadline = trio.current_time() + seconds
    if failures:
        raise failures[0]
    return not done
