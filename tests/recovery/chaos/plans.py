"""The plan of an ask: everything random about it comes from the seed and its number."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

from faults import Fault

from . import mishaps

RUNS: Final = ("run", "queue", "start", "stream", "batch")
PRODUCTS: Final = (
    "monitor",
    "check",
    "research queue",
    "research run",
    "research stream",
    "dataset",
    "filling",
    "profile",
    "setup",
    "vault",
)
RESEARCH: Final = ("research queue", "research run", "research stream")
# Half of the asks start runs.
KINDS: Final = (*RUNS * 2, *("session",) * 2, *PRODUCTS)
WORLDS: Final = ("threads", "asyncio", "trio")
FORKS: Final = "forks"
# Processes are dear: one ask of so many is one of a program that forks.
FORK_EVERY: Final = 20

SCOPES: Final = ("move_on_after", "fail_after")
OUTER: Final[dict[str, tuple[str, ...]]] = {
    "asyncio": (*SCOPES, "wait_for", "asyncio.timeout", "task.cancel", "cancelled twice"),
    "trio": (*SCOPES, "trio.move_on_after", "trio.fail_after", "nursery"),
}
"""How a task can be left, by what runs it."""

BLOCKS: Final = ("exception", "end of block")
"""How a block, a loop or a stream can be left."""

CLOCKS: Final = {"one clock": 0.0, "two clocks": 60.0, "two near clocks": 2.0}
"""By how many seconds the two nodes of the API differ that a client talks to."""

FAULTS: Final = (
    *mishaps.STARTS,
    *mishaps.STREAMS,
    *dict.fromkeys((*OUTER["asyncio"], *OUTER["trio"], *BLOCKS)),
    "two clocks",
    "two near clocks",
    "clock step",
    "fork",
    "kill",
)
"""All that an ask can be given, by name."""


@dataclass(frozen=True)
class Plan:
    """What is to happen to an ask.

    Attributes:
        kind: What it calls.
        world: What it runs in.
        faults: What goes wrong with its first requests, with names.
        stranger: Whether others start a run of its goal: just "after" its own, or a minute before ("old").
        leave: How the caller leaves it early; None for not at all.
        leave_after: After how many seconds.
        exits: The options that say what becomes of the run then.
        run_seconds: How long its runs take.
        clocks: Which client asks.
        step: By how many seconds the wall clock is set when the request has come.
        killed: Whether its process is killed while it asks.
    """

    number: int
    kind: str
    world: str
    goals: tuple[str, ...]
    adopt: str
    timeout: float
    faults: tuple[tuple[str, Fault], ...]
    stranger: str | None
    leave: str | None
    leave_after: float
    exits: dict[str, bool] = field(hash=False)
    options: dict[str, Any] = field(hash=False)
    run_seconds: float
    clocks: str
    step: float
    killed: bool

    @property
    def urls(self) -> list[str]:
        """Its own, by which the server knows whose a run is; the client cannot see them in a run."""
        return [f"https://example.com/{self.number}/{n}" for n in range(len(self.goals))]


def number_in(url: str) -> int | None:
    """The number of the ask that a url belongs to; None for a stranger's."""
    return int(url.split("/")[3]) if url.startswith("https://example.com/") else None


def plan(seed: int, number: int, only: str | None = None) -> Plan:
    """What is to happen to an ask.

    Args:
        seed: What all is made of.
        number: Which ask.
        only: The fault that it is to have; None for any.
    """
    dice = random.Random(f"{seed}/{number}")
    world, leave = _world_and_leave(dice, number, only)
    kind = dice.choice(("start", "stream", "batch", "research stream") if leave in BLOCKS else KINDS)
    if only in mishaps.STREAMS:
        kind = dice.choice(("stream", "stream", "research stream"))
    adopt = dice.choice(["when_sure", "when_sure", "when_sure", "never", "when_single"])
    # Processes do not know of each other's starts, so those of one that forks have goals of their own.
    shared = adopt != "when_single" and dice.random() < 0.3 and world != FORKS
    goal = f"shared goal {number % 7}" if shared else f"goal {number}"
    goals = [goal]
    if kind == "batch":
        goals = [goal if dice.random() < 0.2 else f"{goal}, part {n}" for n in range(dice.randint(1, 4))]
    clocks = only if only in CLOCKS else dice.choice(["one clock"] * 8 + ["two clocks", "two near clocks"])
    step = dice.choice([-60.0, 60.0]) if dice.random() < 0.1 or only == "clock step" else 0.0
    faults = [mishaps.of_start(dice, kind, only) for _ in range(3)]
    wrong_time = step != 0 or clocks != "one clock"
    if (
        wrong_time and dice.random() < 0.5
    ):  # it matters where a run is searched for that another's may be taken for
        faults[0] = mishaps.of_start(dice, kind, "held, no answer")
    exits: dict[str, bool] = {}
    if kind in (*RUNS, *RESEARCH) and dice.random() < (0.6 if leave else 0.1):
        exits["cancel_on_exit"] = True
    elif kind in ("run", "stream") and dice.random() < 0.4:
        exits["cancel_on_timeout"] = True
    options: dict[str, Any] = {}
    if kind in ("stream", "research stream"):
        options["idle_timeout"] = dice.choice([2.0, 8.0])
        if kind == "stream" and dice.random() < 0.1:
            options["recover"] = False
    return Plan(
        number=number,
        kind=kind,
        world=world,
        goals=tuple(goals),
        adopt=adopt,
        timeout=dice.choice([4.0, 10.0, 30.0]),
        faults=tuple(faults),
        stranger=_stranger(dice, wrong_time) if not shared and adopt != "when_single" else None,
        leave=leave,
        leave_after=dice.uniform(0, 6),
        exits=exits,
        options=options,
        run_seconds=dice.choice([3.0, 3.0, 20.0]) if leave or exits else 3.0,
        clocks=clocks,
        step=step,
        killed=only == "kill" or (world == FORKS and only is None and dice.random() < 0.3),
    )


def _world_and_leave(dice: random.Random, number: int, only: str | None) -> tuple[str, str | None]:
    if only in ("fork", "kill") or (only is None and number % FORK_EVERY == FORK_EVERY - 1):
        return FORKS, None
    worlds = [world for world in WORLDS if only in (*BLOCKS, *OUTER.get(world, ()))] or list(WORLDS)
    world = worlds[number % len(worlds)]
    if only in BLOCKS or only in OUTER.get(world, ()):
        return world, only
    if dice.random() < 0.3:
        return world, dice.choice([*BLOCKS, *OUTER.get(world, ()) * 2])
    return world, None


def _stranger(dice: random.Random, wrong_time: bool) -> str | None:
    if wrong_time and dice.random() < 0.7:
        return "old"
    return dice.choice(["after", "after", "old", "old", None, None, None])
