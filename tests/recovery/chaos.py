"""Thousands of starts under random failures: is a run ever lost, or started twice?

    python tests/recovery/chaos.py --seed 1 --starts 3000 --seconds 60

Clients in threads, in asyncio and in trio ask one server for runs and browser sessions, in every way there is. The
server fails at every step, lists runs late, has strangers start runs of the same goals, and keeps the truth.
Tasks are cancelled, blocks and streams left at random. Time runs twenty times as fast as in the world.

The terms, exactly:

ask         One call of `run`, `queue`, `start`, `stream`, `queue_many` or `browser.sessions.create`. Each ask has urls
            of its own, by which the server knows whose a run is; the client cannot see them in a run.
started     A run or session that exists on the server because of an ask.
delivered   Started, and the ask gave its result or its id.
named       Started, and the ask ended with an error that has its id: as `run_id`, `run_ids`, `created_run_ids`, as one
            of the `candidates`, or as the `run_id` of the stream or handle that raised. Or a warning in the log has it.
told        Started, and the ask ended with an `UncertainStartError`, which says that it may have started, but whose
            candidates do not have it: it is listed too late, or the looking failed. Or, when the task was cancelled,
            a warning in the log says so.
given up    Started, and the caller broke off the ask itself, before it could know an id, in a way for which nothing is
            promised: by cancelling the task of `run`, `queue`, `queue_many`, `sessions.create` or an unopened `stream`.
duplicate   A second run or session started for one url. Must be 0.
loss        Started, and none of delivered, named, told, given up. Or the run of a handle that goes on although its
            block was left, it was not detached, and no warning in the log has its id. Must be 0.
stranger's  Delivered to an ask to which it does not belong. Must be 0. Strangers start runs of the same goal just
            after the server has created those of the ask, in some of the asks with a goal of their own. (Not
            with adopt="when_single", which promises nothing then; nor where the server creates nothing, or lists
            it only after the looking is over: see "What is not promised" in docs/reliability.md.)

If one that must be 0 is not, it prints the seed and the history of those asks, and exits with 1. What is random about
an ask comes from the seed and its number alone, so --seed and --only repeat it, as far as threads repeat anything.
"""

from __future__ import annotations

import argparse
import logging
import queue
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from fault_server import (
    GOOD,
    Fault,
    FaultServer,
    Request,
    StoredRun,
    Then,
    cut,
    envelope,
    garbage,
    page,
    run_in_500,
    stall,
)

from tinyfish import AsyncTinyFish, RunParams, SDKError, TinyFish, UncertainStartError
from tinyfish._core import starts, transport
from tinyfish._core.call import Call
from tinyfish._core.clock import Clock
from tinyfish._core.deadline import Deadline
from tinyfish._core.transport import AsyncTransport, Transport

SPEED: Final = 20.0
THREADS: Final = 12
TASKS: Final = 40
RUN_SECONDS: Final = 3.0

KINDS: Final = ("run", "queue", "start", "stream", "batch", "session")
WORLDS: Final = ("threads", "asyncio", "trio")
FLEXIBLE: Final = ("start", "stream")


# A run that is listed this late may be missed: a clean look comes 5 seconds after the failure at the earliest.
LOOKED_FOR_SECONDS: Final = 5.0


def number_in(url: str) -> int:
    """The number of the ask that a url belongs to."""
    return int(url.split("/")[3])


class LeftError(Exception):
    """Why a block is left."""


@dataclass
class Ask:
    """One ask: what is to happen, and what came of it."""

    number: int
    kind: str
    world: str
    goals: list[str]
    adopt: str
    timeout: float
    faults: list[Fault]
    dice: random.Random
    stranger: bool = False
    leave: str | None = None
    """How the caller breaks it off: by "cancel" of the task, or by an "error" in its block, or by its "end"."""
    leave_after: float = 0.0
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    delivered: set[str] = field(default_factory=set[str])
    adopted: bool = False
    named: set[str] = field(default_factory=set[str])
    told: bool = False
    broken_off: bool = False
    left_running: bool = False
    outcome: str = "nothing"

    @property
    def urls(self) -> list[str]:
        return [f"https://example.com/{self.number}/{n}" for n in range(len(self.goals))]

    @property
    def runs(self) -> list[RunParams]:
        return [{"goal": goal, "url": url} for goal, url in zip(self.goals, self.urls, strict=True)]

    def name(self, *ids: str | None) -> None:
        self.named.update(i for i in ids if i)

    def failed(self, error: BaseException) -> None:
        """Take in what an error says."""
        self.outcome = f"{type(error).__name__}: {error}"
        if isinstance(error, UncertainStartError):
            self.told = True
            self.name(
                *(
                    getattr(one, "run_id", None) or getattr(one, "session_id", None)
                    for one in error.candidates
                )
            )
        self.name(getattr(error, "run_id", None), *getattr(error, "run_ids", ()))
        self.name(*getattr(error, "created_run_ids", ()))


