"""Programs with keys and a ledger that are killed (kill -9) at every place: is a run ever started twice, or lost?

    python tests/recovery/kill9 --seed 1 --deaths 2000

A story is a program with a few items, each with a key. The program starts a run for each item in one of the ways there
are, is killed, is started again, is killed again, and so on, until its plan has no more deaths; then it ends, and is
started a last time. One to three such programs share the items and the ledger of a story. The server keeps the truth:
which runs it has created, for whom. It loses answers, fails, refuses, lists runs up to 10 seconds late, and only on
later pages. Time runs twenty times as fast as normal.

Where a program dies is chosen exactly: at the n-th commit of the ledger (before or after it), before the first byte of
the n-th start, after its headers, after half of its body, after all of it, when the server has created the run, when it
has sent half of its answer, when the answer has arrived, at the n-th poll, search, pause or result. The other programs
die at a random moment. The table counts the deaths at each place.

The terms:

twice       Two runs of the same item, though none of them failed. Must be 0.
lost        A run that no program has told of, and that is not in the ledger. Must be 0.
another's   A program told of another run than its item's. Must be 0.
not ended   An item of which a program never got the end. Must be 0.
pending     An entry of the ledger without an end, after the last program has ended. Must be 0.
again       A request that starts something, of a program that is started once more after everything has ended. Must be
            0 with a ledger.
not ours    A program ended with an exception that isn't one of the package's, or hung. Must be 0.

If a number that must be 0 isn't, the program prints the seed and the history of those stories, and exits with 1.
Everything random about a story depends only on the seed and its number, so --seed and --stories repeat it as far as
processes allow.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .judging import Summary


def run(
    seed: int,
    numbers: Sequence[int],
    *,
    deaths: int | None = None,
    seconds: float = 600,
    only: str | None = None,
    broken: str | None = None,
) -> Summary:
    """Play stories, and compare what the programs say with the truth.

    Args:
        seed: What is random.
        numbers: Which stories.
        deaths: Begin no further story when there were so many.
        seconds: After how long to begin none any more.
        only: The one place where to die; None for any.
        broken: What to break in the client, to see it found; see `breaking.py`.
    """
    # Not above: in the process that forks, `watching` comes before everything that these load.
    from .judging import judge
    from .world import World

    with tempfile.TemporaryDirectory() as folder:
        world = World(seed, numbers, Path(folder), only)
        world.play(deaths, seconds, broken)
        return judge(world)
