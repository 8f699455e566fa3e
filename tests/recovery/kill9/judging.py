"""Compares what the programs of a story say with what the server knows."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from fault_server import StoredRun

from tinyfish import Ledger

from .plans import FLAVOURS, KINDS, PLACES, Story, item_of
from .world import World

WRONG: Final = ("twice", "lost", "another's", "not ended", "pending", "again", "not ours")
_SHOWN: Final = 5


@dataclass
class Summary:
    """What came of it, in numbers, and the stories in which something was wrong, in words.

    Attributes:
        programs: How many programs there were; each has many lives.
        deaths: How many died, by place and kind of program.
        runs: How many runs were started, by operation.
        errors: The errors that programs met and tried again after, by class.
        wrong: How many items went wrong, by what was wrong.
        shown: Some of the stories, so that they can be repeated.
    """

    stories: int = 0
    programs: int = 0
    lives: int = 0
    items: int = 0
    requests: int = 0
    full_disks: int = 0
    deaths: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    flavours: Counter[str] = field(default_factory=Counter[str])
    runs: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])
    shown: list[str] = field(default_factory=list[str])

    def add(self, other: Summary) -> None:
        """Count another one in."""
        for name in ("stories", "programs", "lives", "items", "requests", "full_disks"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("deaths", "flavours", "runs", "errors", "wrong"):
            getattr(self, name).update(getattr(other, name))
        self.shown += other.shown

    @property
    def failed(self) -> bool:
        """Whether anything was wrong."""
        return self.wrong.total() > 0

    def died_at(self, place: str) -> int:
        """How many died at a place."""
        return sum(count for (at, _), count in self.deaths.items() if at == place)

    def lines(self) -> list[str]:
        """The numbers, as a table."""
        runs = ", ".join(f"{starter} {count:,}" for starter, count in sorted(self.runs.items()))
        flavours = ", ".join(f"{self.flavours[flavour]:,} {flavour}" for flavour in FLAVOURS)
        errors = ", ".join(f"{name} {count:,}" for name, count in self.errors.most_common()) or "none"
        lines = [
            f"{self.deaths.total():,} deaths ({flavours}) of {self.programs:,} programs in {self.stories:,} stories, "
            f"{self.items:,} items, {self.requests:,} requests",
            f"{self.runs.total():,} runs ({runs})",
            f"{self.full_disks:,} times the disk was full",
            f"errors that were tried again after: {errors}",
            "",
            f"{'died':36}{'all':>7}" + "".join(f"{kind:>12}" for kind in KINDS),
        ]
        for place in PLACES:
            counts = [self.deaths[place, kind] for kind in KINDS]
            lines.append(f"{place:36}{sum(counts):>7,}" + "".join(f"{count:>12,}" for count in counts))
        lines += ["", ", ".join(f"{self.wrong[name]} {name}" for name in WRONG)]
        return lines


def judge(world: World) -> Summary:
    """Compare."""
    summary = Summary(stories=len(world.begun), requests=len(world.server.requests))
    runs: dict[str, list[StoredRun]] = {}
    for run in world.server.started():
        runs.setdefault(run.url, []).append(run)
        summary.runs[run.starter] += 1
    for number in sorted(world.begun):
        story = world.stories[number]
        summary.programs += story.programs
        summary.items += len(story.items)
        mine = {url: found for url, found in runs.items() if item_of(url)[0] == number}
        judged = _Judge(world, story, mine, summary)
        wrong = judged.wrong()
        summary.wrong.update(wrong)
        if wrong and len(summary.shown) < _SHOWN:
            summary.shown.append("\n".join(judged.story(wrong)))
    return summary


@dataclass
class _Judge:
    """What is wrong with one story."""

    world: World
    plan: Story
    runs: dict[str, list[StoredRun]]
    summary: Summary

    def wrong(self) -> Counter[str]:
        wrong: Counter[str] = Counter()
        self._count_deaths()
        told = {note["run"] for notes in self._notes().values() for note in notes if "run" in note}
        told |= _in_ledger(self.world.ledger(self.plan.number), [run.run_id for run in self._all_runs()])
        for item in self.plan.items:
            runs = sorted(self.runs.get(item.url, []), key=lambda run: run.created)
            if any(
                later.created < run.ends or run.status_at_end != "FAILED" for run, later in pairwise(runs)
            ):
                wrong["twice"] += 1
            # Without a ledger, nobody tells of a run that has failed if another is started for it at once.
            skipped = {run.run_id for run in runs[:-1] if not self.plan.ledger}
            wrong["lost"] += sum(run.run_id not in told | skipped for run in runs)
            for program in range(self.plan.programs + 1):
                mine = [note for note in self._notes()[program] if note.get("item") == item.number]
                ended = [note for note in mine if note["what"] == "ended"]
                wrong["another's"] += any(note["run"] not in {run.run_id for run in runs} for note in mine)
                # By the last of its lives: what it had told of before its deaths, it can tell of again.
                last = max((life for _, of, life, *_ in self._lives() if of == program), default=-1)
                wrong["not ended"] += not any(note["life"] == last for note in ended)
        wrong["not ours"] += sum(code not in (0, -signal.SIGKILL) or hung for *_, code, hung in self._lives())
        wrong["not ours"] += sum(note["what"] == "raw" for notes in self._notes().values() for note in notes)
        wrong["again"] += sum(
            request.is_start and request.headers.get("x-who") == f"{self.plan.number}/{self.plan.programs}/0"
            for request in self.world.server.requests
        )
        if self.plan.ledger:
            wrong["pending"] += _pending(self.world.ledger(self.plan.number))
        return +wrong

    def _all_runs(self) -> list[StoredRun]:
        return [run for runs in self.runs.values() for run in runs]

    def _notes(self) -> dict[int, list[dict[str, Any]]]:
        return {
            program: self.world.notes[self.plan.number, program] for program in range(self.plan.programs + 1)
        }

    def _lives(self) -> list[tuple[int, int, int, int, bool]]:
        return [life for life in self.world.lives if life[0] == self.plan.number]

    def _count_deaths(self) -> None:
        kills = {
            (program, life): place
            for story, program, life, place in self.world.server.kills
            if story == self.plan.number
        }
        for _, program, life, code, hung in self._lives():
            self.summary.lives += 1
            if code == -signal.SIGKILL and not hung:
                noted = [
                    n["place"] for n in self._notes()[program] if n["what"] == "died" and n["life"] == life
                ]
                place = noted[0] if noted else kills.get((program, life), "random moment")
                self.summary.deaths[place, self.plan.kind] += 1
                self.summary.flavours[self.plan.flavour] += 1
        for notes in self._notes().values():
            self.summary.full_disks += sum(note["what"] == "full disk" for note in notes)
            self.summary.errors.update(
                note["error"].partition(":")[0] for note in notes if note["what"] == "error"
            )

    def story(self, wrong: Counter[str]) -> list[str]:
        """What happened, and how to play it again."""
        plan, server = self.plan, self.world.server
        lines = [
            f"{' and '.join(sorted(wrong))}: story {plan.number}, {plan.kind}, {plan.flavour}, "
            f"{'a ledger' if plan.ledger else 'no ledger'}, {plan.programs} programs, clocks {plan.clocks}",
            *(
                f"  item {item.number}: {', '.join(name for name, _ in item.faults)}; listed after "
                f"{item.listed_after:g} s, takes {item.run_seconds:g} s{', fails first' if item.fails else ''}"
                for item in plan.items
            ),
        ]
        for run in sorted(self._all_runs(), key=lambda run: run.created):
            lines.append(
                f"  run {run.run_id} {run.url} {run.goal.splitlines()[-1]!r} by {run.starter} at {run.created:.2f}, "
                f"listed {run.listed:.2f}, ends {run.ends:.2f}"
            )
        for program, notes in self._notes().items():
            lines += [f"  program {program}: {note}" for note in notes]
        for _, program, life, code, hung in self._lives():
            lines.append(
                f"  program {program}, life {life}: {plan.death(program, life)}, exit {code}, hung {hung}"
            )
        for request in server.requests:
            who = request.headers.get("x-who", "")
            if who.startswith(f"{plan.number}/"):
                asked = request.query or request.body.get("run_ids", "")
                lines.append(f"  request {request.at:.2f} {who} {request.operation} {request.path} {asked}")
        only = "" if plan.only is None else f" --only '{plan.only}'"
        lines.append(f"  again     --seed {plan.seed}{only} --stories {plan.number}")
        return lines


def _in_ledger(path: Path, run_ids: list[str]) -> set[str]:
    """Which of some runs a ledger has anywhere."""
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        text = "\n".join(connection.iterdump())
    return {run_id for run_id in run_ids if run_id in text}


def _pending(path: Path) -> int:
    """How many entries of a ledger have no end."""
    with Ledger(path) as ledger:
        return len(ledger.pending())