def plan(seed: int, number: int) -> Ask:
    """What is to happen to an ask: all that is random about it."""
    dice = random.Random(f"{seed}/{number}")
    kind = dice.choice(KINDS)
    adopt = dice.choice(["when_sure", "when_sure", "when_sure", "never", "when_single"])
    shared = adopt != "when_single" and dice.random() < 0.3
    goal = f"shared goal {number % 7}" if shared else f"goal {number}"
    goals = [goal]
    if kind == "batch":
        goals = [goal if dice.random() < 0.2 else f"{goal}, part {n}" for n in range(dice.randint(1, 4))]
    faults = [_start_fault(dice, kind) for _ in range(3)]
    ask = Ask(
        number=number,
        kind=kind,
        world=WORLDS[number % len(WORLDS)],
        goals=goals,
        adopt=adopt,
        timeout=dice.choice([4.0, 10.0, 30.0]),
        faults=faults,
        dice=dice,
    )
    ask.stranger = not shared and adopt != "when_single" and dice.random() < 0.4
    if dice.random() < 0.25:
        ask.leave = dice.choice(["cancel", "error", "end"])
        ask.leave_after = dice.uniform(0, 6)
    if kind in ("run", "stream") and dice.random() < 0.3:
        ask.options["cancel_on_timeout"] = True
    if kind == "stream":
        ask.options["idle_timeout"] = dice.choice([2.0, 8.0])
        if dice.random() < 0.1:
            ask.options["recover"] = False
    return ask


def _start_fault(dice: random.Random, kind: str) -> Fault:
    """A random failure of a start; often none."""
    if dice.random() < 0.45:
        return GOOD
    create = dice.random() < 0.6
    hold = dice.choice([0.0, 0.0, 3.0])
    late = dice.choice([0.0, 0.0, 1.0, 4.0, 60.0])
    end = dice.choice([Then.CLOSE, Then.RESET])
    options = [
        cut(create=create, hold=hold, then=end, listed_after=hold + late),
        cut(create=create, hold=hold, then=end, listed_after=hold + late),
        stall(create=create, hold=hold),
        Fault(cut=dice.randint(1, 60), hold=hold, then=end, listed_after=late),
        Fault(cut=-dice.randint(1, 20), hold=hold, then=end, listed_after=late),
        page(dice.choice([408, 500, 502, 503, 504]), create=create),
        envelope(dice.choice([429, 500, 503]), retry_after=dice.choice([None, "1"])),
        envelope(500, "TASK_FAILED", create=True),
        envelope(403, "FORBIDDEN"),
        run_in_500(create=create),
        garbage(create=create),
    ]
    if kind == "stream":
        events = dice.randint(0, 5)
        tail = dice.choice([b"", b"data: {not json\n\n", b'data: {"type": "PRO', b": a comment\n\n"])
        then = dice.choice([Then.KEEP, Then.CLOSE, Then.RESET, Then.STALL])
        options += [Fault(events=events, tail=tail, then=then, listed_after=late)] * 6
        options += [Fault(without_result=True)]
    return dice.choice(options)


