"""The command line.

python -m benchmarks run                      everything; the figures go to benchmarks/results/latest.json
python -m benchmarks run tasks-200 --quick    one case, a tenth of the work
python -m benchmarks run tasks-200 --http-client benchmarks.candidates:aiohttp
python -m benchmarks list
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import environment, running
from benchmarks.cases import Case, Options, all_cases
from benchmarks.results import summarise
from benchmarks.running import Side

RESULTS = running.ROOT / "benchmarks" / "results" / "latest.json"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the client against plain httpx."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure")
    run.add_argument("names", nargs="*", help="cases, or beginnings of their names; all if none")
    run.add_argument("--quick", action="store_true", help="a tenth of the work and three rounds")
    run.add_argument("--rounds", type=int, help="how often each side is run; 9, or 3 with --quick")
    run.add_argument(
        "--http-client", action="append", default=[], metavar="MODULE:FACTORY", help="also over this client"
    )
    run.add_argument(
        "--with", action="append", default=[], dest="extra", metavar="DISTRIBUTION", help="installed too"
    )
    run.add_argument("--output", type=Path, help=f"where to write the figures; without names {RESULTS.name}")
    commands.add_parser("list", help="list the cases")
    given = parser.parse_args()
    if given.command == "list":
        for case in all_cases(Options()):
            print(f"{case.name:22} {case.title}")
        return 0
    return _run(given)


def _run(given: argparse.Namespace) -> int:
    options = Options(given.quick, given.http_client, frozenset(given.extra))
    cases = [
        case
        for case in all_cases(options)
        if not given.names
        or any(case.name == name or case.name.startswith(f"{name}-") for name in given.names)
    ]
    if not cases:
        print(f"No such case: {', '.join(given.names)}", file=sys.stderr)
        return 2
    rounds = given.rounds or (3 if given.quick else 9)
    summaries: dict[str, Any] = {}
    with running.server() as on:
        for case in cases:
            if case.instructions is not None and environment.valgrind() is None:
                print(f"{case.title}: skipped, because valgrind is not installed")
                continue
            summaries[case.name] = summarise(case, _measure(case, rounds, on))
            _show(summaries[case.name])
    output = given.output or (None if given.names or given.quick else RESULTS)
    if output is not None:
        figures = {
            "machine": environment.machine(),
            "quick": given.quick,
            "rounds": rounds,
            "cases": summaries,
        }
        output.parent.mkdir(exist_ok=True)
        output.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    return 0


def _measure(case: Case, rounds: int, on: running.Server) -> dict[str, list[dict[str, Any]]]:
    """Run all sides one after the other, so many times over."""
    measured: dict[str, list[dict[str, Any]]] = {side.label: [] for side in case.sides}
    # Instructions repeat nearly exactly.
    for _ in range(rounds if case.instructions is None else 1):
        for side in case.sides:
            measured[side.label].append(
                _instructions(case, side, on) if case.instructions else running.run(side, on)
            )
    return measured


def _instructions(case: Case, side: Side, on: running.Server) -> dict[str, Any]:
    subtraction = case.instructions
    assert subtraction is not None
    arguments = {} if subtraction.function else {**side.arguments, **subtraction.arguments}
    less = Side(side.label, subtraction.function or side.function, arguments, side.sees)
    running.run(side, on)  # so that nothing is compiled under valgrind
    return {
        "value": (running.count_instructions(side, on) - running.count_instructions(less, on))
        / subtraction.per
    }


def _show(summary: dict[str, Any]) -> None:
    print(f"\n{summary['title']} [{summary['unit']}]")
    for label, side in summary["sides"].items():
        spread = f"({side['least']:,.4g} to {side['most']:,.4g})"
        ratio = (
            f"{side['ratio']:6.3f} x ({side['least_ratio']:.2f} to {side['most_ratio']:.2f})"
            if "ratio" in side
            else ""
        )
        known = {
            "value",
            "least",
            "most",
            "rounds",
            "difference",
            "ratio",
            "least_ratio",
            "most_ratio",
            "seconds",
        }
        others = ", ".join(
            f"{name.replace('_', ' ')} {value:.3g}" if isinstance(value, int | float) else f"{name} {value}"
            for name, value in sorted(side.items())
            if name not in known
        )
        print(f"  {label:30} {side['value']:12,.4g} {spread:24} {ratio:28} {others}")
    for aim in summary.get("aims", []):
        print(f"  {'met    ' if aim['met'] else 'NOT met'}  {aim['aim']}: {aim['figure']:.3g}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
