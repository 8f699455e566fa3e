"""Have agents fill a table from the web, and read its rows as a class."""

import asyncio
import sys
from dataclasses import dataclass

from tinyfish import AsyncTinyFish, TinyFish


@dataclass
class Cafe:
    title: str | None
    url: str | None


def main() -> None:
    with TinyFish() as client:
        spec = client.datasets.plan(prompt="Cafes in town with their websites").spec
        print([column.name for column in spec.columns])
        dataset = client.datasets.create(spec=spec, target_rows=20)
        if dataset.run is not None:
            for event in client.datasets.events(dataset.id, dataset.run.id):
                print(event)
        print(client.datasets.wait(dataset.id, timeout=1800).status)
        for cafe in client.datasets.iter_rows(dataset.id, returns=Cafe):
            print(cafe.title, cafe.url)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        dataset = await client.datasets.create(prompt="Cafes in town", target_rows=20)
        if dataset.run is not None:
            async for event in client.datasets.events(dataset.id, dataset.run.id):
                print(event)
        print((await client.datasets.wait(dataset.id, timeout=1800)).status)
        async for row in client.datasets.iter_rows(dataset.id):
            print(row.data)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
