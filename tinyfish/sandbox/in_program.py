"""The sandboxes behind `base_url="sandbox:rules.yaml"`: inside the program, one for each file of rules."""

import atexit
import threading
from pathlib import Path
from typing import Final

from tinyfish._core.wire.forking import leave_alone, renew_in_children
from tinyfish.sandbox import Sandbox


class _Sandboxes:
    """The running sandboxes of this process, by their files of rules.

    A child of a fork starts its own. The parent's are left alone there: their threads don't exist in the child, but
    their sockets and selectors are shared with the parent. Clients that a child inherits go on using the parent's.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget the parent's sandboxes in the child of a fork."""
        leave_alone(*getattr(self, "_running", {}).values())
        self._lock = threading.Lock()
        self._running: dict[Path | None, Sandbox] = {}

    def get(self, rules: str) -> Sandbox:
        """The sandbox with these rules, started on first use.

        Raises:
            OSError: The file can't be read.
            ValueError: It's invalid.
        """
        path = Path(rules).resolve() if rules else None
        with self._lock:
            if path not in self._running:
                self._running[path] = Sandbox(rules=path).start()
            return self._running[path]

    def stop(self) -> None:
        """Stop all of them, at the end of the program."""
        with self._lock:
            while self._running:
                self._running.popitem()[1].stop()


_SANDBOXES: Final = _Sandboxes()
renew_in_children(_SANDBOXES)
atexit.register(_SANDBOXES.stop)


def sandbox_of(rules: str) -> Sandbox:
    """The sandbox of this program with these rules, started on first use.

    Args:
        rules: The file with its rules and faults; empty for none.

    Raises:
        OSError: The file can't be read.
        ValueError: It's invalid.
    """
    return _SANDBOXES.get(rules)
