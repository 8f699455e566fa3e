"""Thousands of malformed responses to every call: is anything but an SDKError ever raised?

    python tests/recovery/fuzz --seed 1 --answers 20000

A call gets some responses from `hostile.py`, then valid ones: in the sync client, and in the async client with asyncio
and trio, over httpx's mock transport; one call in ten uses real sockets, where the bytes of a response are damaged too.
The returned objects are used: serialized, compared, copied, pickled, checked. Time is a fake clock.

Failures:

raw          An exception that isn't an SDKError is raised.
repeated     A start is sent again after a response that may have started something: any success, and any 408 or 5xx
             that isn't the API's own refusal.
lost         A start ends with an error after a success, and the error has neither the body nor the run or its id.

On a failure, the program prints the seed and the call's number, and exits with 1. Everything random about a call
depends only on the seed and its number, so --only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator

import anyio
from rawserver import RawServer

from fuzz.calls import WORLDS, Call
from fuzz.operations import OPERATIONS
from fuzz.wires import carry_out


def run(seed: int, answers: int, only: int | None = None) -> Iterator[Call]:
    """Calls until so many hostile answers were given, one after the other in each world."""
    number = 0
    with RawServer() as server:
        while answers > 0:
            batch = [
                Call(seed, n, list(OPERATIONS))
                for n in ([only] if only is not None else range(number, number + 300))
            ]
            number += 300
            for world in WORLDS:
                calls = [call for call in batch if call.world == world]

                async def carry_all_out(calls: list[Call] = calls) -> None:
                    for call in calls:
                        await carry_out(call, server)

                anyio.run(carry_all_out, backend="trio" if world == "trio" else "asyncio")
            server.requests.clear()
            for call in batch:
                yield call
                answers -= sum(served.hostile for served in call.served)
            if only is not None:
                return
