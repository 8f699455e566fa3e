"""Which webhooks were received, who is handling them, and which have been handled. Runs in the ledger's thread."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from attrs import frozen

from tinyfish.ledger.store import Store

# In the set of what is held, it tells them from the keys of starts, which can be any text.
_HELD_AS: Final = "\0webhook "


class Taken(Enum):
    """What a receiver is to do about an event."""

    MINE = auto()
    """Handle it. It's held until `handled`, `give_back` or `forget`."""
    BUSY = auto()
    """Nothing: another receiver, or another call of this one, is handling it."""
    HANDLED = auto()
    """Nothing: it has been handled."""


@frozen
class Delivery:
    """An event that was received.

    Attributes:
        key: The event's key.
        message: What is needed to handle it, as JSON. It has no secret, and of a run only its id.
    """

    key: str
    message: str


def take(store: Store, delivery: Delivery, now: float) -> Taken:
    """Record that an event was received, and hold it unless somebody has done so before."""
    store.connection.execute(
        "INSERT OR IGNORE INTO deliveries (key, message, received_at) VALUES (?, ?, ?)",
        (delivery.key, delivery.message, now),
    )
    return _hold(store, delivery.key)


def take_as(store: Store, key: str, delivery: Delivery, now: float) -> Taken:
    """An event that is held turns out to be another: hold that one instead, unless somebody has done so before."""
    forget(store, key)
    return take(store, delivery, now)


def take_pending(store: Store) -> list[Delivery]:
    """Hold all events that nobody is handling and nobody has handled."""
    rows = store.connection.execute(
        "SELECT key, message FROM deliveries WHERE handled_at IS NULL ORDER BY received_at"
    ).fetchall()
    return [Delivery(*row) for row in rows if _hold(store, row[0]) is Taken.MINE]


def handled(store: Store, key: str, now: float) -> None:
    """An event has been handled: only its key is kept."""
    store.lease.keys.discard(_HELD_AS + key)
    store.connection.execute(
        "UPDATE deliveries SET handled_at = ?, holder = NULL, message = '' WHERE key = ?", (now, key)
    )


def give_back(store: Store, key: str) -> None:
    """An event couldn't be handled. It will be when it's delivered again, or at the next start."""
    store.lease.keys.discard(_HELD_AS + key)
    store.connection.execute(
        "UPDATE deliveries SET holder = NULL WHERE key = ? AND handled_at IS NULL", (key,)
    )


def forget(store: Store, key: str) -> None:
    """What was received isn't true."""
    store.lease.keys.discard(_HELD_AS + key)
    store.connection.execute("DELETE FROM deliveries WHERE key = ? AND handled_at IS NULL", (key,))


def _hold(store: Store, key: str) -> Taken:
    holder, handled_at = store.connection.execute(
        "SELECT holder, handled_at FROM deliveries WHERE key = ?", (key,)
    ).fetchone()
    if handled_at is not None:
        return Taken.HANDLED
    if holder is not None and store.lease.is_held(holder, _HELD_AS + key):
        return Taken.BUSY
    store.connection.execute("UPDATE deliveries SET holder = ? WHERE key = ?", (store.lease.holder, key))
    store.lease.keys.add(_HELD_AS + key)
    return Taken.MINE
