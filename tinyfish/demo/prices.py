"""The program of the last act: 40 prices into a CSV file. `python -m tinyfish.demo.prices SITE LEDGER OUT`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tinyfish import TinyFish


@dataclass
class Article:
    """What is read from a page of the catalogue."""

    name: str
    sku: str
    price: float


def read_prices(site: str, ledger: str, out: str) -> None:
    """Read the prices, with a progress bar in a terminal."""
    pages = {f"page {n:02}": f"{site}catalogue/{n:02}.html" for n in range(1, 41)}
    items = {page: {"goal": "Read the article", "url": url} for page, url in pages.items()}
    with (
        TinyFish(ledger=ledger) as client,
        client.agent.run_many(items, returns=Article, max_concurrency=10, progress=True) as job,
    ):
        job.to_csv(out)
    print(job.report())


if __name__ == "__main__":
    read_prices(*sys.argv[1:])
