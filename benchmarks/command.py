"""How long the command `tinyfish` takes to start, side by side with a program that does the same.

    python -m benchmarks.command

Each side is a process of its own; the rounds are interleaved, and the median counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median
from typing import Final

from tinyfish.sandbox import Sandbox

ROUNDS: Final = 15

_LIST: Final = "import tinyfish\nwith tinyfish.TinyFish() as client:\n    "
SIDES: Final = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "tinyfish --version": [sys.executable, "-m", "tinyfish", "--version"],
    "tinyfish --help": [sys.executable, "-m", "tinyfish", "--help"],
    "a client, without a call": [sys.executable, "-c", f"{_LIST}client.runs"],
    "a program that lists runs": [sys.executable, "-c", f"{_LIST}print(client.runs.list().to_dict())"],
    "tinyfish runs list": [sys.executable, "-m", "tinyfish", "runs", "list"],
}


def main() -> None:
    """Measure, and print a table."""
    with Sandbox(chromium=False) as sandbox:
        environment = os.environ | {
            "TINYFISH_BASE_URL": sandbox.url,
            "TINYFISH_API_KEY": sandbox.api_key,
            "NO_PROXY": "127.0.0.1",
        }
        environment.pop(
            "PYTHONDONTWRITEBYTECODE", None
        )  # without a bytecode cache, compiling would be measured
        seconds: dict[str, list[float]] = {name: [] for name in SIDES}
        for _ in range(ROUNDS):
            for name, command in SIDES.items():
                began = time.perf_counter()
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
                seconds[name].append(time.perf_counter() - began)
    for name, values in seconds.items():
        print(f"{name:<28}{median(values) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
