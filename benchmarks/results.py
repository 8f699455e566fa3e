"""Computes figures from rounds: medians, ratios, and whether the aims are met. All of them can be stored as JSON."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from benchmarks.cases import Case, Curve, Share

Rounds = Mapping[str, Sequence[Mapping[str, Any]]]


def of_case(case: Case, rounds: Rounds) -> dict[str, Any]:
    """The figures of a case.

    In each round, a side is compared with the floor's run just before it. The ratio is the median of these ratios, so a
    machine that gets slower for a while favours neither.
    """
    floor = [measured["value"] for measured in rounds[case.sides[0].label]]
    sides = {side.label: _side(rounds[side.label], floor) for side in case.sides}
    figures: dict[str, Any] = {
        "title": case.title,
        "floor": case.floor,
        "unit": case.unit,
        "comparable": case.comparable,
        "sides": sides,
        "aims": [],
    }
    for aim in case.aims:
        figure = sides[case.sides[1].label][aim.of]
        figures["aims"].append(
            {
                "of": aim.of,
                "sign": aim.sign,
                "limit": aim.limit,
                "figure": figure,
                "met": aim.is_met(figure),
            }
        )
    return figures


def _side(rounds: Sequence[Mapping[str, Any]], floor: Sequence[float]) -> dict[str, Any]:
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
    for name in rounds[0].keys() - {"value", "seconds", "wall"}:
        others = [measured[name] for measured in rounds]
        # For counts, a single occurrence is too many.
        figures[name] = max(others) if name in ("lost", "unwanted") else statistics.median(others)
    return dict(sorted(figures.items()))


def of_curve(curve: Curve, rounds: Mapping[int, Rounds]) -> dict[str, Any]:
    """The figures of a curve: the median of the seconds at each size."""
    sides: dict[str, list[float]] = {}
    for size in curve.sizes:
        for label, measured in rounds[size].items():
            sides.setdefault(label, []).append(statistics.median(once["seconds"] for once in measured))
    return {
        "title": curve.title,
        "size": curve.size,
        "item": curve.item,
        "items": [curve.items(size) for size in curve.sizes],
        "seconds": sides,
    }


def of_share(share: Share, rounds: Mapping[str, Counter[str]]) -> dict[str, Any]:
    """The figures of a share: the samples of each side in each package."""
    return {
        "title": share.title,
        "samples": {label: dict(count.most_common()) for label, count in rounds.items()},
    }


def merged(
    everything: dict[str, Any], measured: Mapping[str, Mapping[str, Any]], commit: str
) -> dict[str, Any]:
    """The figures of a full run, with some that were measured later.

    Args:
        everything: The figures of the full run.
        measured: The others, by kind and name.
        commit: The commit of the client that they belong to.
    """
    result = dict(everything)
    for kind, name in (("Case", "cases"), ("Curve", "curves"), ("Share", "shares")):
        later = {case: {**figures, "commit": commit} for case, figures in measured[kind].items()}
        result[name] = {**result[name], **later}
    return result


def written(everything: Mapping[str, object]) -> str:
    """All figures as JSON, with a line for each case, so that a diff shows which cases have changed."""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    parts: list[str] = []
    for name, part in everything.items():
        figures = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        entries = ",\n".join(f"{text(key)}: {text(value)}" for key, value in figures.items())
        parts.append(f"{text(name)}: " + (f"{{\n{entries}\n}}" if entries else text(everything[name])))
    return "{\n" + ",\n".join(parts) + "\n}\n"
