"""The plots: cost over size, ratios to the floor, and where the time goes."""

from __future__ import annotations

from typing import Any

from benchmarks.report import packages
from benchmarks.report.svg import Drawing, Scale, linear, logarithmic, short, ticks

_WIDTH = 760
_FLOOR, _CLIENT, _MISSED = "#8c959f", "#2f81f7", "#e08e2b"
_PACKAGES = dict(
    zip(
        packages.ORDER,
        (_CLIENT, "#e08e2b", "#d1575b", "#a371d9", "#3aa6a0", "#57a64a", "#c9a400", "#d15fa5", _FLOOR),
        strict=True,
    )
)


def curve(figures: dict[str, Any]) -> str:
    """Cost over size: in total, and per item, where a flat line means linear growth."""
    drawing = Drawing(_WIDTH, 270, f"{figures['title']}: cost over {figures['size']}")
    items, sides = figures["items"], figures["seconds"]
    each = {
        label: [s / count for s, count in zip(seconds, items, strict=True)]
        for label, seconds in sides.items()
    }
    scale, unit = (1e6, "µs") if min(map(min, each.values())) < 1e-4 else (1e3, "ms")
    each = {label: [cost * scale for cost in costs] for label, costs in each.items()}
    drawing.text(46, 16, figures["title"], kind="title")
    drawing.legend(46, 36, list(zip(sides, (_FLOOR, _CLIENT), strict=True)), 80)
    whole_at = linear(ticks(items[-1])[-1], 46, 350)
    each_at = logarithmic(items[0], items[-1], 446, 740)
    _panel(drawing, (46, 350), whole_at, ticks(items[-1]), items, sides, "seconds in total", figures["size"])
    said = f"{unit} per {figures['item']} (flat is linear)"
    _panel(drawing, (436, 750), each_at, items, items, each, said, figures["size"])
    return str(drawing)


def _panel(
    drawing: Drawing,
    sides_at: tuple[float, float],
    at: Scale,
    marked: list[float],
    items: list[float],
    sides: dict[str, list[float]],
    said: str,
    below: str,
) -> None:
    left, right = sides_at
    top, bottom = 74, 226
    levels = ticks(max(map(max, sides.values())))
    height = linear(levels[-1], bottom, top)
    drawing.text(left, top - 14, said, kind="faint")
    for level in levels:
        drawing.line(left, height(level), right, height(level), "grid" if level else "")
        drawing.text(left - 6, height(level) + 4, short(level), "end", "faint")
    for mark in marked:
        drawing.line(at(mark), bottom, at(mark), bottom + 4)
        drawing.text(at(mark), bottom + 17, short(mark), "middle", "faint")
    drawing.text((left + right) / 2, bottom + 35, below, "middle", "faint")
    for costs, colour in zip(sides.values(), (_FLOOR, _CLIENT), strict=True):
        drawing.curve([(at(x), height(y)) for x, y in zip(items, costs, strict=True)], colour)


def ratios(figures: dict[str, Any]) -> str:
    """How many times as fast or as cheap as the floor the client is, with the aims."""
    left, right, row_height = 310, 710, 22
    bottom = 44 + row_height * len(figures)
    drawing = Drawing(_WIDTH, bottom + 24, "How many times as fast, or as cheap, as the floor the client is")
    shown = [figure for row in figures.values() for figure in (row["times"], row["aim"])]
    marks = [2.0**power for power in range(-4, 6)]
    least = max(mark for mark in marks if mark <= min(shown))
    most = min(mark for mark in marks if mark >= max(shown))
    at = logarithmic(least, most, left, right)
    drawing.text(10, 16, "Times as fast, or as cheap, as the floor", kind="title")
    drawing.legend(310, 16, [("aim met", _CLIENT), ("not met", _MISSED)], 80)
    drawing.line(474, 6, 474, 18, "mark")
    drawing.text(480, 16, "aim")
    for mark in marks:
        if least <= mark <= most:
            drawing.line(at(mark), 34, at(mark), bottom, "" if mark == 1 else "grid")
            drawing.text(at(mark), bottom + 16, f"{mark:g} x", "middle", "faint")
    for row, (title, figure) in enumerate(figures.items()):
        y = 38 + row * row_height
        times, aim = figure["times"], figure["aim"]
        drawing.text(left - 12, y + 12, title, "end")
        drawing.bar(at(1), at(times), y + 2, 13, _CLIENT if times >= aim else _MISSED)
        drawing.line(at(aim), y, at(aim), y + 17, "mark")
        drawing.text(at(max(times, aim, 1)) + 6, y + 12, f"{times:.2f}")
    return str(drawing)


def shares(figures: dict[str, Any]) -> str:
    """Where the CPU time goes: a bar for each side; the floor's is 100 long."""
    left, right, top, row_height = 230, 745, 70, 46
    bottom = top + row_height * len(figures)
    drawing = Drawing(_WIDTH, bottom + 40, "Where the CPU time goes, by package")
    drawing.text(10, 16, "Where the CPU time goes", kind="title")
    drawing.legend(10, 38, list(_PACKAGES.items()), 76)
    whole = {name: sum(next(iter(share["samples"].values())).values()) for name, share in figures.items()}
    longest = max(
        sum(samples.values()) / whole[name]
        for name, share in figures.items()
        for samples in share["samples"].values()
    )
    marks = ticks(longest * 100)
    at = linear(marks[-1], left, right)
    for mark in marks:
        drawing.line(at(mark), top - 10, at(mark), bottom, "grid" if mark else "")
        drawing.text(at(mark), bottom + 16, f"{mark:g}", "middle", "faint")
    drawing.text((left + right) / 2, bottom + 33, "CPU time; the floor's is 100", "middle", "faint")
    for row, (name, share) in enumerate(figures.items()):
        y = top + row * row_height
        drawing.text(10, y + 12, share["title"])
        for i, (label, samples) in enumerate(share["samples"].items()):
            drawing.text(left - 8, y + 12 + 17 * i, label, "end", "faint")
            end = 0.0
            for group, count in packages.grouped(samples).items():
                start, end = end, end + count / whole[name] * 100
                drawing.bar(at(start), at(end), y + 2 + 17 * i, 13, _PACKAGES[group])
    return str(drawing)
