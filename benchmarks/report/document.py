"""Fills benchmarks/README.md and docs/performance.md: what is between their markers, and their plots."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.report import plots, tables
from benchmarks.running import ROOT

# The first one has all blocks, the second one some of them.
DOCUMENTS: Final = (ROOT / "benchmarks" / "README.md", ROOT / "docs" / "performance.md")
PICTURES: Final = ROOT / "docs" / "images"

BLOCKS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "machine": tables.machine,
    "cases": tables.cases,
    "not-met": tables.not_met,
    "transports": tables.side_table("transports"),
    "http2": tables.side_table("http2"),
    "server": tables.server,
    "curves": tables.curves,
    "shares": tables.shares,
}


def write(figures: dict[str, Any]) -> None:
    """Write the figures into the documents, and draw the plots."""
    for path, text in _written(figures).items():
        path.write_text(text)


def disagreements(figures: dict[str, Any]) -> list[str]:
    """The files that don't match these figures: the documents, and their plots."""
    return [
        path.name for path, text in _written(figures).items() if not path.exists() or path.read_text() != text
    ]


def _written(figures: dict[str, Any]) -> dict[Path, str]:
    """The documents and all plots, generated from the figures."""
    drawn = {
        "ratios": plots.ratios(_ratios(figures["cases"])),
        "shares": plots.shares(_measured(figures["shares"])),
    }
    drawn |= {name: plots.curve(curve) for name, curve in _measured(figures["curves"]).items()}
    pictures = {PICTURES / f"performance-{name}.svg": text for name, text in drawn.items()}
    complete, short = DOCUMENTS
    texts = {
        complete: filled(complete.read_text(), figures),
        short: filled(short.read_text(), figures, ["not-met"]),
    }
    return {**texts, **pictures}


def _measured(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: measured for name, measured in figures.items() if "failed" not in measured}


def filled(text: str, figures: dict[str, Any], names: Iterable[str] = BLOCKS) -> str:
    """The text with its blocks filled."""
    for name in names:
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        if text.count(begin) != 1:
            sys.exit(f"a document must have one block {name!r}, not {text.count(begin)}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{BLOCKS[name](figures)}\n{end}{rest.partition(end)[2]}"
    return text


def _ratios(cases: dict[str, Any]) -> dict[str, Any]:
    """How many times as fast the client is, or how many times as cheap (the inverse of the cost)."""
    rows: dict[str, Any] = {}
    for case in cases.values():
        for aim in case.get("aims", []):
            if aim["of"] == "ratio":
                power = 1 if aim["sign"] == ">=" else -1
                title = case["title"].replace("`", "")
                rows[title] = {"times": aim["figure"] ** power, "aim": aim["limit"] ** power}
    return rows
