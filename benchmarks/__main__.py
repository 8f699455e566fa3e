"""The command line.

python -m benchmarks run                      everything; the figures go to benchmarks/results/latest.json
python -m benchmarks run tasks-200 --quick    one case, a tenth of the work
python -m benchmarks run many --merge         the cases of one kind; the figures of all others stay as they are
python -m benchmarks run tasks-200 --http-client benchmarks.candidates:aiohttp
python -m benchmarks list
python -m benchmarks report                   write the figures into the documents, and draw its plots
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import cases, environment, measuring, results, running, showing
from benchmarks.cases import Case, Measurement
from benchmarks.report import document

RESULTS = running.ROOT / "benchmarks" / "results" / "latest.json"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the client against plain httpx."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure")
    run.add_argument(
        "names", nargs="*", help="what to measure: names, or beginnings of names; default: everything"
    )
    run.add_argument("--quick", action="store_true", help="do a tenth of the work, in a third of the rounds")
    run.add_argument("--rounds", type=int, help="how often to run each side; default: defined by each case")
    run.add_argument(
        "--http-client",
        action="append",
        default=[],
        metavar="MODULE:FACTORY",
        help="also measure over this one",
    )
    run.add_argument(
        "--with",
        action="append",
        default=[],
        dest="extra",
        metavar="DISTRIBUTION",
        help="also install this package",
    )
    run.add_argument(
        "--output", type=Path, help=f"where to write the figures; default without names: {RESULTS.name}"
    )
    run.add_argument(
        "--merge", action="store_true", help=f"put the figures into {RESULTS.name}, beside what it has"
    )
    commands.add_parser("list", help="list what can be measured")
    report = commands.add_parser(
        "report", help="write the figures into README.md here and docs/performance.md"
    )
    report.add_argument("--check", action="store_true", help="only check that it's up to date")
    given = parser.parse_args()
    if given.command == "list":
        for what in cases.everything():
            print(f"{what.name:28} {what.title}")
        return 0
    if given.command == "report":
        return _report(check=given.check)
    # The servers must end with this process, however it ends.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(given)
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Nothing was written.")


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(number)


def _report(*, check: bool) -> int:
    figures = json.loads(RESULTS.read_text())
    if not check:
        document.write(figures)
        return 0
    wrong = document.disagreements(figures)
    if wrong:
        print(f"Out of date: {', '.join(wrong)}. Run python -m benchmarks report", file=sys.stderr)
    return int(bool(wrong))


def _run(given: argparse.Namespace) -> int:
    chosen = [
        _with_more(what, frozenset(given.extra))
        for what in cases.everything(given.quick, given.http_client)
        if not given.names
        or any(what.name == name or what.name.startswith(f"{name}-") for name in given.names)
    ]
    if not chosen:
        print(f"No such case: {', '.join(given.names)}", file=sys.stderr)
        return 2
    effort = measuring.Effort(given.quick, given.rounds)
    figures: dict[str, dict[str, Any]] = {"Case": {}, "Curve": {}, "Share": {}}
    machine = (
        environment.machine()
    )  # before the run, which takes so long that the commit may change meanwhile
    with running.servers() as on:
        for what in chosen:
            measured = figures[type(what).__name__][what.name] = measuring.measure(what, effort, on)
            showing.show(what.name, measured)
    output = given.output or (None if given.names or given.quick else RESULTS)
    if given.merge:
        merged = results.merged(json.loads(RESULTS.read_text()), figures, machine["commit"])
        RESULTS.write_text(results.written(merged))
    elif output is not None:
        everything = {
            "machine": machine,
            "quick": given.quick,
            "cases": figures["Case"],
            "curves": figures["Curve"],
            "shares": figures["Share"],
        }
        output.parent.mkdir(exist_ok=True)
        output.write_text(results.written(everything))
    return int(any("failed" in measured for kind in figures.values() for measured in kind.values()))


def _with_more(what: Measurement, extra: frozenset[str]) -> Measurement:
    """The same, with more distributions installed for the client's sides."""
    if not extra or not isinstance(what, Case):
        return what
    sides = [
        replace(side, sees=side.sees | extra) if "tinyfish" in side.sees else side for side in what.sides
    ]
    return replace(what, sides=sides)


if __name__ == "__main__":
    sys.exit(main())
