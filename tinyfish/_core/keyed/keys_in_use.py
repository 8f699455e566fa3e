"""The keys that calls of this process are at work on without a ledger. Pure bookkeeping, no I/O.

Two calls that both find no run would both start one. With a ledger, its file is where they meet.
"""

from __future__ import annotations

import threading
import weakref
from typing import Final

from tinyfish._core.wire.forking import renew_in_children


class KeysInUse:
    """Which start uses which key. Thread-safe."""

    def __init__(self) -> None:
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """Reset in the child of a fork, where the parent's calls don't go on."""
        self._lock = threading.RLock()  # a destructor may give back a key, and interrupt the holder
        # Weak, because an abandoned stream, or a task that its event loop never finished, doesn't tell that it ended.
        self._users: weakref.WeakValueDictionary[str, object] = weakref.WeakValueDictionary()

    def take(self, key: str, user: object) -> bool:
        """Use a key; False if another start uses it."""
        with self._lock:
            return self._users.setdefault(key, user) is user

    def give_back(self, key: str, user: object) -> None:
        """Stop using a key. Idempotent."""
        with self._lock:
            if self._users.get(key) is user:
                del self._users[key]


KEYS_IN_USE: Final = KeysInUse()
