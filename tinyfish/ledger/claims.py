"""What is asked of a ledger before a start, and what it answers. Pure."""

from __future__ import annotations

import os
from enum import Enum, auto
from pathlib import Path
from typing import Final, Protocol

from attrs import frozen

from tinyfish.errors import IdempotencyConflictError
from tinyfish.ledger.entry import LedgerEntry


class Intent(Protocol):
    """What a call is going to start."""

    @property
    def key(self) -> str:
        """Its key."""
        ...

    @property
    def fingerprint(self) -> bytes:
        """That of its content: see `_core/keyed/reference.py`."""
        ...

    @property
    def goal(self) -> str:
        """Its goal, without a reference."""
        ...

    @property
    def url(self) -> str:
        """Its url, without a login."""
        ...

    @property
    def retry_failed(self) -> bool:
        """Whether to start it again if it failed or was cancelled."""
        ...

    @property
    def max_age(self) -> float | None:
        """How many seconds ago a run of the same content can have ended, to be used instead; None for never."""
        ...

    @property
    def ended_attempts(self) -> int:
        """How many attempts are not to be used, however they have ended: then it is started again."""
        ...


class ClaimKind(Enum):
    """What to do about a key."""

    FRESH = auto()
    """Nothing was ever sent: start it. The key is held until it's released."""
    SEARCH = auto()
    """It may have been sent, by somebody who has died or given up: search for its run. The key is held."""
    RUNNING = auto()
    """It has a run, which hadn't ended when the ledger last heard of it."""
    ENDED = auto()
    """It has ended."""
    BUSY = auto()
    """Another call, perhaps of another process, is about to start it."""
    CONFLICT = auto()
    """The key was used for something else."""


@frozen(kw_only=True)
class Moment:
    """A moment on the monotonic clock, which all processes of a machine share until it's booted again.

    Attributes:
        boot: What identifies the boot; empty if the system doesn't say.
        at: Seconds.
    """

    boot: str
    at: float

    def seconds_until(self, now: Moment) -> float:
        """Seconds from this moment until another; 0 if they can't be compared."""
        return max(0.0, now.at - self.at) if self.boot and self.boot == now.boot else 0.0


@frozen(kw_only=True)
class Claim:
    """The answer for one intent.

    Attributes:
        kind: What to do.
        attempt: The number of the attempt.
        entry: What the ledger has of it; None for FRESH.
        quiet_since: For SEARCH: since when nobody can have been sending it.
        from_cache: For ENDED: whether the entry is that of another key with the same content.
        error: For CONFLICT.
    """

    kind: ClaimKind
    attempt: int = 1
    entry: LedgerEntry | None = None
    quiet_since: Moment | None = None
    from_cache: bool = False
    error: IdempotencyConflictError | None = None

    @property
    def is_first(self) -> bool:
        """Whether the key was never used."""
        return self.kind is ClaimKind.FRESH and self.attempt == 1


def conflict(intent: Intent, entry: LedgerEntry) -> IdempotencyConflictError:
    """The error for a key that was used for something else."""
    differs = [name for name in ("goal", "url") if getattr(intent, name) != getattr(entry, name)]
    return IdempotencyConflictError.of(intent.key, differs or ["options"], entry.run_id)


def _boot() -> str:
    """What identifies the boot of this machine, with the clock of this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    try:
        return f"{boot} {os.readlink('/proc/self/ns/time')}"  # noqa: PTH115 - the link has no target
    except OSError:
        return boot


BOOT: Final = _boot()
