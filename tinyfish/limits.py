"""How much a client sends at a time: `tinyfish.Limits`."""

from __future__ import annotations

import math

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names
from tinyfish._core.limits.traffic import Maxima, Traffic
from tinyfish._core.no_copy import Uncopied
from tinyfish.errors import InvalidArgumentTypeError

_PAGES_IN_A_CALL = 10


@checks_names
class Limits(Uncopied):
    """How much is sent at a time, by a client or by several: pass the same object to clients of the same account.

    With limits, calls wait for their turn, first come, first served. If the server refuses a call all the same, because
    there is too much (429, "Too many pending runs", a busy service), that isn't a retry: less of its kind is sent at a
    time (half of it), nothing is sent before `Retry-After`, and the call waits for its turn again, up to its `timeout`.
    As long as the server accepts, the number grows again, by one for each round. So `Limits()` without numbers is
    useful too: the client learns what the server allows. Kinds are: starts of runs, searches, fetches, and everything
    else by product. Cancellations never wait.

    A run counts as open from its start until any client of the process sees its end: in a wait, a stream, a list, or
    by `runs.get`. If a start waits only for open runs, the client looks at up to 100 of them itself, after a second and
    then less often, up to every ten seconds. So runs that were only queued give back their places too. A start whose
    outcome is uncertain doesn't count.

    A call that can't be sent within its `timeout` raises the server's last refusal, or an `APITimeoutError`; nothing
    was started. `agent.queue_many` sends as many runs per call as there are places.

    Limits hold within a process; the child of a fork has its own, with nothing open.

    Args:
        max_open_runs: The most runs that are open at a time, 1 or more. Default: what the server accepts.
        runs_per_minute: The most runs that are started in any 60 seconds, 1 or more; refused starts count. Default: no
            limit.
        calls_per_minute: The most calls of all kinds in any 60 seconds, 1 or more. Default: no limit.
        search_per_minute: The most searches in any 60 seconds, 1 or more. Default: no limit.
        fetch_per_minute: The most pages that are read by `fetch` in any 60 seconds, 10 or more, because a call reads up
            to ten. Default: no limit.
        max_concurrent_calls: The most calls that wait for a response at a time, 1 or more. `agent.run` waits until its
            run has ended; a stream only until it begins. Default: no limit.

    Raises:
        ValueError: A number is too small; `TypeError` if it isn't an integer.

    Example:
        >>> from tinyfish import Limits, TinyFish
        >>> with TinyFish(limits=Limits(max_open_runs=3, search_per_minute=60)) as client:
        ...     runs = [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(20)]
        ...     for run in client.runs.wait_many(client.agent.queue_many(runs)):
        ...         print(run.status)
    """

    def __init__(
        self,
        *,
        max_open_runs: int | None = None,
        runs_per_minute: int | None = None,
        calls_per_minute: int | None = None,
        search_per_minute: int | None = None,
        fetch_per_minute: int | None = None,
        max_concurrent_calls: int | None = None,
    ) -> None:
        self._maxima = Maxima(
            max_open_runs=_checked("max_open_runs", max_open_runs),
            runs_per_minute=_checked("runs_per_minute", runs_per_minute),
            calls_per_minute=_checked("calls_per_minute", calls_per_minute),
            search_per_minute=_checked("search_per_minute", search_per_minute),
            fetch_per_minute=_checked("fetch_per_minute", fetch_per_minute, _PAGES_IN_A_CALL),
            max_concurrent_calls=_checked("max_concurrent_calls", max_concurrent_calls),
        )
        self._traffic = Traffic(self._maxima)

    @property
    def open_runs(self) -> int:
        """How many runs are open, or are being started, as far as is known."""
        return self._traffic.runs.in_use

    @property
    def allowed_runs(self) -> int | None:
        """How many runs may be open at a time now; None for any number."""
        allowed = self._traffic.runs.allowed
        return None if math.isinf(allowed) else int(allowed)

    @property
    def waiting_starts(self) -> int:
        """How many starts wait for their turn."""
        return self._traffic.runs.waiting

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={most}" for name, most in self._maxima.given.items())
        return f"<Limits({given}) open_runs={self.open_runs} allowed_runs={self.allowed_runs}>"


def traffic_of(limits: Limits | None) -> Traffic | None:
    """The queues of limits.

    Raises:
        InvalidArgumentTypeError: It's something else.
    """
    if limits is None:
        return None
    if not isinstance(limits, Limits):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"limits must be a Limits object, not {limits!r}.")
    return limits._traffic  # pyright: ignore[reportPrivateUsage] - only clients need it


def _checked(name: str, most: int | None, least: int = 1) -> int | None:
    return None if most is None else checks.integer(least)(name, most)
