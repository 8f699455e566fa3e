"""Print the account's balance and prices."""

import asyncio
import sys

from tinyfish import AsyncTinyFish, TinyFish


def main() -> None:
    with TinyFish() as client:
        wallet = client.wallet.get()
    print(f"{wallet.available_balance} {wallet.currency}")
    for meter in wallet.rates.meters if wallet.rates else ():
        print(f"{meter.label}: {meter.unit_amount} per {meter.per}")


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        wallet = await client.wallet.get()
    print(f"{wallet.available_balance} {wallet.currency}")


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
