"""The operations: what a program does with a client, and with the returned objects."""

from __future__ import annotations

import copy
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from clients import AsAsync

from fuzz.calls import Call
from tinyfish import SDKError
from tinyfish.outcomes import DEFAULT_RULES

Operation = Callable[[Any, Call], Awaitable[Any]]


async def use(value: Any) -> None:
    """Whatever a program does with what it gets."""
    for thing in value if isinstance(value, list) else [value]:
        thing = thing._target if isinstance(thing, AsAsync) else thing
        if not hasattr(thing, "to_dict"):
            continue
        repr(thing)
        str(getattr(thing, "error", None))
        thing.to_json(indent=1)
        thing.model_dump()
        for other in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
            assert other == thing or "nan" in thing.to_json().lower()
        for entry in getattr(thing, "data", None) or getattr(thing, "items", None) or ():
            repr(entry)
        if hasattr(thing, "raise_for_outcome"):
            assert isinstance(thing.ok, bool)
            thing.raise_for_outcome(rules=DEFAULT_RULES)


def _task(call: Call) -> dict[str, Any]:
    return {"goal": call.goal, "url": "https://example.com", "timeout": 30}


async def _run(client: Any, call: Call) -> Any:
    return await client.agent.run(**_task(call), cancel_on_timeout=call.rng.random() < 0.3)


async def _queue(client: Any, call: Call) -> Any:
    queued = await client.agent.queue(**_task(call))
    call.started = True
    await _use_quietly(queued)
    return [queued, await client.runs.wait(queued, timeout=60)]


async def _queue_many(client: Any, call: Call) -> Any:
    tasks = [
        {"goal": f"{call.goal} {i}", "url": "https://example.com"} for i in range(call.rng.choice([1, 2, 3]))
    ]
    queued = await client.agent.queue_many(tasks, timeout=30)
    call.started = True
    await _use_quietly(queued)
    return [queued, *[run async for run in client.runs.wait_many(queued, timeout=60)]]


async def _streamed(client: Any, call: Call) -> Any:
    async with client.agent.stream(**_task(call)) as stream:
        return [event async for event in stream]


async def _handle(client: Any, call: Call) -> Any:
    async with client.agent.start(**_task(call)) as handle:
        call.started = True
        return await handle.wait(timeout=60)


async def _session(client: Any, call: Call) -> Any:
    session = await client.browser.sessions.create(timeout=60)
    call.started = True
    await session.delete()
    return session


async def _get(client: Any, call: Call) -> Any:
    return await client.runs.get(call.run_id)


async def _wait(client: Any, call: Call) -> Any:
    return await client.runs.wait(call.run_id, timeout=call.rng.choice([5, 60, None]), cancel_on_timeout=True)


async def _wait_many(client: Any, call: Call) -> Any:
    ids = [f"{call.run_id}-{i}" for i in range(3)]
    return [run async for run in client.runs.wait_many(ids, timeout=call.rng.choice([5, 60, None]))]


async def _list(client: Any, call: Call) -> Any:
    return await client.runs.list(limit=5)


async def _iter(client: Any, call: Call) -> Any:
    return await _some(client.runs.iter())


async def _get_many(client: Any, call: Call) -> Any:
    return await client.runs.get_many([f"{call.run_id}-{i}" for i in range(3)])


async def _cancel(client: Any, call: Call) -> Any:
    return await client.runs.cancel(call.run_id)


async def _cancel_many(client: Any, call: Call) -> Any:
    return await client.runs.cancel_many([f"{call.run_id}-{i}" for i in range(3)])


async def _usage(client: Any, call: Call) -> Any:
    return await client.browser.sessions.usage()


async def _iter_usage(client: Any, call: Call) -> Any:
    return await _some(client.browser.sessions.iter_usage())


async def _delete(client: Any, call: Call) -> Any:
    return await client.browser.sessions.delete("tf-1")


async def _some(items: AsyncIterator[Any]) -> list[Any]:
    some: list[Any] = []
    async for item in items:
        some.append(item)
        if len(some) >= 50:
            break
    return some


async def _use_quietly(value: Any) -> None:
    with suppress(SDKError):
        await use(value)


OPERATIONS: Final[dict[str, Operation]] = {
    "run": _run,
    "queue": _queue,
    "queue_many": _queue_many,
    "stream": _streamed,
    "start": _handle,
    "session": _session,
    "get": _get,
    "wait": _wait,
    "wait_many": _wait_many,
    "list": _list,
    "iter": _iter,
    "get_many": _get_many,
    "cancel": _cancel,
    "cancel_many": _cancel_many,
    "usage": _usage,
    "iter_usage": _iter_usage,
    "delete": _delete,
}
