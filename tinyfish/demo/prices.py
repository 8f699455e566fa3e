"""The program of the last act: prices of many pages into a ledger. `python -m tinyfish.demo.prices SITE LEDGER`."""

from __future__ import annotations

import sys

from tinyfish import TinyFish


def read_prices(site: str, ledger: str) -> None:
    """Read the prices, and print each as it comes."""
    items = {
        f"{name}-{number}": {"goal": f"Read the price of {name} {number}", "url": f"{site}shop/{name}.html"}
        for name in ("kettle", "lamp", "blanket")
        for number in range(4)
    }
    with TinyFish() as client, client.agent.run_many(items, ledger=ledger, max_concurrency=3) as job:
        for key, outcome in job:
            state = "ok" if outcome.ok else outcome.error
            print(key, "was done before" if outcome.from_ledger else state, flush=True)
        print(job.report())


if __name__ == "__main__":
    read_prices(*sys.argv[1:])
