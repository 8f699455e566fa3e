"""The process whose children are the programs: it has loaded everything, has no threads, and forks quickly."""

from __future__ import annotations

import gc
import json
import logging
import os
import random
import signal
import sys
import time as real_time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from . import watching  # first: it replaces what others keep

# isort: split
import anyio
import tinyfish_generated.models  # noqa: F401
import trio
from chaos.fast_time import SPEED, FastTime

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish._core.clock import SYSTEM_CLOCK

from . import breaking
from .bells import fast_bells
from .places import Notes, Reaper
from .plans import Story, plan
from .program import live

SIDE_BY_SIDE: Final = 10
_HANGS_SECONDS: Final = 60.0


@dataclass
class _Life:
    """A program that runs."""

    story: Story
    program: int
    life: int
    pid: int
    began: float
    dies_at: float | None
    hangs: bool = False


@dataclass
class _Playing:
    """A story that is being played."""

    story: Story
    running: int = 0
    last: bool = False
    lives: dict[int, int] = field(default_factory=dict[int, int])


class Nursery:
    """Plays stories.

    Args:
        url: The server's.
        time: The time that all live in.
        folder: Where notes and ledgers are.
        deaths: After so many deaths no story is begun.
        deadline: After this moment neither.
    """

    def __init__(self, url: str, time: FastTime, folder: Path, deaths: int | None, deadline: float) -> None:
        self._url = url
        self._time = time
        self._folder = folder
        self._deaths_left = float("inf") if deaths is None else deaths
        self._deadline = deadline
        self._lives: dict[int, _Life] = {}
        self._playing: dict[int, _Playing] = {}

    def play(self, stories: deque[Story]) -> None:
        """Play them all, several side by side."""
        with (self._folder / "lives.jsonl").open("w") as log:
            while stories or self._lives:
                over = self._deaths_left <= 0 or real_time.monotonic() > self._deadline
                if over:
                    stories.clear()
                while stories and len(self._lives) < SIDE_BY_SIDE:
                    self._begin(stories.popleft())
                for ended, code in self._ended():
                    log.write(
                        json.dumps([ended.story.number, ended.program, ended.life, code, ended.hangs]) + "\n"
                    )
                    self._go_on(ended, code)
                real_time.sleep(0.002)

    def _begin(self, story: Story) -> None:
        self._playing[story.number] = _Playing(story, running=story.programs)
        for program in range(story.programs):
            self._fork(story, program, 0)

    def _go_on(self, ended: _Life, code: int) -> None:
        """After a death, the same program again. After all programs' ends, a last one."""
        playing = self._playing[ended.story.number]
        if code == -signal.SIGKILL and not ended.hangs:
            self._deaths_left -= 1
            self._fork(ended.story, ended.program, ended.life + 1)
            return
        playing.running -= 1
        if playing.running:
            return
        if playing.last or code != 0 or ended.hangs:
            del self._playing[ended.story.number]
            return
        playing.running, playing.last = 1, True
        self._fork(ended.story, ended.story.programs, 0)

    def _fork(self, story: Story, program: int, life: int) -> None:
        death = story.death(program, life) if program < story.programs else None
        pid = os.fork()
        if pid == 0:
            try:
                self._be(story, program, life, death)
                os._exit(0)
            finally:
                os._exit(1)
        now = real_time.monotonic()
        dies_at = now + death.seconds if death is not None and death.place == "random moment" else None
        self._lives[pid] = _Life(story, program, life, pid, now, dies_at)

    def _be(self, story: Story, program: int, life: int, death: Any) -> None:
        random.seed(f"{story.seed}/{story.number}/{program}/{life}/client")
        self._time.step = story.clock(life)
        notes = Notes(self._folder / f"{story.number}.{program}.jsonl", life)
        reaper = Reaper(death, story.full_disk(program, life), notes)
        watching.watch(reaper)
        clock = _watched_clock(self._time, reaper)
        ledger = str(self._folder / f"{story.number}.db") if story.ledger else None
        live(story, self._url, ledger, f"{story.number}/{program}/{life}", notes, reaper, clock)

    def _ended(self) -> list[tuple[_Life, int]]:
        """The programs that have ended, with their exit codes. Kills those whose time has come."""
        now = real_time.monotonic()
        for one in self._lives.values():
            if one.dies_at is not None and now > one.dies_at:
                os.kill(one.pid, signal.SIGKILL)
            elif now > one.began + _HANGS_SECONDS and not one.hangs:
                one.hangs = True
                for pid in [*_children(one.pid), one.pid]:
                    os.kill(pid, signal.SIGABRT)  # faulthandler prints where its threads are
        ended: list[tuple[_Life, int]] = []
        while self._lives:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended.append((self._lives.pop(pid), os.waitstatus_to_exitcode(status)))
        return ended


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _watched_clock(time: FastTime, reaper: Reaper) -> Any:
    """Let this process live in the fast time, and tell of each of its pauses."""
    fast = time.clock(steps=True)

    def sleep(seconds: float, woken: Any) -> None:
        reaper.comes_to("pause")
        fast.sleep(seconds, woken)

    async def sleep_async(seconds: float) -> None:
        reaper.comes_to("pause")
        await anyio.sleep(seconds / SPEED)

    # In place: everything that was imported has it.
    for name, value in {
        "now": fast.now,
        "wall": fast.wall,
        "sleep": sleep,
        "sleep_async": sleep_async,
    }.items():
        object.__setattr__(SYSTEM_CLOCK, name, value)
    return SYSTEM_CLOCK


def _warm_up(url: str) -> None:
    """Load what a program loads."""

    async def one() -> None:
        async with AsyncTinyFish("key", base_url=url) as client:
            _ = client.agent
            await client.runs.list(limit=1)

    with TinyFish("key", base_url=url) as client:
        _ = client.agent
        client.runs.list(limit=1)
    anyio.run(one)
    trio.run(one)


def main(given: str) -> None:
    """What the process does."""
    url, beginning, seed, numbers, only, deaths, deadline, folder, broken = json.loads(given)
    time = FastTime(beginning)
    _warm_up(url)
    if broken is not None:
        breaking.WAYS[broken].apply()
    logging.getLogger("tinyfish").addHandler(
        logging.NullHandler()
    )  # what is amiss is judged by what happened
    os.nice(5)  # the server is to answer promptly
    gc.collect()
    gc.freeze()
    stories = deque(plan(seed, number, only) for number in numbers)
    with time.everywhere(), fast_bells(SPEED):
        Nursery(url, time, Path(folder), deaths, deadline).play(stories)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
