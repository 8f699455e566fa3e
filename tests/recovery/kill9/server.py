"""The server: it keeps the truth, fails as planned, and kills the program that asks it."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from chaos import mishaps
from chaos.fast_time import FastTime
from fault_server import GOOD, Fault, FaultServer, Request, StoredRun, Then

from .plans import BY_SERVER, Death, Item, Story, item_of

SKEW: Final = -3600.0
"""By how many seconds the server's clock is ahead of the programs'."""
_PAGE: Final = 2


class KillServer(FaultServer):
    """A server that knows what is planned.

    Attributes:
        kills: The story, program, life and place of each program that it has killed.
    """

    def __init__(self, stories: Mapping[int, Story], time: FastTime) -> None:
        super().__init__(clock=time.clock(steps=False), skew=SKEW)
        self.choose, self.on_create = self._choose, self._created
        self.kills: list[tuple[int, int, int, str]] = []
        self._stories = stories
        self._dice = {
            number: random.Random(f"{story.seed}/{number}/server") for number, story in stories.items()
        }
        self._faults = {item.url: list(item.faults) for story in stories.values() for item in story.items}
        self._starts: Counter[tuple[int, int, int]] = Counter()
        self._victim = threading.local()

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        self._victim.pid = None
        try:
            return super()._answer(connection, request)
        finally:
            if self._victim.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(self._victim.pid, signal.SIGKILL)

    def _choose(self, request: Request) -> Fault:
        who = _who(request)
        if who is None:
            return GOOD
        story = self._stories[who[0]]
        with self._lock:
            dice = self._dice[story.number]
            if not request.is_start:
                return mishaps.of_read(dice, request.operation)[1]
            item = self._item(request)
            left = self._faults[item.url]
            fault = left.pop(0)[1] if left else GOOD
            self._starts[who] += 1
            death = story.death(*who[1:])
            if death is not None and death.place in BY_SERVER and death.nth == self._starts[who]:
                fault = _last_words(death, request.operation, dice)
                self._victim.pid = int(request.headers["x-pid"])
                self.kills.append((*who, death.place))
            return replace(fault, listed_after=item.listed_after)

    def _item(self, request: Request) -> Item:
        story, number = item_of(request.items[0]["url"])
        return self._stories[story].items[number]

    def _created(self, runs: list[StoredRun]) -> None:
        for run in runs:
            story, number = item_of(run.url)
            item = self._stories[story].items[number]
            run.ends = run.created + item.run_seconds
            if item.fails and len(self.started(run.url)) == 1:
                run.status_at_end = "FAILED"
            if self._stories[story].decoys:
                self._add_decoys(run)

    def _add_decoys(self, run: StoredRun) -> None:
        """Others' runs that are listed before it, and have its reference somewhere in their goals."""
        reference = run.goal.splitlines()[-1]
        for text in (
            f"What does this mean?\n{reference}\nExplain it.",
            f"Look up {reference!r} in the manual",
        ):
            self.add_run(text, clock_error=1.0)

    def list_runs(self, query: dict[str, str]) -> dict[str, Any]:
        """With small pages."""
        return super().list_runs({**query, "limit": str(min(int(query.get("limit", 20)), _PAGE))})


def _last_words(death: Death, operation: str, dice: random.Random) -> Fault:
    """What a server still sends to a program that it kills."""
    if death.place == "start: run created, no answer":
        return Fault(cut=0, then=Then.CLOSE)
    if operation == "stream":
        return Fault(events=dice.randint(0, 2), tail=b'data: {"type": "PRO', then=Then.CLOSE)
    return Fault(cut=dice.choice([15, 60, -20, -2]), then=Then.CLOSE)


def _who(request: Request) -> tuple[int, int, int] | None:
    """The story, program and life of whoever asks."""
    told = request.headers.get("x-who")
    if told is None:
        return None
    story, program, life = map(int, told.split("/"))
    return story, program, life
