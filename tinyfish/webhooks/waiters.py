"""Who waits for which run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator

from tinyfish._core.wire.forking import renew_in_children


class Waiters:
    """The waits of one receiver, in all of its threads and event loops."""

    def __init__(self) -> None:
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """In the child of a fork."""
        self._lock = threading.Lock()
        self._wakes: dict[str, list[Callable[[], object]]] = {}

    @contextlib.contextmanager
    def waiting(self, run_id: str, wake: Callable[[], object]) -> Generator[None]:
        """A context manager around the wait for a run.

        Args:
            run_id: The run's id.
            wake: Ends a pause of the wait; called from any thread.
        """
        with self._lock:
            self._wakes.setdefault(run_id, []).append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._wakes[run_id].remove(wake)
                if not self._wakes[run_id]:
                    del self._wakes[run_id]

    def wake(self, run_id: str) -> None:
        """Something happened to a run."""
        with self._lock:
            wakes = list(self._wakes.get(run_id, ()))
        for wake in wakes:
            wake()
