"""returns=: get results as instances of a class. Reads many pages concurrently, and prints a table.

    python examples/typed_products.py [URL ...]

The key comes from the environment variable TINYFISH_API_KEY.
"""

import sys
from decimal import Decimal

from attrs import frozen

from tinyfish import ResultMismatchError, RunFailedError, TinyFish

BOOKS = "https://books.toscrape.com/catalogue/"
URLS = sys.argv[1:] or [
    f"{BOOKS}a-light-in-the-attic_1000/index.html",
    f"{BOOKS}tipping-the-velvet_999/index.html",
    f"{BOOKS}soumission_998/index.html",
]


@frozen
class Product:
    """A product, as shown on its page in the shop."""

    name: str
    price: Decimal
    price_currency: str
    sku: str | None = None
    material: str | None = None
    volume: str = "-"  # most products have none


with TinyFish() as client:
    queued = client.agent.queue_many(
        [{"goal": "Read the product on this page", "url": url} for url in URLS],
        returns=Product,
    )
    runs = {run.run_id: run for run in client.runs.wait_many(queued, timeout=600)}

print(f"{'Product':<24}{'Price':>10}  {'SKU':<18}{'Material':<16}Volume")
for run_id in queued.run_ids or []:
    run = runs[run_id]
    try:
        product = run.value
    except RunFailedError as error:
        print(error)
    except ResultMismatchError as error:
        print(f"{error}\nThe raw result: {error.raw}")
    else:
        price = f"{product.price:.2f} {product.price_currency}"
        about = f"{product.sku or '-':<18}{product.material or '-':<16}{product.volume}"
        print(f"{product.name[:23]:<24}{price:>10}  {about}")
        for repair in run.repairs:
            print(f"  repaired: {repair.path} {repair.name}")
