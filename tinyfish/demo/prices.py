"""The program of the last act: prices of many pages into a ledger. `python -m tinyfish.demo.prices SITE LEDGER`."""

from __future__ import annotations

import sys

from tinyfish import TinyFish

site, ledger = sys.argv[1:]


items = {
    f"{name}-{number}": {"goal": f"Read the price of {name} {number}", "url": f"{site}shop/{name}.html"}
    for name in ("kettle", "lamp", "blanket")
    for number in range(4)
}
with TinyFish() as client, client.agent.run_many(items, ledger=ledger, max_concurrency=3) as job:
    for key, outcome in job:
        print(
            key,
            "was done before" if outcome.from_ledger else "ok" if outcome.ok else outcome.error,
            flush=True,
        )
    print(job.report())
