"""What the child of a fork must not share with its parent: connections, and locks that a thread may hold there."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterable
from typing import Final, Protocol

from tinyfish._core.wire.internals import pool_of


class Heir(Protocol):
    """What a child inherits, and has to make its own."""

    def renew(self) -> None:
        """Begin anew, in the child of a fork. Takes no lock: its holder may not exist here."""
        ...


_HEIRS: Final[weakref.WeakSet[Heir]] = weakref.WeakSet()

# Connections of the parent's event loops. They cannot be closed without that loop, whose selector the child shares
# with the parent, so they are left alone for as long as the child lives.
_LEFT_ALONE: Final[list[object]] = []


def renew_in_children(heir: Heir) -> None:
    """Have something renewed in every child of this process. It is not kept alive by that."""
    _HEIRS.add(heir)


def leave_alone(*inherited: object) -> None:
    """Keep what the child can neither use nor close."""
    _LEFT_ALONE.extend(inherited)


def renew_pools(transports: Iterable[object]) -> None:
    """Take from transports of httpx, in a child, the connections of the parent and their locks.

    httpx has no call for that: its `close` waits for a lock that a thread of the parent may hold.
    """
    for transport in transports:
        pool = pool_of(transport)
        connections = list(getattr(pool, "_connections", ()))
        if hasattr(pool, "_optional_thread_lock"):
            pool._optional_thread_lock = type(pool._optional_thread_lock)()
            pool._requests = [request for request in pool._requests if not request.is_queued()]
            pool._connections = []
        for connection in connections:
            if hasattr(connection, "close"):
                # It closes the child's descriptor and tells the server nothing, so that the parent's goes on.
                with contextlib.suppress(OSError):
                    connection.close()
            else:
                leave_alone(connection)


def _renew() -> None:
    for heir in list(_HEIRS):
        heir.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew)
