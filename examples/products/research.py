"""Research a question, and print what happens and the report."""

import asyncio
import sys

from tinyfish import (
    AsyncTinyFish,
    ResearchErrorEvent,
    ResearchFinalResultEvent,
    ResearchStreamEvent,
    TinyFish,
)

QUERY = "Which kettle is made of steel?"


def show(event: ResearchStreamEvent) -> None:
    if isinstance(event, ResearchFinalResultEvent):
        print(event.result)
    elif isinstance(event, ResearchErrorEvent):
        print("It failed:", event.message)
    else:
        print(f"... {event.event}")


def main() -> None:
    with TinyFish() as client, client.research.stream(query=QUERY) as stream:
        for event in stream:
            show(event)
        print("Read it again with client.research.get:", stream.run_id)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        async with client.research.stream(query=QUERY) as stream:
            async for event in stream:
                show(event)
        print("Read it again with client.research.get:", stream.run_id)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
