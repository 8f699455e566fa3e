"""Times a block, and samples where its time goes when that is asked for."""

from __future__ import annotations

import signal
import time
from collections import Counter
from types import FrameType

# Kernels look at this timer a few hundred times a second, however often one asks.
_INTERVAL = 0.001

_samples: Counter[str] = Counter()
_sampling = False


def sample() -> Counter[str]:
    """Sample in all blocks from now on, and return what the samples are counted in."""
    global _sampling
    _sampling = True
    return _samples


class Stopwatch:
    """Its block's time is in `seconds`.

    A sample is taken from time to time of the time that the processor spends here, not of waiting, and counts for the
    package whose Python code is being executed: what that calls in C is its own. A profiler that hooks every call
    would make small functions look dear.
    """

    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        if _sampling:
            signal.signal(signal.SIGPROF, _sample)
            signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        if _sampling:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _sample(_: int, frame: FrameType | None) -> None:
    # Methods that attrs makes name no module: they are their caller's.
    while frame is not None and "__name__" not in frame.f_globals:
        frame = frame.f_back
    name: str = "?" if frame is None else frame.f_globals["__name__"]
    _samples[name.partition(".")[0]] += 1
