"""Thousands of malformed responses to every call: is anything but an SDKError ever raised?

    python tests/recovery/fuzz.py --seed 1 --answers 20000

A call gets some responses from `hostile.py`, then valid ones: in the sync client, and in the async client with asyncio
and trio, over httpx's mock transport; one call in ten uses real sockets, where the bytes of a response are damaged too.
The returned objects are used: serialized, compared, copied, pickled, checked. Time is a fake clock.

Failures:

raw          An exception that isn't an SDKError is raised.
repeated     A start is sent again after a response that may have started something: any success, and any 408 or 5xx
             that isn't the API's own refusal.
lost         A start ends with an error after a success, and the error has neither the body nor the run or its id.

On a failure, the program prints the seed and the call's number, and exits with 1. Everything random about a call
depends only on the seed and its number, so --only repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import logging
import pickle
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import anyio
import httpx
from hostile import Hostile, Json, good, spoiled, spoiled_stream

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from clients import AsAsync, FakeTime, make_client
from messages import Received
from rawserver import CLOSE, RawServer
from rawserver import Answer as Steps

from tinyfish import SDKError
from tinyfish._core.json_text import loads
from tinyfish.outcomes import DEFAULT_RULES

WORLDS: Final = ("sync", "asyncio", "trio")
_SOCKETS_EVERY: Final = 10
_REFUSALS: Final = ("INTERNAL_ERROR", "SERVICE_BUSY", "RATE_LIMIT_EXCEEDED")
_STARTS: Final = ("/v1/automation/", "/v1/browser")

Operation = Callable[[Any, "Call"], Awaitable[Any]]


@dataclass
class Served:
    """One answer that was given."""

    start: bool
    hostile: bool
    answer: Hostile
    mark: str

    @property
    def may_have_started(self) -> bool:
        """Whether it may be the answer to a start that worked, whatever the client thinks of it."""
        status = self.answer.status
        if status < 300:
            return True
        if status != 408 and status < 500:
            return False
        try:
            return loads(self.answer.plain)["error"]["code"] not in _REFUSALS  # any depth is read
        except (ValueError, TypeError, LookupError, RecursionError):
            return True


@dataclass
class Call:
    """One call: what it meets, and what came of it."""

    seed: int
    number: int
    served: list[Served] = field(default_factory=list[Served])
    started: bool = False
    """Whether the start itself was heard of; what fails later is another call."""
    outcome: str = ""
    faults: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed} {self.number}")
        self.world = WORLDS[self.number % 3]
        self.sockets = self.number % _SOCKETS_EVERY == 0
        self.name = self.rng.choice(list(OPERATIONS))
        self.hostile = self.rng.choice([1, 1, 1, 2, 3, 5])
        self.goal = f"Goal {self.seed} {self.number}"
        self.run_id = f"run-{self.number}"

    # The server

    def answer(self, method: str, target: str, body: bytes) -> Hostile:
        """The next answer."""
        path = urlsplit(target).path
        mark = f"MARK{len(self.served)}"
        hostile = sum(served.hostile for served in self.served) < self.hostile and self.rng.random() < 0.8
        document, status = self.right(method, path, body)
        if isinstance(document, tuple):
            events = list(document)
            answer = spoiled_stream(self.rng, events, mark) if hostile else _stream(events)
        elif hostile:
            answer = spoiled(self.rng, document, mark)
        else:
            answer = good(document, status)
        start = method == "POST" and path.startswith(_STARTS)
        self.served.append(Served(start, hostile, answer, mark))
        return answer

    def right(self, method: str, path: str, body: bytes) -> tuple[Json | tuple[Json, ...], int]:
        """What the API would say."""
        asked: Json = json.loads(body) if body else {}
        match method, path.removeprefix("/v1").split("/")[1:]:
            case "POST", ["automation", "run"]:
                return self.run(), 200
            case "POST", ["automation", "run-async"]:
                return {"run_id": self.run_id, "error": None}, 200
            case "POST", ["automation", "run-batch"]:
                return {
                    "run_ids": [f"{self.run_id}-{i}" for i, _ in enumerate(asked["runs"])],
                    "error": None,
                }, 200
            case "POST", ["automation", "run-sse"]:
                return self.events(), 200
            case "POST", ["runs", "batch"]:
                return {"data": [self.run(run_id) for run_id in asked["run_ids"]], "not_found": None}, 200
            case "POST", ["runs", "batch", "cancel"] | ["runs", "batch-cancel"]:
                return {"results": [_cancelled(i) for i in asked["run_ids"]], "not_found": None}, 200
            case "POST", ["runs", run_id, "cancel"]:
                return _cancelled(unquote(run_id)), 200
            case "GET", ["runs"]:
                listed = [self.run()] if self.rng.random() < 0.5 else []
                return {
                    "data": listed,
                    "pagination": {"total": 1, "next_cursor": None, "has_more": False},
                }, 200
            case "GET", ["runs", run_id]:
                return self.run(unquote(run_id)), 200
            case "POST", ["browser"]:
                session = {"session_id": f"tf-{self.number}", "cdp_url": "wss://s.example/cdp"}
                return session | {"base_url": "https://s.example"}, 201
            case "GET", ["browser", "usage"]:
                items = [{"session_id": f"tf-{self.number}", "start_time": _now(), "status": "running"}]
                return {
                    "items": items,
                    "total": 1,
                    "limit": 100,
                    "page": 1,
                    "total_pages": 1,
                    "has_more": False,
                }, 200
            case _:
                return {}, 204

    def run(self, run_id: str | None = None) -> Json:
        """A run that has ended."""
        return {
            "run_id": run_id or self.run_id,
            "status": self.rng.choice(["COMPLETED", "COMPLETED", "FAILED", "CANCELLED"]),
            "goal": self.goal,
            "created_at": _now(),
            "started_at": _now(),
            "finished_at": _now(),
            "num_of_steps": 3,
            "result": {"price": 3, "note": "Access denied"},
            "error": {"message": "The site refused", "category": "AGENT_FAILURE", "retry_after": 3},
            "browser_config": {"proxy_enabled": True, "proxy_country_code": "DE"},
            "steps": [{"id": "s1", "timestamp": _now(), "status": "COMPLETED", "action": "Open page"}],
        }

    def events(self) -> tuple[Json, ...]:
        """A whole stream."""
        about = {"run_id": self.run_id, "timestamp": _now()}
        return (
            {"type": "STARTED", **about},
            {"type": "STREAMING_URL", "streaming_url": "https://tf.example/live", **about},
            *({"type": "PROGRESS", "purpose": f"Step {i}", **about} for i in range(3)),
            {"type": "HEARTBEAT", "timestamp": _now()},
            {"type": "COMPLETE", "status": "COMPLETED", "result": {"price": 3}, **about},
        )

    # The judgement

    def ended(self, error: BaseException | None) -> None:
        """The call is over: was anything wrong?"""
        self.outcome = "value" if error is None else type(error).__name__
        if error is not None and not isinstance(error, SDKError):
            self.faults.append("raw: " + "".join(traceback.format_exception(error))[-3000:])
        starts = [served for served in self.served if served.start]
        for served in starts[:-1]:
            if served.may_have_started:
                self.faults.append(f"repeated after {served.answer.status} {served.answer.plain[:300]!r}")
        if error is None or self.started or not starts or starts[-1].answer.status >= 300:
            return
        if self.name == "stream":  # what is no event is passed over, and kept nowhere
            return
        last = starts[-1]
        ended = getattr(error, "run", None)  # the answer itself, if it could be read
        kept = str(getattr(error, "body", "")) + (ended.to_json() if ended is not None else "")
        named = getattr(error, "run_id", None) or getattr(error, "created_run_ids", None)
        came = last.mark.encode() in last.answer.plain and last.answer.plain == last.answer.body
        if came and not self.sockets and last.mark not in kept and not named:
            self.faults.append(f"lost: {error!r} has not {last.answer.plain[:300]!r}")


def _now() -> str:
    return "2026-11-28T12:00:00Z"


def _cancelled(run_id: str) -> Json:
    return {"run_id": run_id, "status": "CANCELLED", "cancelled_at": _now(), "message": None}


def _stream(events: list[Json]) -> Hostile:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    return Hostile(200, [(b"Content-Type", b"text/event-stream")], body, body)


# The calls


async def _use(value: Any) -> None:
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
            assert other == thing or "nan" in repr(thing).lower()
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
        await _use(value)


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


# The wires


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), 50_000):
            yield self._body[at : at + 50_000]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class _Mock(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives a call its answers, without any wire."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._call.answer(request.method, str(request.url), request.read())
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.body))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._call.answer(request.method, str(request.url), await request.aread())
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.body))


def _steps(call: Call, request: Received) -> Steps:
    """The same over a socket, where the bytes of a hostile answer may be wrong too."""
    answer = call.answer(request.method, request.target, request.body)
    if not call.served[-1].hostile:
        return [answer.head()[:-2] + b"Content-Length: %d\r\n\r\n" % len(answer.body) + answer.body, CLOSE]
    head = answer.head()[:-2]
    match call.rng.randrange(10):
        case 0:
            wire = head + b"Content-Length: %d\r\n\r\n" % (len(answer.body) + 7) + answer.body
        case 1:
            wire = (
                head
                + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(answer.body)
                + answer.body
                + b"\r\nzz\r\n"
            )
        case 2:
            wire = head + b"Content-Length: \xff\r\n\r\n" + answer.body
        case 3:
            wire = head + b"No colon\r\n\r\n" + answer.body
        case 4:
            wire = answer.body
        case 5:
            wire = (
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: \xe9\r\n\r\n"
                + head
                + b"\r\n"
                + answer.body
            )
        case _:
            wire = head + b"\r\n" + answer.body
    return [wire, CLOSE]


async def _carry_out(call: Call, server: RawServer) -> None:
    options: dict[str, Any] = (
        {"base_url": server.url} if call.sockets else {"base_url": "http://fuzz.example"}
    )
    if call.sockets:
        server.route = lambda request: _steps(call, request)
    elif call.world == "sync":
        options["http_client"] = httpx.Client(transport=_Mock(call))
    else:
        options["http_client"] = httpx.AsyncClient(transport=_Mock(call))
    client = make_client(call.world, FakeTime().clock, **options)
    error: BaseException | None = None
    try:
        with anyio.fail_after(60):
            await _use(await OPERATIONS[call.name](client, call))
    except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001 - whatever comes out is what is looked for
        error = failure
        try:
            str(failure), repr(failure), pickle.loads(pickle.dumps(failure)), copy.copy(failure)
        except Exception as broken:  # noqa: BLE001
            error = broken
    call.ended(error)
    await client.aclose()


def fuzz(seed: int, answers: int, only: int | None = None) -> Iterator[Call]:
    """Calls until so many hostile answers were given, one after the other in each world."""
    number = 0
    with RawServer() as server:
        while answers > 0:
            batch = [Call(seed, n) for n in ([only] if only is not None else range(number, number + 300))]
            number += 300
            for world in WORLDS:
                calls = [call for call in batch if call.world == world]

                async def carry_out(calls: list[Call] = calls) -> None:
                    for call in calls:
                        await _carry_out(call, server)

                anyio.run(carry_out, backend="trio" if world == "trio" else "asyncio")
            server.requests.clear()
            for call in batch:
                yield call
                answers -= sum(served.hostile for served in call.served)
            if only is not None:
                return


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--answers", type=int, default=20_000, help="the number of malformed responses")
    parser.add_argument("--only", type=int, help="repeat the call with this number")
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    logging.getLogger("tinyfish").addHandler(logging.NullHandler())  # what it warns of is not looked at here
    began = time.monotonic()
    outcomes, worlds, hostile, calls, faults = Counter[str](), Counter[str](), 0, 0, 0
    for call in fuzz(args.seed, args.answers, args.only):
        calls += 1
        here = sum(served.hostile for served in call.served)
        hostile += here
        outcomes[call.outcome] += 1
        worlds[f"{call.world}, {'sockets' if call.sockets else 'mock'}"] += here
        for fault in call.faults:
            faults += 1
            if faults <= 20:
                print(f"--only {call.number} ({call.name}, {call.world}): {fault}", flush=True)
    for name, count in worlds.most_common():
        print(f"{count:8,} answers: {name}")
    for name, count in outcomes.most_common():
        print(f"{count:8,} calls ended with {name}")
    seconds = time.monotonic() - began
    print(
        f"{hostile:,} hostile answers to {calls:,} calls in {seconds:.0f} s, {faults} faults (seed {args.seed})"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
