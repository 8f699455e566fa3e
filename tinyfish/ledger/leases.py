"""Who is alive: each holder of keys keeps a lock in a file next to the ledger, which ends with its process.

The operating system releases the lock when the process dies, however it dies, and never before. So no clock is
involved, no heartbeat can be late, and a reused process id or a container's own ids can't be mistaken for another's.

One byte of the file for each holder. The locks are those of POSIX (`fcntl`): the child of a fork doesn't have them, but
they are lost if the process closes any descriptor of the file. So each process opens the file once.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import threading
from pathlib import Path
from typing import Final

from attrs import define, field

from tinyfish._core.wire.forking import renew_in_children

if sys.platform == "win32":
    import msvcrt

    _HOLDERS: Final = 2**31 - 2

    def _lock(descriptor: int, holder: int) -> None:
        os.lseek(descriptor, holder, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int, holder: int) -> None:
        os.lseek(descriptor, holder, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    _HOLDERS: Final = 2**62

    def _lock(descriptor: int, holder: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, holder)

    def _unlock(descriptor: int, holder: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, holder)


@define(eq=False)
class _LeaseFile:
    """The open file of one ledger in this process, and what the process holds in it, by holder."""

    descriptor: int
    identity: tuple[int, int]
    leases: dict[int, Lease] = field(factory=dict[int, "Lease"])


@define(eq=False)
class Lease:
    """What one `Ledger` object holds.

    Attributes:
        holder: The number under which the ledger knows it.
        keys: The keys that it holds: calls of this process are at work on them.
    """

    holder: int
    _path: Path
    _file: _LeaseFile
    keys: set[str] = field(factory=set[str])

    def is_in_place(self) -> bool:
        """Whether the file is still where others look for it."""
        try:
            return _identity(self._path.stat()) == self._file.identity
        except OSError:
            return False

    def is_held(self, holder: int, key: str) -> bool:
        """Whether a key that a holder has claimed is still held: by a call of this process, or a living other one."""
        with _LEASES.lock:
            own = self._file.leases.get(holder)
            if own is not None:
                return key in own.keys
            try:
                _lock(self._file.descriptor, holder)
            except (BlockingIOError, PermissionError):
                return True
            _unlock(self._file.descriptor, holder)
            return False

    def end(self) -> None:
        """Give up all keys. Idempotent."""
        with _LEASES.lock:
            if self._file.leases.pop(self.holder, None) is None:
                return
            self.keys.clear()
            _unlock(self._file.descriptor, self.holder)
            if not self._file.leases:
                _LEASES.close(self._file)


class _Leases:
    """The open files of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._files: dict[tuple[int, int], _LeaseFile] = {}
        renew_in_children(self)

    def renew(self) -> None:
        """The child of a fork holds nothing. Closing its descriptors doesn't affect the parent's locks."""
        self.lock = threading.RLock()
        for file in self._files.values():
            file.leases.clear()
            os.close(file.descriptor)
        self._files = {}

    def begin(self, ledger: Path) -> Lease:
        """Begin to hold keys of a ledger.

        Raises:
            OSError: The file can't be opened, or the file system has no locks.
        """
        with self.lock:
            path = ledger.with_name(f"{ledger.name}-leases")
            file = self._opened(path)
            while True:
                holder = secrets.randbelow(_HOLDERS) + 1
                if holder in file.leases:
                    continue
                try:
                    _lock(file.descriptor, holder)
                except (BlockingIOError, PermissionError):
                    continue  # another process has this number
                lease = file.leases[holder] = Lease(holder, path, file)
                return lease

    def _opened(self, path: Path) -> _LeaseFile:
        with contextlib.suppress(FileNotFoundError):
            known = self._files.get(_identity(path.stat()))
            if known is not None:
                return known  # a second descriptor must not be opened: closing it would release the locks
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        identity = _identity(os.fstat(descriptor))
        file = self._files[identity] = _LeaseFile(descriptor, identity)
        return file

    def close(self, file: _LeaseFile) -> None:
        """Close a file in which this process holds nothing."""
        self._files.pop(file.identity, None)
        os.close(file.descriptor)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


_LEASES: Final = _Leases()
begin: Final = _LEASES.begin
