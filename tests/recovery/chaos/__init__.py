"""Thousands of starts under random failures: is a run ever lost, or started twice?

    python tests/recovery/chaos --seed 1 --starts 3000

Clients in threads, in asyncio, in trio and in a program that forks ask one server for runs and browser sessions, in
every way there is. The server fails at every step, lists runs late, has strangers start runs of the same goals, and
keeps the truth. Calls are left in every way, clocks are set, children are killed. Time runs twenty times as fast as
in the world.

The terms, exactly:

ask         One call of `run`, `queue`, `start`, `stream`, `queue_many` or `browser.sessions.create`, with the wait
            that belongs to it. Each has urls of its own, by which the server knows whose a run is; the client cannot
            see them in a run.
started     A run or session that exists on the server because of an ask.
delivered   Started, and the ask gave its result or its id.
named       Started, and the ask ended with an error, or a warning of the log, that has its id.
cancelled   Started, and the ask was left, and cancelled it.
told of     Started, and an error or a warning of that ask says that something may have been started.
killed      Started by a process that was killed before its call was over: for that nothing can be promised.
twice       A second run or session started for one url. Must be 0.
lost        Started, and none of the above. Must be 0.
stranger's  Delivered to an ask to which it does not belong. Must be 0. Strangers start runs of the same goal a minute
            before the ask, or just after the server has created its own, in some of the asks with a goal of their own.
            (Not with adopt="when_single", which promises nothing then; nor just after where the server creates
            nothing, or lists it only after the search is over: see "What is not promised" in docs/reliability.md.
            For the same reason each client hears all clocks of its server before its first ask.)
left running  The ask was left, its run was to be cancelled then, goes on, and no error or warning says so. Must be 0.
not ours    The ask ended with an exception that is none of the package's, or its process crashed or hung. Must be 0.

If one that must be 0 is not, it prints the seed and the history of those asks, and exits with 1. What is random about
an ask comes from the seed and its number alone, so --seed and --asks repeat it, as far as threads repeat anything.
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
