"""Create a browser profile, sign in with it once, and let runs start from it."""

import asyncio
import sys

from tinyfish import AsyncTinyFish, TinyFish


def main() -> None:
    with TinyFish() as client:
        profile = client.profiles.create("Shop")
        with client.profiles.setup.start(profile.id, url="https://example.com/") as setup:
            print("Sign in with the browser at", setup.cdp_url)
        print("Saved:", setup.saved)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        profile = await client.profiles.create("Shop")
        async with await client.profiles.setup.start(profile.id) as setup:
            print("Sign in with the browser at", setup.cdp_url)
        print("Saved:", setup.saved)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
