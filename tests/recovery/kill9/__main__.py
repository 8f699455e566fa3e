"""The command line; see the package's docstring."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

import kill9
from kill9 import ctrl_c
from kill9.judging import Summary
from kill9.plans import PLACES


def main() -> int:
    parser = argparse.ArgumentParser(description=(kill9.__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(1_000_000),
        help="the random seed (default: a random one)",
    )
    parser.add_argument(
        "--deaths", type=int, default=2000, help="how often programs die (default: %(default)s)"
    )
    parser.add_argument("--only", choices=PLACES, metavar="PLACE", help=f"die only here: {'; '.join(PLACES)}")
    parser.add_argument(
        "--stories", type=int, nargs="+", metavar="N", help="play only the stories with these numbers"
    )
    parser.add_argument(
        "--ctrl-c",
        action="store_true",
        help="instead, press Ctrl-C at every place of every way to start runs",
    )
    parser.add_argument("--break", dest="broken", help="break the client on purpose; see breaking.py")
    parser.add_argument(
        "--seconds",
        type=float,
        default=900,
        help="begin no more stories after this time (default: %(default)s)",
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=os.cpu_count() or 1,
        help="the number of servers, each with its own programs",
    )
    given = parser.parse_args()

    if given.ctrl_c:
        return _ctrl_c(given.processes)
    count = 1 if given.stories else given.processes
    numbers = given.stories or list(range(given.deaths))  # more than enough: a story has several deaths
    deaths = None if given.stories else -(-given.deaths // count)
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    summary = Summary()
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        done = [
            pool.submit(
                kill9.run,
                given.seed,
                numbers[share::count],
                deaths=deaths,
                seconds=given.seconds,
                only=given.only,
                broken=given.broken,
            )
            for share in range(count)
        ]
        for future in done:
            summary.add(future.result())
    for story in summary.shown:
        print(f"\n{story}")
    print()
    print("\n".join(summary.lines()))
    print(f"seed {given.seed}, {time.monotonic() - began:.0f} s")
    if deaths is not None and summary.deaths.total() < given.deaths:
        print(f"only {summary.deaths.total()} of {given.deaths} deaths: the time was up")
        return 1
    return 1 if summary.failed else 0


def _ctrl_c(processes: int) -> int:
    shares = 8  # of the places of each way
    jobs = [(way, first) for way in ctrl_c.WAYS for first in range(1, shares + 1)]
    tried: Counter[str] = Counter()
    failures: list[str] = []
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        done = {pool.submit(ctrl_c.everywhere, way, first, shares): way for way, first in jobs}
        for future, way in done.items():
            count, wrong = future.result()
            tried[way] += count
            failures += wrong
    print("\n".join(failures))
    print(f"Ctrl-C at {tried.total():,} places: {dict(tried)}; {len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
