"""Read pages as Markdown, any number of them; what cannot be read costs nothing else."""

import asyncio
import sys

from tinyfish import AsyncTinyFish, FetchError, TinyFish

URLS = [
    "https://example.com/news/",
    "https://example.com/shop/kettle.html",
    "https://example.com/nowhere",
]


def main() -> None:
    with TinyFish() as client:
        response = client.fetch.get_contents(URLS, links=True)
    for page in response.results:
        print(f"{page.title}: {len(page.text)} characters, {len(page.links)} links")
    for error in response.errors:
        print(f"{error.url}: {error.error} {error.status}")


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        async for page in client.fetch.iter_contents(URLS):
            print(page.error if isinstance(page, FetchError) else page.title)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
