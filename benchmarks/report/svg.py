"""Generates small SVGs with real text, which follow the reader's light or dark theme."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

Scale = Callable[[float], float]

_STYLE = """\
svg{font:11px system-ui,sans-serif;fill:#1f2328}
.title{font-weight:600;font-size:12px}
.faint{fill:#656d76}
line{stroke:#656d76;stroke-width:1}
.grid{stroke-opacity:.25}
.mark{stroke:#1f2328;stroke-width:2}
polyline{fill:none;stroke-width:2}
@media(prefers-color-scheme:dark){svg{fill:#d1d7e0}.faint{fill:#9198a1}line{stroke:#9198a1}.mark{stroke:#d1d7e0}}"""


class Drawing:
    """A drawing; coordinates are in pixels from the top left corner."""

    def __init__(self, width: float, height: float, described: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" role="img" aria-label="{escape(described)}">',
            f"<style>\n{_STYLE}\n</style>",
        ]

    def text(self, x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> None:
        """Add a text; the anchor is the part of it that is at x: start, middle or end."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{_class(kind)}>{escape(text)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "") -> None:
        """A line."""
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(kind)}/>')

    def bar(self, x1: float, x2: float, y: float, height: float, colour: str) -> None:
        """Add a bar between two x coordinates, in any order."""
        left, width = min(x1, x2), abs(x2 - x1)
        self._parts.append(
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:g}" fill="{colour}"/>'
        )

    def curve(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Add a line through points, with a dot at each."""
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{places}" stroke="{colour}"/>')
        self._parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)

    def legend(self, x: float, y: float, entries: Sequence[tuple[str, str]], step: float) -> None:
        """Add a legend, in one row."""
        for i, (name, colour) in enumerate(entries):
            self.bar(x + i * step, x + i * step + 10, y - 9, 10, colour)
            self.text(x + i * step + 14, y, name)

    def __str__(self) -> str:
        return "\n".join([*self._parts, "</svg>\n"])


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def linear(most: float, start: float, end: float) -> Scale:
    """A linear scale: 0 to `most` is mapped to `start` to `end`."""
    return lambda figure: start + figure / most * (end - start)


def logarithmic(least: float, most: float, start: float, end: float) -> Scale:
    """A logarithmic scale: `least` to `most` is mapped to `start` to `end`."""
    return lambda figure: start + math.log(figure / least) / math.log(most / least) * (end - start)


def ticks(most: float) -> list[float]:
    """Round numbers from 0 to at least `most`."""
    rough = most / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [i * step for i in range(math.ceil(most / step - 1e-9) + 1)]


def short(figure: float) -> str:
    """A number as the label of an axis."""
    return f"{figure / 1000:g}k" if figure >= 1000 else f"{figure:.4g}"
