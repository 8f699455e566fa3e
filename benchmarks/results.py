"""From what rounds measured to figures: medians, ratios, whether the aims are met."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.cases import Case

Measured = Mapping[str, Any]


def summarise(case: Case, rounds: Mapping[str, Sequence[Measured]]) -> dict[str, Any]:
    """The figures of a case, as they go into the JSON file.

    A side is compared with the floor's run just before it, round by round, and the median of these ratios is
    the ratio: so a machine that gets slower for a while does not favour either.
    """
    floor = [measured["value"] for measured in rounds[case.sides[0].label]]
    sides = {side.label: _side(rounds[side.label], floor) for side in case.sides}
    summary: dict[str, Any] = {"title": case.title, "unit": case.unit, "sides": sides}
    if len(case.sides) > 1:
        client = sides[case.sides[1].label]
        summary["aims"] = [
            {"aim": str(aim), "figure": client[aim.of], "met": aim.is_met(client[aim.of])}
            for aim in case.aims
        ]
    return summary


def _side(rounds: Sequence[Measured], floor: Sequence[float]) -> dict[str, Any]:
    values = [measured["value"] for measured in rounds]
    figures: dict[str, Any] = {
        "value": statistics.median(values),
        "least": min(values),
        "most": max(values),
        "rounds": len(values),
        "difference": statistics.median(value - base for value, base in zip(values, floor, strict=True)),
    }
    if all(floor):
        ratios = [value / base for value, base in zip(values, floor, strict=True)]
        figures |= {"ratio": statistics.median(ratios), "least_ratio": min(ratios), "most_ratio": max(ratios)}
    for name in rounds[0].keys() - {"value"}:
        others = [measured[name] for measured in rounds if measured.get(name) is not None]
        if not others:
            continue
        if not all(isinstance(other, int | float) for other in others):
            figures[name] = others[0]
        elif name in ("lost", "unwanted"):
            figures[name] = max(others)  # once is too often
        else:
            figures[name] = statistics.median(others)
    return figures
