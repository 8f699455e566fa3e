"""Search the web, and print the first results.

Usage: python examples/products/search.py [QUERY]
"""

import sys

from tinyfish import TinyFish

query = sys.argv[1] if len(sys.argv) > 1 else "tide tables"

with TinyFish() as client:
    for result in client.search.iter(query, limit=5):
        print(f"{result.position}. {result.title}\n   {result.url}")
