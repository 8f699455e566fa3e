"""A program that forks while its threads and its event loop make calls. Its children make calls too, and are killed.

It runs in its own process, so that no child inherits one of the server's connections.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time as real_time
import warnings
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

import anyio

from tinyfish import AsyncTinyFish, TinyFish

from . import asks, async_asks
from .fast_time import FastTime
from .plans import plan
from .records import Ask, Listener, Record

CHILDREN: Final = 4
ASKS_OF_A_CHILD: Final = 3
# The parent asks for a share of them itself: this many for each that a child asks.
_OF_PARENT: Final = 3
_HANGS_SECONDS: Final = 60.0
_LIVES_SECONDS: Final = 1.0


def ask_all(
    url: str, beginning: float, seed: int, numbers: list[int], only: str | None, deadline: float
) -> Iterator[Record]:
    """Have asks done by a program that forks. Gives what came of each that was begun."""
    if not numbers or not hasattr(os, "fork"):
        return
    given = json.dumps([url, beginning, seed, numbers, only, deadline])
    program = [sys.executable, "-X", "faulthandler", str(Path(__file__).parent), "--forks", given]
    done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        yield _unpacked(line)


def main(given: str) -> None:
    """What the program does."""
    warnings.simplefilter("ignore", DeprecationWarning)  # that it has threads when it forks is the point
    url, beginning, seed, numbers, only, deadline = json.loads(given)
    time = FastTime(beginning)
    waiting = [Ask(plan(seed, number, only), Record(number)) for number in numbers]
    of_parent = [] if only in ("fork", "kill") else waiting[::_OF_PARENT]
    of_children = [ask for ask in waiting if ask not in of_parent]
    with time.everywhere(), Listener():
        Parent(url, time, deadline, random.Random(f"{seed}/forks")).run(of_parent, of_children)


@dataclass
class Child:
    """A child that runs, or has run."""

    pid: int
    asks: list[Ask]
    output: IO[str]
    dies_at: float | None
    began: float
    hangs: bool = False
    code: int = 0


class Parent:
    """Asks, and forks."""

    def __init__(self, url: str, time: FastTime, deadline: float, dice: random.Random) -> None:
        self._time = time
        self._deadline = deadline
        self._dice = dice
        self._url = url
        self._sync: dict[str, TinyFish] = {}
        self._async: dict[str, AsyncTinyFish] = {}
        self._over = threading.Event()

    def run(self, of_parent: list[Ask], of_children: list[Ask]) -> None:
        """Do all asks."""
        self._make_first_calls()
        threads = [
            threading.Thread(target=self._ask_in_thread, args=(of_parent[0::2],)),
            threading.Thread(target=anyio.run, args=(self._ask_in_loop, of_parent[1::2])),
            threading.Thread(target=self._look_now_and_then),
        ]
        for thread in threads:
            thread.start()
        running: list[Child] = []
        while of_children or running:
            while of_children and len(running) < CHILDREN:
                if real_time.monotonic() > self._deadline:
                    of_children = []
                    break
                batch, of_children = of_children[:ASKS_OF_A_CHILD], of_children[ASKS_OF_A_CHILD:]
                running.append(self._fork(batch))
            for child in [child for child in running if self._has_ended(child)]:
                running.remove(child)
                of_children = self._not_begun(child) + of_children
            real_time.sleep(0.005)
        self._over.set()
        for thread in threads:
            thread.join()
        for client in self._sync.values():
            client.close()

    def _make_first_calls(self) -> None:
        """Load all modules, since a child cannot import what a thread is just importing; and have a connection."""

        async def one() -> None:
            self._async = self._async or await async_asks.clients(self._url, self._time)
            for client in self._async.values():
                _load(client)
                await client.runs.list(limit=1)

        self._sync = asks.clients(self._url, self._time)
        for client in self._sync.values():
            _load(client)
        for loop in ("asyncio", "trio"):
            anyio.run(one, backend=loop)

    # The parent's own asks

    def _ask_in_thread(self, mine: list[Ask]) -> None:
        for ask in mine:
            if real_time.monotonic() < self._deadline:
                asks.ask(self._sync[ask.plan.clocks], ask, self._time)
                _print(ask.record)

    async def _ask_in_loop(self, mine: list[Ask]) -> None:
        async with AsyncExitStack() as stack:
            for client in self._async.values():
                await stack.enter_async_context(client)
                await client.runs.list(limit=1)
            for ask in mine:
                if real_time.monotonic() < self._deadline:
                    await async_asks.ask(self._async[ask.plan.clocks], ask, self._time)
                    _print(ask.record)
            while not self._over.is_set():  # the connections live while children are forked
                for client in self._async.values():
                    await client.runs.list(limit=1)
                await anyio.sleep(0.01)

    def _look_now_and_then(self) -> None:
        while not self._over.wait(0.003):
            for client in self._sync.values():
                client.runs.list(limit=1)

    # Its children

    def _fork(self, batch: list[Ask]) -> Child:
        output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when the child has been reaped
        now = real_time.monotonic()
        dies_at = now + self._dice.uniform(0, _LIVES_SECONDS) if batch[0].plan.killed else None
        pid = os.fork()
        if pid == 0:
            try:
                self._be_child(batch, output)
                os._exit(0)
            finally:
                os._exit(1)
        return Child(pid, batch, output, dies_at, now)

    def _be_child(self, batch: list[Ask], output: IO[str]) -> None:
        def tell(ask: Ask) -> None:
            output.write(_packed(ask.record))
            output.flush()

        async def in_loop(ask: Ask) -> None:
            await async_asks.ask(self._async[ask.plan.clocks], ask, self._time)

        for ask in batch:
            ask.record.met.add("fork")
            ask.record.end = "killed"  # that is what counts, if nothing comes after it
            tell(ask)
            ask.record.end = "got"
            if (way := ask.plan.number // 20 % 3) == 0:
                asks.ask(self._sync[ask.plan.clocks], ask, self._time)
            else:
                anyio.run(in_loop, ask, backend=("asyncio", "trio")[way - 1])
            tell(ask)

    def _has_ended(self, child: Child) -> bool:
        """Whether a child has ended. Kills it when its time has come."""
        now = real_time.monotonic()
        child.hangs = child.dies_at is None and now > child.began + _HANGS_SECONDS
        if child.dies_at is not None and now > child.dies_at:
            os.kill(child.pid, signal.SIGKILL)
        elif child.hangs:
            os.kill(child.pid, signal.SIGABRT)  # faulthandler prints where its threads are
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        child.code = os.waitstatus_to_exitcode(status)
        return pid != 0

    def _not_begun(self, child: Child) -> list[Ask]:
        """Those of a child's asks that it did not come to. What came of the others is told."""
        child.output.seek(0)
        told = {record.number: record for record in map(_unpacked, child.output.read().splitlines())}
        child.output.close()
        for record in told.values():
            if record.end == "killed":
                record.met.add("kill")
                record.ended_at = self._time.now()
                if child.hangs or child.code != -signal.SIGKILL:
                    record.raw, record.outcome = (
                        True,
                        "the child hung" if child.hangs else f"exit {child.code}",
                    )
            _print(record)
        return [ask for ask in child.asks if ask.plan.number not in told]


def _load(client: Any) -> None:
    for resource in ("agent", "browser", "research", "datasets", "monitors", "profiles", "vault"):
        getattr(client, resource)


def _packed(record: Record) -> str:
    fields = {
        name: sorted(value) if isinstance(value, set) else value for name, value in asdict(record).items()
    }
    return json.dumps(fields) + "\n"


def _unpacked(line: str) -> Record:
    fields: dict[str, Any] = json.loads(line)
    for name in ("met", "delivered", "seen", "named"):
        fields[name] = set(fields[name])
    return Record(**fields)


_printing = threading.Lock()


def _print(record: Record) -> None:
    with _printing:
        sys.stdout.write(_packed(record))
        sys.stdout.flush()
