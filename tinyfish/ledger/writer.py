"""The thread that uses a ledger's file, in the order of the operations: those that wait share a transaction."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from attrs import define, field

from tinyfish._core.log import logger
from tinyfish._core.wire.forking import leave_alone, renew_in_children
from tinyfish.errors import LedgerError
from tinyfish.ledger.store import Store, errors_of

T = TypeVar("T")

# The thread ends if nothing happens for this long, so that a ledger that nobody closes leaves none behind.
_IDLE_SECONDS: Final = 2.0
_MAX_GROUP: Final = 1000
# An operation whose end nobody waits for is done with the next ones, or after this time.
_COMPANY_SECONDS: Final = 0.02
# What couldn't be recorded is tried again after this time, and with the next transaction.
_OWED_SECONDS: Final = 1.0
_MAX_OWED: Final = 10_000


@define(eq=False)
class _Operation:
    """One thing to do.

    Attributes:
        writes: Whether it needs a transaction.
        durable: Whether it has to survive a power cut.
        owed: Whether it's done later if it fails for a while: it records what has happened already.
        awaited: Whether somebody waits for its end.
    """

    work: Callable[[Store], Any]
    writes: bool
    durable: bool
    owed: bool
    awaited: bool
    future: Future[Any] = field(factory=Future[Any])


class _Forks:
    """Keeps the files of all ledgers closed while the process forks.

    SQLite notes in the process which files it has locked. So a child of a process with an open file would take its
    parent's locks for its own, and take none. Then others delete the log (`-wal`) into which the child writes:
    https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_
    """

    def __init__(self) -> None:
        self._writers: weakref.WeakSet[Writer] = weakref.WeakSet()
        self.renew()
        renew_in_children(self)
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(before=self._before, after_in_parent=self._after)

    def renew(self) -> None:
        """Reset in the child of a fork."""
        self._lock = threading.RLock()  # held during a fork
        self._closed: list[Writer] = []

    def add(self, writer: Writer) -> None:
        """Add the writer of a ledger."""
        with self._lock:
            self._writers.add(writer)

    def _before(self) -> None:
        self._lock.acquire()
        for writer in list(self._writers):
            writer.before_fork()
            self._closed.append(writer)

    def _after(self) -> None:
        while self._closed:
            self._closed.pop().after_fork()
        self._lock.release()


_FORKS: Final = _Forks()


class Writer:
    """Does the operations of one ledger, in order. Thread-safe."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._begin()
        renew_in_children(self)
        _FORKS.add(self)

    def _begin(self) -> None:
        self._condition = threading.Condition()
        self._using = threading.RLock()  # held while the file is used
        self._queue: deque[_Operation] = deque()
        self._awaited = 0  # how many operations in the queue are awaited
        self._owed: deque[Callable[[Store], Any]] = deque(maxlen=_MAX_OWED)
        self._thread: threading.Thread | None = None
        self._store: Store | None = None
        self._closes: weakref.finalize[..., Writer] | None = None
        self._is_closed = False

    def renew(self) -> None:
        """The child of a fork opens the file itself."""
        leave_alone(self._store, self._condition, self._queue)
        if self._closes is not None:
            self._closes.detach()
        is_closed = self._is_closed
        self._begin()
        self._is_closed = is_closed

    def submit(
        self,
        work: Callable[[Store], T],
        *,
        writes: bool = True,
        durable: bool = False,
        owed: bool = False,
        awaited: bool = True,
        future: Future[T] | None = None,
    ) -> Future[T]:
        """Do something with the store, soon. The future gets a LedgerError if it fails.

        Args:
            work: What to do.
            writes: Whether it needs a transaction.
            durable: Whether it has to survive a power cut.
            owed: Whether it's done later if it fails for a while.
            awaited: Whether somebody waits for its end. Otherwise it waits a little for others, to share a transaction.
            future: The future; a new one if None.
        """
        operation = _Operation(work, writes, durable, owed, awaited, future or Future())
        with self._condition:
            if self._is_closed:
                operation.future.set_exception(LedgerError(f"The ledger {self._path} is closed."))
                return cast("Future[T]", operation.future)
            self._queue.append(operation)
            self._awaited += awaited
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tinyfish-ledger", daemon=True)
                try:
                    self._thread.start()
                except BaseException:  # Ctrl-C
                    self._thread = None
                    raise
            elif awaited or len(self._queue) == 1:
                self._condition.notify()
        return cast("Future[T]", operation.future)

    def close(self) -> None:
        """Do what waits, and close the file. Idempotent."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        with self._using:
            store, self._store = self._store, None
            if store is not None:
                if self._closes is not None:
                    self._closes.detach()
                store.close()

    def before_fork(self) -> None:
        """Close the file, after what is being done with it, and leave it closed until `after_fork`."""
        self._using.acquire()
        if self._store is not None:
            with contextlib.suppress(sqlite3.Error):
                self._store.suspend()

    def after_fork(self) -> None:
        """The process has forked: in the parent, the file can be used again."""
        self._using.release()

    def _work(self) -> None:
        while True:
            with self._condition:
                if self._thread is not threading.current_thread():
                    return  # its start was interrupted
                if not self._queue and not self._is_closed:
                    self._condition.wait(_OWED_SECONDS if self._owed else _IDLE_SECONDS)
                if not self._queue and (self._is_closed or not self._owed):
                    self._thread = None
                    break
                if self._queue and not self._is_hurried:
                    self._condition.wait_for(lambda: self._is_hurried, _COMPANY_SECONDS)
                group = [self._queue.popleft() for _ in range(min(len(self._queue), _MAX_GROUP))]
                self._awaited -= sum(operation.awaited for operation in group)
            self._do(group)
        if self._owed:
            self._do([])  # for the last time

    @property
    def _is_hurried(self) -> bool:
        return self._awaited > 0 or self._is_closed

    def _do(self, group: list[_Operation]) -> None:
        group = [operation for operation in group if operation.future.set_running_or_notify_cancel()]
        try:
            results = self._together(group)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the operation
            if len(group) > 1:  # it may be the fault of one of them
                for operation in group:
                    self._alone(operation)
            elif group:
                self._failed(group[0], error)
            return
        for operation, result in zip(group, results, strict=True):
            operation.future.set_result(result)

    def _alone(self, operation: _Operation) -> None:
        try:
            [result] = self._together([operation])
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(operation, error)
        else:
            operation.future.set_result(result)

    def _failed(self, operation: _Operation, error: Exception) -> None:
        if operation.owed and isinstance(error, LedgerError) and error.is_retryable:
            self._owed.append(operation.work)
        if not isinstance(error, LedgerError):  # what is to be written can't be: a number of 30 digits, say
            cause, error = error, LedgerError(f"The ledger {self._path} can't be used: {error!r}.")
            error.__cause__ = cause
        operation.future.set_exception(error)

    def _together(self, group: list[_Operation]) -> list[Any]:
        with self._using, errors_of(self._path):
            store = self._opened()
            if group and not any(operation.writes for operation in group):
                return [operation.work(store) for operation in group]
            with store.transaction(durable=any(operation.durable for operation in group)):
                for work in tuple(self._owed):
                    self._pay(work, store)
                results = [operation.work(store) for operation in group]
            self._owed.clear()
            return results

    def _pay(self, work: Callable[[Store], Any], store: Store) -> None:
        """Record what couldn't be recorded before. What never can be must not make all later operations fail."""
        try:
            work(store)
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - a number of 30 digits, say
            self._owed.remove(work)
            logger.warning("Not recorded in the ledger %s: %r", self._path, error)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store.open(self._path, self._busy_seconds)
            self._closes = weakref.finalize(self, _close, self._store, os.getpid())
            self._closes.atexit = False
        else:
            self._store.resume(self._busy_seconds)
        return self._store


def _close(store: Store, process: int) -> None:
    if os.getpid() == process:
        store.close()
