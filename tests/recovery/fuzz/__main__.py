"""Runs the fuzz: see the package."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(
        description=fuzz.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--answers", type=int, default=20_000, help="the number of malformed responses")
    parser.add_argument("--only", type=int, help="repeat the call with this number")
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    logging.getLogger("tinyfish").addHandler(logging.NullHandler())  # what it warns of is not looked at here
    began = time.monotonic()
    outcomes, worlds, hostile, calls, faults = Counter[str](), Counter[str](), 0, 0, 0
    for call in fuzz.run(args.seed, args.answers, args.only):
        calls += 1
        here = sum(served.hostile for served in call.served)
        hostile += here
        outcomes[call.outcome] += 1
        worlds[f"{call.world}, {'sockets' if call.sockets else 'mock'}"] += here
        for fault in call.faults:
            faults += 1
            if faults <= 20:
                print(f"--only {call.number} ({call.name}, {call.world}): {fault}", flush=True)
    for name, count in worlds.most_common():
        print(f"{count:8,} answers: {name}")
    for name, count in outcomes.most_common():
        print(f"{count:8,} calls ended with {name}")
    seconds = time.monotonic() - began
    print(
        f"{hostile:,} hostile answers to {calls:,} calls in {seconds:.0f} s, {faults} faults (seed {args.seed})"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
