"""Search the web, and print the first results."""

import asyncio
import sys

from tinyfish import AsyncTinyFish, SearchResult, TinyFish

QUERY = "headlines"


def show(result: SearchResult) -> None:
    print(f"{result.position}. {result.title}: {result.url}")


def main() -> None:
    with TinyFish() as client:
        print(client.search.query(QUERY).total_results, "results")
        for result in client.search.iter(QUERY, limit=5):
            show(result)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        print((await client.search.query(QUERY)).total_results, "results")
        async for result in client.search.iter(QUERY, limit=5):
            show(result)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
