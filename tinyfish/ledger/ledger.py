"""`tinyfish.Ledger`."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names
from tinyfish._core.no_copy import Uncopied
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.ledger.entry import LedgerEntry
from tinyfish.ledger.store import Store
from tinyfish.ledger.waiting import finished
from tinyfish.ledger.writer import Writer

_PAGE: Final = 1000


@checks_names
class Ledger(Uncopied):
    """A record of starts in an SQLite file, so that none is paid for twice, even after the program was killed.

    Pass it to a client as `ledger=`, or pass only its path. Before the client starts a run, it writes to the ledger
    what it's going to start; then the run's id, and its outcome when it sees it. Any number of threads and processes of
    one machine can use the same file. It has goals, urls and results, but no API key, no proxy and no password.

    The file is opened when it's first used. Next to it are those of SQLite (`-wal`, `-shm`), and `-leases`, which shows
    who is alive; it's empty. Keep them together, on a local disk.

    Args:
        path: The file; it's made if it doesn't exist, with access for its owner only. `~` is the user's home folder.
        timeout: Seconds to wait if another program has locked the file.

    Raises:
        TypeError: An argument has the wrong type; `ValueError` if it has a wrong value.

    Example:
        >>> from tinyfish import Ledger, TinyFish
        >>> with Ledger("runs.db") as ledger, TinyFish(ledger=ledger) as client:
        ...     response = client.agent.run(
        ...         goal="Order the part", url="https://example.com", idempotency_key="order-4711"
        ...     )
        ...     print(response.result, ledger.get("order-4711"))
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 10.0) -> None:
        try:
            name: object = os.fspath(path)
        except TypeError:
            raise InvalidArgumentTypeError(f"ledger must be a path or a Ledger, not {path!r}.") from None
        file = checks.text("ledger", name)
        if file == ":memory:" or "\0" in file:
            raise InvalidArgumentError(
                f"ledger must be the path of a file, not {file!r}: it has to outlive the process."
            )
        # By its real path, because the files next to it have to be the same for all.
        at = Path(file)
        self.path: Final = (at.expanduser() if at.parts[:1] == ("~",) else at).resolve()
        self._timeout = checks.interval("timeout", timeout) or 0.0
        self._writer = Writer(self.path, self._timeout)

    @property
    def writer(self) -> Writer:
        """What uses the file; for the other modules of this package."""
        return self._writer

    def get(self, key: str) -> LedgerEntry | None:
        """The entry of a key: its last attempt; None if there is none.

        Args:
            key: The `idempotency_key` of the start.

        Raises:
            LedgerError: The file can't be used.

        Example:
            >>> from tinyfish import Ledger
            >>> print(Ledger("runs.db").get("order-4711"))
        """
        checks.text("key", key)
        return finished(self._writer.submit(lambda store: store.get(key), writes=False))

    def attempts(self, key: str) -> list[LedgerEntry]:
        """All attempts of a key, from the first to the last; more than one if `retry_failed` started it again.

        Args:
            key: The `idempotency_key` of the start.

        Raises:
            LedgerError: The file can't be used.

        Example:
            >>> from tinyfish import Ledger
            >>> print([entry.run_id for entry in Ledger("runs.db").attempts("order-4711")])
        """
        checks.text("key", key)
        return finished(self._writer.submit(lambda store: store.attempts(key), writes=False))

    def pending(self) -> list[LedgerEntry]:
        """The entries without an end: their runs go on, or nobody has looked since. `client.reconcile()` looks.

        Raises:
            LedgerError: The file can't be used.

        Example:
            >>> from tinyfish import Ledger
            >>> for entry in Ledger("runs.db").pending():
            ...     print(entry.key, entry.run_id or "not known whether it was started")
        """
        return finished(self._writer.submit(lambda store: store.pending(), writes=False))

    def __iter__(self) -> Iterator[LedgerEntry]:
        """All entries and attempts, in the order of their starts; read as needed."""
        last, more = 0, True
        while more:
            page = finished(
                self._writer.submit(functools.partial(Store.page, after=last, size=_PAGE), writes=False)
            )
            for last, entry in page:  # noqa: B007 - the position of the last one is where the next page begins
                yield entry
            more = len(page) == _PAGE

    def close(self) -> None:
        """Close the file. Idempotent. A client closes the ledger that it has opened itself.

        Example:
            >>> from tinyfish import Ledger
            >>> Ledger("runs.db").close()
        """
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (str(self.path), self._timeout)

    def __repr__(self) -> str:
        return f"Ledger({str(getattr(self, 'path', '...'))!r})"


def _opened(path: str, timeout: float) -> Ledger:
    return Ledger(path, timeout=timeout)
