"""Figures as text: numbers, ratios, aims."""

from __future__ import annotations

from typing import Any

# The names that tables use for figures other than the value and the ratio.
NAMES = {
    "slope": "bytes each",
    "p99_over_p50": "p99 / p50",
    "difference": "more than the floor",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "server_busy": "server busy",
    "made": "made in ms",
    "peak_mb": "peak MB",
    "growth_bytes": "growth, bytes each",
    "ledger_bytes": "ledger, bytes each",
    "fsyncs": "fsyncs each",
}


def number(figure: float) -> str:
    """A number with three digits, or with all digits before the decimal point."""
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def ratio(side: dict[str, Any]) -> str:
    """A ratio and its spread over the rounds; empty if there is none."""
    if "ratio" not in side:
        return ""
    spread = f" ({side['least_ratio']:.2f} to {side['most_ratio']:.2f})" if side["rounds"] > 1 else ""
    return f"{side['ratio']:.2f} x{spread}"


def duration(seconds: float) -> str:
    """A duration in a suitable unit."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds * 1e9)} ns"


def aim(limit: dict[str, Any], unit: str) -> str:
    """A limit, such as `≤ 1.25 x`."""
    sign = "≤" if limit["sign"] == "<=" else "≥"
    if limit["of"] == "ratio":
        return f"{sign} {limit['limit']:g} x"
    if limit["of"] == "value":
        return f"{sign} {limit['limit']:g} {unit}"
    if limit["of"] == "difference":
        return f"{sign} {limit['limit']:g} {unit} more"
    said = NAMES.get(limit["of"], limit["of"])
    return f"{said} {sign} {number(limit['limit'])}" if limit["limit"] else f"none {said}"
