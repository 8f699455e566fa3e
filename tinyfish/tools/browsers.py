"""The browsers that a toolset has open. Pure bookkeeping, no I/O."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

S = TypeVar("S")


class Browsers(Generic[S]):
    """At most so many browsers at a time. Thread-safe.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._opening = 0
        self._is_closed = False
        self._sessions: dict[str, S] = {}

    def close(self) -> None:
        """No more browsers can be opened."""
        with self._lock:
            self._is_closed = True

    @property
    def is_closed(self) -> bool:
        """Whether no more browsers can be opened."""
        return self._is_closed

    def take_place(self) -> bool:
        """Take the place of a browser that is about to be opened; False if there is none."""
        with self._lock:
            if self._is_closed or self._opening + len(self._sessions) >= self._most:
                return False
            self._opening += 1
            return True

    def give_place_back(self) -> None:
        """It wasn't opened."""
        with self._lock:
            self._opening -= 1

    def put(self, session_id: str, session: S) -> bool:
        """It was opened, on the place that was taken; False if it's too late, so that the caller has to close it."""
        with self._lock:
            self._opening -= 1
            if not self._is_closed:
                self._sessions[session_id] = session
            return not self._is_closed

    def remove(self, session_id: str) -> None:
        """It's closed. Idempotent."""
        with self._lock:
            self._sessions.pop(session_id, None)

    def get(self, session_id: str) -> S | None:
        """An open browser."""
        with self._lock:
            return self._sessions.get(session_id)

    def all(self) -> dict[str, S]:
        """All that are open, by id."""
        with self._lock:
            return dict(self._sessions)
