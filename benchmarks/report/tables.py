"""The generated parts of benchmarks/README.md, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.report import packages, wording

Figures = dict[str, Any]

_SIDE_TABLES = ("transports", "http2")


def machine(figures: Figures) -> str:
    """The machine and versions that the figures were measured with."""
    known = figures["machine"]
    quick = (
        "\n\n**These figures are from a quick run, with a tenth of the work.**" if figures["quick"] else ""
    )
    later: dict[str, list[str]] = {}
    for kind in ("cases", "curves", "shares"):
        for measured in figures[kind].values():
            if measured.get("commit", known["commit"]) != known["commit"]:
                later.setdefault(measured["commit"], []).append(measured["title"])
    others = "".join(f" From commit {commit}: {'; '.join(titles)}." for commit, titles in later.items())
    versions = ", ".join(f"{name} {version}" for name, version in known["versions"].items())
    return (
        f"{known['processor']}, {known['cores']} cores, {known['memory']} of memory, {known['system']}. "
        f"{known['python']} with {versions}. The client is from commit {known['commit']}.{others}{quick}"
    )


def cases(figures: Figures) -> str:
    """The table: a row for each case that has a floor."""
    rows = [
        _case(case)
        for name, case in figures["cases"].items()
        if name not in _SIDE_TABLES and not name.startswith("server-")
    ]
    return _table(
        (
            "What",
            "Floor",
            "Floor's figure",
            "Client's figure",
            "Ratio",
            "Comparable SDK on pydantic",
            "Aim",
            "Met",
        ),
        rows,
    )


def _case(case: Figures) -> Sequence[str]:
    if "failed" in case:
        return (case["title"], "", "", "", f"not measured: {case['failed']}", "", "", "")
    floor, client = list(case["sides"].values())[:2]
    unit = case["unit"]
    return (
        case["title"],
        case["floor"],
        f"{wording.number(floor['value'])} {unit}",
        f"{wording.number(client['value'])} {unit}",
        ""
        if unit == "KB"
        else wording.ratio(client),  # for growth, which may be noise, a ratio has no meaning
        case["comparable"],
        ", ".join(wording.aim(aim, unit) for aim in case["aims"]),
        _met(case),
    )


def _met(case: Figures) -> str:
    if not case["aims"]:
        return ""
    said = "yes" if all(aim["met"] for aim in case["aims"]) else "**no**"
    # Figures that have no column of their own.
    others = [aim for aim in case["aims"] if aim["of"] not in ("ratio", "value")]
    figures = ", ".join(
        f"{wording.NAMES.get(aim['of'], aim['of'])} {wording.number(aim['figure'])}" for aim in others
    )
    return f"{said}: {figures}" if figures else said


def not_met(figures: Figures) -> str:
    """The aims that aren't met."""
    lines = [
        f"- {case['title']}: {_figure(aim, case['unit'])}, aim {wording.aim(aim, case['unit'])}"
        for case in figures["cases"].values()
        for aim in case.get("aims", [])
        if not aim["met"]
    ]
    return "\n".join(lines) or "All aims are met."


def _figure(aim: Figures, unit: str) -> str:
    figure = wording.number(aim["figure"])
    return {"ratio": f"{figure} x", "value": f"{figure} {unit}"}.get(aim["of"], figure)


def side_table(name: str) -> Callable[[Figures], str]:
    """The table of a case with many sides."""

    def table(figures: Figures) -> str:
        case = figures["cases"][name]
        if "failed" in case:
            return f"Not measured: {case['failed']}."
        rows = (
            (
                label,
                wording.number(side["value"]),
                wording.ratio(side),
                wording.number(side["p50_ms"]),
                wording.number(side["p99_ms"]),
                str(side["lost"]),
            )
            for label, side in case["sides"].items()
        )
        return _table(("", "Requests/s", "Ratio", "p50, ms", "p99, ms", "Lost"), rows)

    return table


def server(figures: Figures) -> str:
    """How busy the servers are."""
    lines = [
        f"- {case['title']}, with bare sockets as the client: {wording.number(side['value'])} {case['unit']}"
        for name, case in figures["cases"].items()
        if name.startswith("server-")
        for side in case.get("sides", {}).values()
    ]
    for case in figures["cases"].values():
        busy = [side["server_busy"] for side in case.get("sides", {}).values() if "server_busy" in side]
        if busy:
            lines.append(f"- {case['title']}: the server is busy at most {max(busy):.0%} of the time")
    return "\n".join(lines)


def curves(figures: Figures) -> str:
    """The cost of one item at the smallest, a middle and the largest size."""
    rows: list[Sequence[str]] = []
    for curve in figures["curves"].values():
        if "failed" in curve:
            rows.append((curve["title"], f"not measured: {curve['failed']}", "", "", ""))
            continue
        items = curve["items"]
        for label, seconds in curve["seconds"].items():
            shown = (
                f"{wording.duration(seconds[i] / items[i])} at {items[i]:,g}"
                for i in (0, len(items) // 2, len(items) - 1)
            )
            rows.append((f"{curve['title']}, per {curve['item']}", label, *shown))
    return _table(("What", "Side", "Smallest", "Middle", "Largest"), rows)


def shares(figures: Figures) -> str:
    """Where the CPU time goes, by package."""
    rows: list[Sequence[str]] = []
    for share in figures["shares"].values():
        if "failed" in share:
            continue
        for label, samples in share["samples"].items():
            total = sum(samples.values())
            found = packages.grouped(samples)
            percent = (f"{found[group] / total:.0%}" if found[group] else "" for group in packages.ORDER)
            rows.append((share["title"], label, *percent))
    return _table(("What", "Side", *packages.ORDER), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
