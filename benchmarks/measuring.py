"""Measures cases, curves and shares: runs rounds of their sides, and computes the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import environment, results, running
from benchmarks.cases import Case, Curve, Measurement, Share, Side
from benchmarks.running import Servers, SideError

Rounds = dict[str, list[dict[str, Any]]]

CURVE_ROUNDS = 3


@dataclass(frozen=True)
class Effort:
    """How often to run sides.

    Attributes:
        quick: Whether to run only a third of the rounds, but at least two.
        rounds: The number of rounds; None for the number that each case defines.
    """

    quick: bool = False
    rounds: int | None = None

    def of(self, usual: int) -> int:
        """The number of rounds, for a case that usually has `usual`."""
        return self.rounds or (max(2, usual // 3) if self.quick else usual)


def measure(what: Measurement, effort: Effort, on: Servers) -> dict[str, Any]:
    """Measure a case, curve or share; if it fails, return the reason as `failed`."""
    try:
        if isinstance(what, Case):
            return results.of_case(what, _case(what, effort.of(what.rounds), on))
        if isinstance(what, Curve):
            return results.of_curve(what, _curve(what, effort.of(CURVE_ROUNDS), on))
        return results.of_share(what, _share(what, on))
    except SideError as failure:
        return {"title": what.title, "failed": str(failure)}


def _case(case: Case, rounds: int, on: Servers) -> Rounds:
    if case.instructions is None:
        return _rounds(case.sides, rounds, on)
    if environment.valgrind() is None:
        raise SideError("valgrind isn't installed: apt-get install valgrind")
    # Instruction counts are almost exactly reproducible.
    return {side.label: [_counted(case, side, on)] for side in case.sides}


def _counted(case: Case, side: Side, on: Servers) -> dict[str, Any]:
    instructions = case.instructions
    assert instructions is not None
    count = running.count_instructions(side, on)
    if instructions.less is not None:
        count -= running.count_instructions(instructions.less(side), on)
    return {"value": count / instructions.per}


def _curve(curve: Curve, rounds: int, on: Servers) -> dict[int, Rounds]:
    return {size: _rounds(curve.sides(size), rounds, on) for size in curve.sizes}


def _rounds(sides: Sequence[Side], rounds: int, on: Servers) -> Rounds:
    """Run all sides in turn, for a number of rounds."""
    measured: Rounds = {side.label: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            measured[side.label].append(running.run(side, on))
    return measured


def _share(share: Share, on: Servers) -> dict[str, Counter[str]]:
    return {side.label: Counter(running.run(side, on, sampled=True)["samples"]) for side in share.sides}
