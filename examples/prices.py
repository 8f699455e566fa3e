"""client.agent.run_many: read 40 prices into a CSV file, five pages at a time, with a progress bar.

    python examples/prices.py SITE [--ledger prices.db] [--out prices.csv]

Kill it at any time, and start it again: what was read is in the ledger, what is under way is waited for, and nothing is
paid for twice. SITE is the example site's address (`python -m tinyfish.demo.site`). The key comes from the environment
variable TINYFISH_API_KEY. To try it without one, start a sandbox in another terminal (`python -m tinyfish.sandbox`),
and set the two variables that it prints. A sandbox inside the program (TINYFISH_BASE_URL=sandbox:) is killed with it.
"""

import argparse
from dataclasses import dataclass

from tinyfish import TinyFish


@dataclass
class Product:
    name: str
    sku: str
    price: float


arguments = argparse.ArgumentParser(description="Read 40 prices into a CSV file.")
arguments.add_argument("site", help="the example site's address")
arguments.add_argument("--ledger", default="prices.db", help="where every run is recorded")
arguments.add_argument("--out", default="prices.csv", help="the file for the prices")
given = arguments.parse_args()

catalogue = given.site.rstrip("/") + "/catalogue"
pages = {f"page {n:02}": f"{catalogue}/{n:02}.html" for n in range(1, 41)}
items = {page: {"goal": "Read the product", "url": url} for page, url in pages.items()}

with (
    TinyFish(ledger=given.ledger) as client,
    client.agent.run_many(items, returns=Product, max_concurrency=5, progress=True) as job,
):
    job.to_csv(given.out)  # every item becomes a row, as value or as error

print(job.report())
for page, error in job.failed.items():
    print(f"{page}: {error}")
