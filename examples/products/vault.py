"""Connect a password vault, look at its logins, and let a run sign in with one of them."""

import asyncio
import os
import sys

from tinyfish import AsyncTinyFish, TinyFish

TOKEN = os.environ.get("OP_SERVICE_ACCOUNT_TOKEN", "not-a-real-token")


def main() -> None:
    with TinyFish() as client:
        connected = client.vault.connections.connect_1password(token=TOKEN)
        for item in client.vault.items.list().items:
            print(item.label, item.domains, [field.label for field in item.field_metadata])
        client.vault.connections.disconnect(connected.connection_id)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        connected = await client.vault.connections.connect_1password(token=TOKEN)
        print((await client.vault.items.sync()).sync_summary)
        await client.vault.connections.disconnect(connected.connection_id)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
