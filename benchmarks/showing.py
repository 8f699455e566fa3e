"""Prints figures as soon as they are available."""

from __future__ import annotations

from typing import Any

from benchmarks.report import wording

_KNOWN = {"value", "least", "most", "rounds", "difference", "ratio", "least_ratio", "most_ratio"}


def show(name: str, figures: dict[str, Any]) -> None:
    """Print the figures of one case, curve or share."""
    unit = f" [{figures['unit']}]" if "unit" in figures else ""
    print(f"\n{name}: {figures['title']}{unit}")
    if "failed" in figures:
        print(f"  FAILED: {figures['failed']}")
    elif "sides" in figures:
        _case(figures)
    elif "seconds" in figures:
        _curve(figures)
    else:
        _share(figures)


def _case(figures: dict[str, Any]) -> None:
    for label, side in figures["sides"].items():
        spread = f"({side['least']:,.4g} to {side['most']:,.4g})"
        others = ", ".join(
            f"{wording.NAMES.get(name, name)} {value:.3g}"
            for name, value in side.items()
            if name not in _KNOWN
        )
        print(f"  {label:30} {side['value']:12,.4g} {spread:24} {wording.ratio(side):26} {others}".rstrip())
    for aim in figures["aims"]:
        met = "met    " if aim["met"] else "NOT met"
        print(f"  {met}  {wording.aim(aim, figures['unit'])}: {aim['figure']:.3g}")


def _curve(figures: dict[str, Any]) -> None:
    print(f"  {figures['size']:>12} " + "".join(f"{items:>12,g}" for items in figures["items"]))
    for label, seconds in figures["seconds"].items():
        each = zip(seconds, figures["items"], strict=True)
        print(
            f"  {label:>12} " + "".join(f"{took / items * 1e6:>12,.4g}" for took, items in each) + " µs each"
        )


def _share(figures: dict[str, Any]) -> None:
    for label, samples in figures["samples"].items():
        total = sum(samples.values())
        shares = (f"{package} {count / total:.0%}" for package, count in list(samples.items())[:9])
        print(f"  {label:12} {total:6} samples: {', '.join(shares)}")
