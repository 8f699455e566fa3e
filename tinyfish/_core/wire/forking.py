"""Resetting what the child of a fork must not share: connections, and locks that a parent's thread may hold."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterable
from typing import Final, Protocol

from tinyfish._core.wire.httpx_internals import pool_of


class Heir(Protocol):
    """An object that must be reset in a child process."""

    def renew(self) -> None:
        """Reset in the child of a fork. Takes no lock, because its holder may not exist here."""
        ...


_HEIRS: Final[weakref.WeakSet[Heir]] = weakref.WeakSet()

# Connections of the parent's event loops. They can't be closed without their loop, whose selector the child shares
# with the parent, so they stay open for the child's lifetime.
_LEFT_ALONE: Final[list[object]] = []


def renew_in_children(heir: Heir) -> None:
    """Register an object to be reset in every child of this process. Keeps only a weak reference."""
    _HEIRS.add(heir)


def leave_alone(*inherited: object) -> None:
    """Keep an object that the child can neither use nor close."""
    _LEFT_ALONE.extend(inherited)


def renew_pools(transports: Iterable[object]) -> None:
    """Remove the parent's connections and their locks from httpx transports in a child.

    httpx has no API for that: its `close` waits for a lock that a thread of the parent may hold.
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
                # This closes only the child's descriptor. The server doesn't notice, and the parent's connection stays
                # open.
                with contextlib.suppress(OSError):
                    connection.close()
            else:
                leave_alone(connection)


def _renew() -> None:
    for heir in list(_HEIRS):
        heir.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew)
