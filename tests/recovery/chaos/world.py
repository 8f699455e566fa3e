"""The asks of one process: a server, clients in threads and event loops, and a program that forks."""

from __future__ import annotations

import queue
import threading
import time as real_time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from . import asks, async_asks, children
from .fast_time import FastTime
from .plans import FORKS, WORLDS, plan
from .records import Ask, Listener, Record
from .server import ChaosServer

THREADS: Final = 4
TASKS: Final = 8


@dataclass
class World:
    """All that takes part in one process.

    Attributes:
        seed: What is random.
        asks: Those that are to be asked, or were, by number.
        deadline: When to begin no further ask, by the monotonic clock.
    """

    seed: int
    numbers: list[int]
    only: str | None
    deadline: float
    asks: dict[int, Ask] = field(init=False)
    begun: set[int] = field(init=False, default_factory=set[int])

    def __post_init__(self) -> None:
        self.asks = {
            number: Ask(plan(self.seed, number, self.only), Record(number)) for number in self.numbers
        }
        self.time = FastTime()
        self.server = ChaosServer(self.seed, self.asks, self.time)
        self.listener = Listener()
        self._waiting = {world: queue.SimpleQueue[Ask]() for world in WORLDS}
        for ask in self.asks.values():
            if ask.plan.world != FORKS:
                self._waiting[ask.plan.world].put(ask)

    def run(self) -> None:
        """Ask them all."""
        with ExitStack() as stack:
            stack.enter_context(self.server)
            stack.enter_context(self.time.everywhere())
            stack.enter_context(self.listener)
            works = [
                threading.Thread(target=self._in_threads),
                *(threading.Thread(target=self._in_tasks, args=(loop,)) for loop in ("asyncio", "trio")),
                threading.Thread(target=self._in_forks),
            ]
            for work in works:
                work.start()
            for work in works:
                work.join()

    def _next(self, world: str) -> Ask | None:
        """The next ask of a world; None if there is none, or no time."""
        if real_time.monotonic() > self.deadline:
            return None
        try:
            ask = self._waiting[world].get_nowait()
        except queue.Empty:
            return None
        self.begun.add(ask.plan.number)
        return ask

    def _in_threads(self) -> None:
        clients = asks.clients(self.server.url, self.time)
        workers = [threading.Thread(target=self._work, args=(clients,)) for _ in range(THREADS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for client in clients.values():
            client.close()

    def _work(self, clients: dict[str, Any]) -> None:
        while (ask := self._next("threads")) is not None:
            asks.ask(clients[ask.plan.clocks], ask, self.time)

    def _in_tasks(self, loop: str) -> None:
        anyio.run(self._tasks, loop, backend=loop)

    async def _tasks(self, world: str) -> None:
        clients = await async_asks.clients(self.server.url, self.time)
        async with anyio.create_task_group() as tasks:
            for _ in range(TASKS):
                tasks.start_soon(self._work_async, clients, world)
        for client in clients.values():
            await client.aclose()

    async def _work_async(self, clients: dict[str, Any], world: str) -> None:
        while (ask := self._next(world)) is not None:
            await async_asks.ask(clients[ask.plan.clocks], ask, self.time)

    def _in_forks(self) -> None:
        numbers = [number for number, ask in self.asks.items() if ask.plan.world == FORKS]
        for record in children.ask_all(
            self.server.url, self.time.beginning, self.seed, numbers, self.only, self.deadline
        ):
            self.begun.add(record.number)
            mine = self.asks[record.number].record
            record.met |= mine.met  # what the server did to it
            self.asks[record.number].record = record
            self.listener.lines += record.warnings
