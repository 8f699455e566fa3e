"""The stories of one process: the server in threads, and the programs, which another process forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time as real_time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.fast_time import FastTime

from .plans import Story, plan
from .server import KillServer


@dataclass
class World:
    """All that takes part, and what is left of it.

    Attributes:
        begun: The stories that were begun.
        notes: What each program wrote, by story and program.
        lives: How each life ended: story, program, life, exit code, and whether it hung.
    """

    seed: int
    numbers: Sequence[int]
    folder: Path
    only: str | None
    stories: dict[int, Story] = field(init=False)
    begun: set[int] = field(default_factory=set[int])
    notes: dict[tuple[int, int], list[dict[str, Any]]] = field(
        default_factory=dict[tuple[int, int], list[dict[str, Any]]]
    )
    lives: list[tuple[int, int, int, int, bool]] = field(
        default_factory=list[tuple[int, int, int, int, bool]]
    )

    def __post_init__(self) -> None:
        self.stories = {number: plan(self.seed, number, self.only) for number in self.numbers}
        self.time = FastTime()
        self.server = KillServer(self.stories, self.time)

    def ledger(self, number: int) -> Path:
        """The ledger of a story."""
        return self.folder / f"{number}.db"

    def play(self, deaths: int | None, seconds: float, broken: str | None) -> None:
        """Play the stories."""
        with self.server:
            deadline = real_time.monotonic() + seconds
            given = [
                self.server.url,
                self.time.beginning,
                self.seed,
                list(self.numbers),
                self.only,
                deaths,
                deadline,
            ]
            program = [sys.executable, "-X", "faulthandler", "-m", "kill9.nursery"]
            command = [*program, json.dumps([*given, str(self.folder), broken])]
            paths = [Path(__file__).parents[1], Path(__file__).parents[2] / "support"]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
            subprocess.run(command, check=True, env=environment)
        for line in (self.folder / "lives.jsonl").read_text().splitlines():
            self.lives.append(tuple(json.loads(line)))
        self.begun = {number for number, *_ in self.lives}
        for number in self.begun:
            for program_number in range(self.stories[number].programs + 1):
                path = self.folder / f"{number}.{program_number}.jsonl"
                lines = path.read_text().splitlines() if path.exists() else []
                self.notes[number, program_number] = [json.loads(line) for line in lines]
