"""Thousands of starts under random failures: is a run ever lost, or started twice?

    python tests/recovery/chaos --seed 1 --starts 3000

Clients in threads, in asyncio, in trio and in a program that forks start runs, browser sessions and products on one
server, in every possible way. The server fails at every step, lists runs late, lets other programs start runs with the
same goals, and records what was started. Calls end early in every way, clocks are set, and children are killed. Time
runs twenty times as fast as normal.

The terms:

ask         One call of `run`, `queue`, `start`, `stream`, `queue_many` or `browser.sessions.create`, and its wait; or
            of `research.queue`, `run` or `stream`, `monitors.create` or `run`, `datasets.create` or `populate`,
            `profiles.create`, `profiles.setup.start` or `vault.connections.connect_1password`. Each has unique urls, or
            a header, which tell the server which ask something belongs to; it doesn't show them to the client.
started     A run, session or product that exists on the server because of an ask.
delivered   Started, and the ask returned its result or its id.
named       Started, and the ask ended with an error or a log warning that contains its id.
cancelled   Started, and the ask ended early and cancelled it.
told of     Started, and an error or a warning of the ask says that something may have been started.
killed      Started by a process that was killed during the call: nothing can be promised for it.
twice       A second run or session that was started for one url, or a second product for one ask. Must be 0.
lost        Started, and none of the above. Must be 0.
stranger's  Delivered to another ask. Must be 0. For some of the asks with unique goals, other programs start runs with
            the same goal, a minute before the ask, or just after the server created the ask's run. (Not with
            adopt="when_single", which promises nothing in that case; and not just after it if the server creates
            nothing, or lists it only after the search: see "What is not promised" in docs/reliability.md. For the same
            reason, each client hears all clocks of its server before its first ask. The same holds for products with
            the same content. Checks and setup sessions aren't listed, so nothing can be mistaken for them.)
left running  The ask ended early, and should have cancelled its run, but the run goes on, and no error or warning says
            so. Must be 0.
not ours    The ask ended with an exception that isn't one of the package's, or its process crashed or hung. Must be 0.

If a number that must be 0 isn't, the program prints the seed and the history of those asks, and exits with 1.
Everything random about an ask depends only on the seed and its number, so --seed and --asks repeat it as far as threads
allow.
"""

from __future__ import annotations

import time

from .judging import Summary, judge
from .world import World


def run(seed: int, numbers: list[int], seconds: float, only: str | None = None) -> Summary:
    """Do the asks of some numbers in this process, and compare what the clients say with the truth.

    Args:
        seed: What is random.
        numbers: Which asks.
        seconds: After how long to begin none any more.
        only: The one fault that they are to meet; None for any.
    """
    world = World(seed, numbers, only, time.monotonic() + seconds)
    world.run()
    return judge(world)