@dataclass
class Chaos:
    """All asks, the server, and what came of it."""

    seed: int
    numbers: list[int]
    deadline: float
    asks: dict[int, Ask] = field(default_factory=dict[int, Ask])

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.warnings: list[str] = []
        beginning = time.monotonic()
        self.clock = Clock(
            now=lambda: (time.monotonic() - beginning) * SPEED,
            wall=lambda: 1_800_000_000 + (time.monotonic() - beginning) * SPEED,
            sleep=lambda seconds, _: time.sleep(seconds / SPEED),
            sleep_async=lambda seconds: anyio.sleep(seconds / SPEED),
        )
        self.server = FaultServer(self.clock, run_seconds=RUN_SECONDS, choose=self.choose, skew=-3600.0)
        self.server.on_create = self.add_strangers
        self.waiting = {world: queue.SimpleQueue[Ask]() for world in WORLDS}
        for number in self.numbers:
            ask = plan(self.seed, number)
            self.waiting[ask.world].put(ask)

    def next_ask(self, world: str) -> Ask | None:
        """The next ask of a world; None if there is none, or no time."""
        if time.monotonic() > self.deadline:
            return None
        try:
            ask = self.waiting[world].get_nowait()
        except queue.Empty:
            return None
        self.asks[ask.number] = ask
        return ask

    def choose(self, request: Request) -> Fault:
        """What goes wrong with a request."""
        ask = self._ask_of(request)
        if ask is None:
            return GOOD
        with self.lock:
            if request.is_start:
                return ask.faults.pop(0) if ask.faults else GOOD
            if ask.dice.random() < 0.75:
                return GOOD
            return ask.dice.choice(
                [
                    cut(create=False),
                    cut(create=True),
                    cut(create=True, then=Then.RESET),
                    page(502, create=False),
                    page(504, create=True),
                    envelope(500),
                    envelope(429, retry_after="1"),
                    garbage(create=True) if request.operation == "list" else GOOD,
                    stall(create=True) if ask.dice.random() < 0.2 else GOOD,
                ]
            )

    def add_strangers(self, runs: list[StoredRun]) -> None:
        """Let others start runs of the same goals."""
        for run in runs:
            if self.asks[number_in(run.url)].stranger and run.listed - run.created < LOOKED_FOR_SECONDS:
                self.server.add_run(run.goal)

    def _ask_of(self, request: Request) -> Ask | None:
        if request.is_start:
            url = request.items[0]["url"]
        elif request.operation in ("get", "cancel"):
            run = self.server.runs.get(request.path.split("/")[3])
            url = "" if run is None else run.url
        elif request.operation == "list":
            goal = request.query.get("goal")
            return next((ask for ask in list(self.asks.values()) if goal in ask.goals), None)
        else:
            return None
        return self.asks[number_in(url)] if url.startswith("https://example.com/") else None

    # Asking

    def in_threads(self) -> None:
        with self._client(TinyFish) as client:
            workers = [threading.Thread(target=self._work, args=(client,)) for _ in range(THREADS)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

    def _work(self, client: TinyFish) -> None:
        while (ask := self.next_ask("threads")) is not None:
            try:
                self.ask(client, ask)
            except (SDKError, LeftError) as error:
                ask.failed(error)

    def ask(self, client: TinyFish, ask: Ask) -> None:
        limits: dict[str, Any] = {"timeout": ask.timeout, "adopt": ask.adopt}
        one: dict[str, Any] = {**ask.runs[0], **limits, **ask.options}
        match ask.kind:
            case "run":
                self.deliver(ask, client.agent.run(**one))
            case "queue":
                queued = client.agent.queue(**one)
                self.deliver(ask, queued)
                client.runs.wait(queued, timeout=60)
            case "batch":
                self.deliver(ask, client.agent.queue_many(ask.runs, **limits))
            case "session":
                session = client.browser.sessions.create(url=ask.urls[0], timeout=ask.timeout)
                self.deliver(ask, session)
            case "stream":
                stream = client.agent.stream(**one)
                try:
                    with stream:
                        for event in stream:
                            if ask.leave is not None and ask.dice.random() < 0.3:
                                self.leave(ask)
                                break
                            if event.type == "COMPLETE":
                                self.deliver(ask, event)
                finally:
                    ask.name(stream.run_id)
                    ask.adopted = stream.adopted
            case _:
                handle = client.agent.start(**one)
                ask.name(handle.run_id)
                try:
                    with handle:
                        self.leave(ask)
                        self.deliver(ask, handle.wait(timeout=60))
                finally:
                    self.check_stopped(ask, handle.run_id)

    def in_tasks(self, backend: str) -> None:
        anyio.run(self._tasks, backend, backend=backend)

    async def _tasks(self, world: str) -> None:
        with self._client(AsyncTinyFish) as client:
            async with anyio.create_task_group() as tasks:
                for _ in range(TASKS):
                    tasks.start_soon(self._work_async, client, world)
            await client.aclose()

    async def _work_async(self, client: AsyncTinyFish, world: str) -> None:
        while (ask := self.next_ask(world)) is not None:
            seconds = ask.leave_after / SPEED if ask.leave == "cancel" else None
            try:
                with anyio.move_on_after(seconds) as scope:
                    await self.ask_async(client, ask)
            except (SDKError, LeftError) as error:
                ask.failed(error)
            if scope.cancelled_caught:
                ask.broken_off = True
                ask.outcome = f"cancelled, was: {ask.outcome}"

    async def ask_async(self, client: AsyncTinyFish, ask: Ask) -> None:
        limits: dict[str, Any] = {"timeout": ask.timeout, "adopt": ask.adopt}
        one: dict[str, Any] = {**ask.runs[0], **limits, **ask.options}
        match ask.kind:
            case "run":
                self.deliver(ask, await client.agent.run(**one))
            case "queue":
                queued = await client.agent.queue(**one)
                self.deliver(ask, queued)
                await client.runs.wait(queued, timeout=60)
            case "batch":
                self.deliver(ask, await client.agent.queue_many(ask.runs, **limits))
            case "session":
                session = await client.browser.sessions.create(url=ask.urls[0], timeout=ask.timeout)
                self.deliver(ask, session)
            case "stream":
                stream = client.agent.stream(**one)
                try:
                    async with stream:
                        async for event in stream:
                            if ask.leave is not None and ask.dice.random() < 0.3:
                                self.leave(ask)
                                break
                            if event.type == "COMPLETE":
                                self.deliver(ask, event)
                finally:
                    ask.name(stream.run_id)
                    ask.adopted = stream.adopted
            case _:
                handle = client.agent.start(**one)
                try:
                    async with handle:
                        ask.name(handle.run_id)
                        self.leave(ask)
                        self.deliver(ask, await handle.wait(timeout=60))
                finally:
                    with suppress(SDKError):  # the start may have come to nothing
                        ask.name(handle.run_id)
                        self.check_stopped(ask, handle.run_id)

    def deliver(self, ask: Ask, got: Any) -> None:
        """Take in what an ask gave."""
        ids = [
            getattr(got, "run_id", None),
            getattr(got, "session_id", None),
            *(getattr(got, "run_ids", None) or ()),
        ]
        ask.delivered.update(i for i in ids if i)
        ask.adopted = ask.adopted or getattr(got, "adopted", False)
        ask.outcome = f"got {', '.join(sorted(ask.delivered))}"

    def leave(self, ask: Ask) -> None:
        if ask.leave == "error":
            raise LeftError

    def check_stopped(self, ask: Ask, run_id: str) -> None:
        run = self.server.runs[run_id]
        if run.cancelled is None and self.server.now() < run.ends:
            ask.left_running = True

    @contextmanager
    def _client(self, kind: type[Any]) -> Iterator[Any]:
        """A client that lives in the fast time."""
        client = kind("key", base_url=self.server.url, max_retries=2)
        transport = (AsyncTransport if kind is AsyncTinyFish else Transport)(self.clock)
        client._own(type(client._executor)(client._executor.config, self.clock, transport), True)
        yield client
        if kind is TinyFish:
            client.close()


@contextmanager
def fast_time(clock: Clock) -> Iterator[None]:
    """Let the time limits of sockets, and the register of starts, live in the fast time."""
    limits, left, now = transport._limits, Deadline.left, starts.STARTS._now

    def faster(call: Call) -> dict[str, float | None]:
        return {name: value and value / SPEED for name, value in limits(call).items()}

    transport._limits = faster
    Deadline.left = lambda deadline: left(deadline) / SPEED  # type: ignore[method-assign]
    starts.STARTS._now = clock.now
    try:
        yield
    finally:
        transport._limits, Deadline.left, starts.STARTS._now = limits, left, now  # type: ignore[method-assign]


class Listener(logging.Handler):
    """Keeps the warnings of the client."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@dataclass
class Report:
    """What came of it."""

    asks: int
    started: Counter[str]
    outcomes: Counter[str]
    wrong: dict[str, list[Ask]]
    seconds: float
    chaos: Chaos

    @property
    def failed(self) -> bool:
        return any(self.wrong.values())

    def print(self) -> None:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.started.items()))
        print(f"seed {self.chaos.seed}, {self.seconds:.0f} s, {len(self.chaos.server.requests)} requests")
        print(f"  starts asked     {self.asks:6}")
        print(f"  runs started     {self.started.total():6}   {kinds}")
        for name in ("delivered", "named", "told", "given up"):
            print(f"    {name:14} {self.outcomes[name]:6}")
        print(f"  asks adopted     {sum(ask.adopted for ask in self.chaos.asks.values()):6}")
        for name, asks in self.wrong.items():
            print(f"  {name:16} {len(asks):6}")
        for name, asks in self.wrong.items():
            for ask in asks[:3]:
                print(
                    f"\n{name}: ask {ask.number}, {ask.kind}, {ask.world}, adopt={ask.adopt}, leave={ask.leave}"
                )
                print(f"  outcome   {ask.outcome}")
                print(f"  delivered {sorted(ask.delivered)}, named {sorted(ask.named)}, told {ask.told}")
                for run in self.chaos.server.runs.values():
                    if run.goal in ask.goals:
                        print(f"  run       {run.run_id} {run.url} at {run.created:.2f}, by {run.starter}")
                for request in self.chaos.server.requests:
                    goals = {request.query.get("goal"), *(item.get("goal") for item in request.items)}
                    if goals & {*ask.goals} or any(i in request.path for i in ask.named | ask.delivered):
                        print(
                            f"  request   {request.at:.2f} {request.operation} {request.path} {request.query}"
                        )
                group = sorted(a.number for a in self.chaos.asks.values() if set(a.goals) & set(ask.goals))
                only = " ".join(map(str, group[:40]))
                print(f"  again     --seed {self.chaos.seed} --only {only}")


def run(seed: int, numbers: list[int], seconds: float) -> Report:
    """Ask, and compare what the clients say with the truth."""
    began = time.monotonic()
    chaos = Chaos(seed, numbers, began + seconds)
    listener = Listener()
    logger = logging.getLogger("tinyfish")
    with ExitStack() as stack:
        stack.enter_context(chaos.server)
        stack.enter_context(fast_time(chaos.clock))
        logger.addHandler(listener)
        stack.callback(logger.removeHandler, listener)
        worlds = [
            threading.Thread(target=chaos.in_threads),
            threading.Thread(target=chaos.in_tasks, args=("asyncio",)),
            threading.Thread(target=chaos.in_tasks, args=("trio",)),
        ]
        for world in worlds:
            world.start()
        for world in worlds:
            world.join()
        return _compare(chaos, "\n".join(listener.lines), time.monotonic() - began)


def _compare(chaos: Chaos, warnings: str, seconds: float) -> Report:
    started: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    wrong: dict[str, list[Ask]] = {"duplicates": [], "losses": [], "strangers'": []}
    # Such a warning does not say of which ask it is, so it stands for one of them.
    warned = warnings.count("may have happened")
    things = [(run.run_id, run.url, run.starter) for run in chaos.server.started()]
    things += [(session["session_id"], session["url"], "session") for session in chaos.server.sessions]
    by_url: dict[str, list[str]] = {}
    for thing, url, starter in things:
        started[starter] += 1
        by_url.setdefault(url, []).append(thing)
        ask = chaos.asks[number_in(url)]
        if len(by_url[url]) == 2:
            wrong["duplicates"].append(ask)
        if thing in ask.delivered:
            outcomes["delivered"] += 1
        elif thing in ask.named or thing in warnings:
            outcomes["named"] += 1
        elif ask.told:
            outcomes["told"] += 1
        elif ask.broken_off and ask.kind == "start" and warned > 0:
            warned -= 1
            outcomes["told"] += 1
        elif ask.broken_off and ask.kind != "start":
            outcomes["given up"] += 1
        else:
            wrong["losses"].append(ask)
    for ask in chaos.asks.values():
        own = {thing for url in ask.urls for thing in by_url.get(url, ())}
        if not ask.delivered <= own:
            wrong["strangers'"].append(ask)
        if ask.left_running and not any(name in warnings for name in ask.named):
            wrong["losses"].append(ask)
    return Report(len(chaos.asks), started, outcomes, wrong, seconds, chaos)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="what is random (default: chosen)"
    )
    parser.add_argument("--starts", type=int, default=3000, help="how many asks (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=60, help="begin no ask after this (default: %(default)s)"
    )
    parser.add_argument("--only", type=int, nargs="+", help="only the asks of these numbers")
    arguments = parser.parse_args()
    report = run(arguments.seed, arguments.only or list(range(arguments.starts)), arguments.seconds)
    report.print()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
