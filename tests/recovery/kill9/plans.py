"""The plan of a story: everything random about it comes from the seed and its number."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from chaos import mishaps
from faults import GOOD, Fault

SINGLE: Final = ("run", "queue", "start", "stream")
KINDS: Final = (*SINGLE, "queue_many", "run_many")
FLAVOURS: Final = ("sync", "asyncio", "trio")

PLACES: Final = (
    "ledger being opened",
    "before the intent's commit",
    "intent committed",
    "before the first byte of a start",
    "start: headers sent",
    "start: half of the body sent",
    "start: all sent",
    "start: run created, no answer",
    "start: half of the answer sent",
    "start: answer arrived",
    "before the commit of a run's id",
    "run's id committed",
    "pause",
    "poll sent",
    "poll answered",
    "before the commit of an end",
    "end committed",
    "search sent",
    "search answered",
    "a result in the program's hands",
    "random moment",
)
"""Where a program can die."""

OF_LEDGER: Final = {place for place in PLACES if "commit" in place or "ledger" in place}
BY_SERVER: Final = {"start: run created, no answer", "start: half of the answer sent"}

_COMMITS: Final = [place for place in PLACES if place.startswith("before the") and "commit" in place]

# Later than this, no run is listed.
LISTED_LATE: Final = 10.0
_LISTED: Final = (0.0, 0.0, 0.0, 1.0, 4.0, 8.0, LISTED_LATE)
_RANDOM_SECONDS: Final = 0.6
"""Real ones: within this time, a program dies that dies at a random moment."""

_FAULTS: Final = (
    "no answer",
    "held, no answer",
    "answer cut",
    "proxy's page",
    "busy",
    "INTERNAL_ERROR before",
    "INTERNAL_ERROR after",
    "other 500",
    "unreadable",
)


@dataclass(frozen=True)
class Item:
    """One thing to do.

    Attributes:
        faults: What goes wrong with the first requests that start it, with names.
        listed_after: How late its runs are listed, one after the other.
        run_seconds: How long its runs take.
        fails: Whether its first run fails, and it's started again then.
    """

    story: int
    number: int
    faults: tuple[tuple[str, Fault], ...]
    listed_after: float
    run_seconds: float
    fails: bool

    @property
    def key(self) -> str:
        return f"item {self.number} of {self.story}"

    @property
    def goal(self) -> str:
        return f"Read part {self.number} of story {self.story}"

    @property
    def url(self) -> str:
        """Its own, by which the server knows whose a run is."""
        return f"https://example.com/{self.story}/{self.number}"


@dataclass(frozen=True)
class Death:
    """Where a program dies: the n-th time that it comes to a place, or after some seconds."""

    place: str
    nth: int
    seconds: float


@dataclass(frozen=True)
class FullDisk:
    """A disk that is full from the n-th time on that a program comes to a place, until some pauses later."""

    place: str
    nth: int
    pauses: int


@dataclass(frozen=True)
class Story:
    """What is to happen to the programs of one ledger.

    Attributes:
        kind: How they start their runs.
        ledger: Whether they have a ledger, or only keys.
        programs: How many there are at once.
        deaths: How often each of them dies.
        reconciles: Whether they begin with `client.reconcile()`.
        clocks: By how many seconds their wall clocks are wrong, for each life in turn.
        decoys: Whether others' runs have goals in which the references of this story occur.
        forks: Whether each program forks, with its client open, and parent and child do the same.
    """

    seed: int
    number: int
    kind: str
    flavour: str
    ledger: bool
    programs: int
    deaths: int
    items: tuple[Item, ...]
    reconciles: bool
    clocks: tuple[float, ...]
    decoys: bool
    forks: bool
    only: str | None

    def death(self, program: int, life: int) -> Death | None:
        """How a program ends, the n-th time that it's started; None if it lives."""
        if life >= self.deaths or program >= self.programs:
            return None
        dice = random.Random(f"{self.seed}/{self.number}/{program}")
        places = [place for place in PLACES if self.ledger or place not in OF_LEDGER]
        # In turn, so that none is left out; and some at random.
        turn = self.number + program * 7
        chosen = [
            places[(turn + 5 * n) % len(places)] if n < 2 else dice.choice(places) for n in range(self.deaths)
        ]
        if dice.random() < 0.7:  # what comes early in a program's life first: the next life gets beyond it
            chosen.sort(key=PLACES.index)
        deaths = [_death(dice, self.only or place, is_first=n == 0) for n, place in enumerate(chosen)]
        return deaths[life]

    def full_disk(self, program: int, life: int) -> FullDisk | None:
        """When the disk is full; None for never."""
        dice = random.Random(f"{self.seed}/{self.number}/{program}/{life}/disk")
        if not self.ledger or program >= self.programs or dice.random() < 0.9:
            return None
        return FullDisk(dice.choice(_COMMITS), dice.choice([1, 1, 2]), dice.randint(1, 4))

    def clock(self, life: int) -> float:
        """By how many seconds the wall clock is wrong in a life."""
        return self.clocks[life % len(self.clocks)]


def plan(seed: int, number: int, only: str | None = None) -> Story:
    """What is to happen in a story.

    Args:
        seed: What all is made of.
        number: Which story.
        only: The place where to die; None for any.
    """
    dice = random.Random(f"{seed}/{number}/story")
    kind = KINDS[number % len(KINDS)]
    flavour = FLAVOURS[number // len(KINDS) % len(FLAVOURS)]
    ledger = kind == "run_many" or only in OF_LEDGER or dice.random() < 0.85
    # Without a ledger, two machines that start the same key at once are not covered: see docs/reliability.md.
    programs = dice.choice([1, 1, 2, 3]) if ledger else 1
    count = dice.randint(2, 8) if kind in ("run_many", "queue_many") else dice.randint(1, 3)
    hours = [dice.uniform(-9, 9) * 3600 for _ in range(3)]
    return Story(
        seed=seed,
        number=number,
        kind=kind,
        flavour=flavour,
        ledger=ledger,
        programs=programs,
        deaths=dice.randint(3, 8) if programs == 1 else dice.randint(2, 4),
        items=tuple(_item(dice, number, n) for n in range(count)),
        reconciles=ledger and dice.random() < 0.3,
        clocks=tuple(hours) if dice.random() < 0.25 else (0.0,),
        decoys=dice.random() < 0.4,
        forks=flavour == "sync" and kind in SINGLE and dice.random() < 0.3 and ledger,
        only=only,
    )


def _item(dice: random.Random, story: int, number: int) -> Item:
    return Item(
        story=story,
        number=number,
        faults=tuple(_fault(dice) for _ in range(3)),
        listed_after=dice.choice(_LISTED),
        run_seconds=dice.choice([0.0, 1.0, 3.0, 10.0]),
        fails=dice.random() < 0.15,
    )


def _fault(dice: random.Random) -> tuple[str, Fault]:
    if dice.random() < 0.6:
        return "none", GOOD
    name = dice.choice(_FAULTS)
    fault = mishaps.STARTS[name](dice)
    return name, replace(fault, listed_after=min(fault.listed_after, LISTED_LATE))


def _death(dice: random.Random, place: str, *, is_first: bool) -> Death:
    nth = dice.choice([1, 1, 1, 1, 2, 3])
    if place == "ledger being opened" and is_first:
        nth = dice.randint(1, 12)  # a new one has a schema to be made
    return Death(place, nth, dice.uniform(0, _RANDOM_SECONDS))


def item_of(url: str) -> tuple[int, int]:
    """The story and the number of the item that a url belongs to."""
    story, number = url.removeprefix("https://example.com/").split("/")
    return int(story), int(number)
