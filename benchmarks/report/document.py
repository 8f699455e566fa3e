"""Fills docs/performance.md: the text between its markers, and its plots, are generated from the figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.report import plots, tables
from benchmarks.running import ROOT

DOCUMENT: Final = ROOT / "docs" / "performance.md"
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
    """Write the figures into the document, and draw the plots."""
    for path, text in _written(figures).items():
        path.write_text(text)


def disagreements(figures: dict[str, Any]) -> list[str]:
    """The files that don't match these figures: the document, and its plots."""
    return [
        path.name for path, text in _written(figures).items() if not path.exists() or path.read_text() != text
    ]


def _written(figures: dict[str, Any]) -> dict[Path, str]:
    """The document and all plots, generated from the figures."""
    drawn = {
        "ratios": plots.ratios(_ratios(figures["cases"])),
        "shares": plots.shares(_measured(figures["shares"])),
    }
    drawn |= {name: plots.curve(curve) for name, curve in _measured(figures["curves"]).items()}
    pictures = {PICTURES / f"performance-{name}.svg": text for name, text in drawn.items()}
    return {DOCUMENT: filled(DOCUMENT.read_text(), figures), **pictures}


def _measured(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: measured for name, measured in figures.items() if "failed" not in measured}


def filled(text: str, figures: dict[str, Any]) -> str:
    """The text with all of its blocks filled."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        if text.count(begin) != 1:
            sys.exit(f"{DOCUMENT.name} must have one block {name!r}, not {text.count(begin)}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{make(figures)}\n{end}{rest.partition(end)[2]}"
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
