"""The command line; see the package's docstring."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

import chaos
from chaos import children
from chaos.judging import Summary
from chaos.plans import FAULTS


def main() -> int:
    parser = argparse.ArgumentParser(description=(chaos.__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(1_000_000),
        help="the random seed (default: a random one)",
    )
    parser.add_argument("--starts", type=int, default=3000, help="the number of asks (default: %(default)s)")
    parser.add_argument(
        "--only", choices=sorted(FAULTS), metavar="FAULT", help=f"use only this fault: {', '.join(FAULTS)}"
    )
    parser.add_argument(
        "--asks", type=int, nargs="+", metavar="N", help="run only the asks with these numbers"
    )
    parser.add_argument(
        "--seconds", type=float, default=600, help="start no more asks after this time (default: %(default)s)"
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=os.cpu_count() or 1,
        help="the number of processes, each with its own server",
    )
    parser.add_argument("--forks", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.forks is not None:
        children.main(given.forks)
        return 0

    numbers = given.asks or list(range(given.starts))
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    summary = Summary()
    count = 1 if given.asks else given.processes
    size = -(-len(numbers) // count)
    shares = [numbers[begin : begin + size] for begin in range(0, len(numbers), size)]
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        done = [pool.submit(chaos.run, given.seed, share, given.seconds, given.only) for share in shares]
        for future in done:
            summary.add(future.result())
    for story in summary.shown:
        print(f"\n{story}")
    print()
    print("\n".join(summary.lines()))
    print(f"seed {given.seed}, {time.monotonic() - began:.0f} s")
    if summary.asks < len(numbers):
        print(f"only {summary.asks} of {len(numbers)} asks were begun: the time was up")
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
