"""What the client and `run_many` do with a ledger. Everything is done by its own thread, and returns a future."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, TypeVar
from urllib.parse import urlsplit

from attrs import frozen

from tinyfish._core.clock import Clock
from tinyfish._core.log import logger
from tinyfish.errors import LedgerError
from tinyfish.ledger.claims import Claim, ClaimKind, Intent
from tinyfish.ledger.ends import End, SeenEnd, ends_in
from tinyfish.ledger.entry import LedgerEntry
from tinyfish.ledger.ledger import Ledger
from tinyfish.ledger.store import Store
from tinyfish.ledger.waiting import finished, finished_async

T = TypeVar("T")

_PORTS: Final = {"http": 80, "https": 443}


@frozen(eq=False)
class Book:
    """A ledger, as one client uses it.

    Attributes:
        ledger: The ledger.
        origin: The server; see `origin_of`.
        clock: The client's.
        is_awaited: Whether a call ends only after what it has learnt is written down. A job doesn't wait for that:
            what is lost with the process is found again by its key.
    """

    ledger: Ledger
    origin: str
    clock: Clock
    is_awaited: bool = True

    def claim_many(
        self, intents: Sequence[Intent], claimed: Future[list[Claim]] | None = None
    ) -> Future[list[Claim]]:
        """Claim keys, each at most once: in one transaction, which survives a power cut.

        Args:
            intents: What is going to be started.
            claimed: The future to return. One that the caller has made before is known to it even if Ctrl-C interrupts
                this method.

        The keys of the claims FRESH and SEARCH are then held, until `record_runs`, `forget` or `release`.
        """
        wall, now = self.clock.wall(), self.clock.now()
        return self.ledger.writer.submit(
            lambda store: store.claim(intents, self.origin, wall, now), durable=True, future=claimed
        )

    def take_back(self, intents: Sequence[Intent], claims: Future[list[Claim]]) -> None:
        """The call that claims keys was interrupted: give up what it gets."""

        def give_up(done: Future[list[Claim]]) -> None:
            if done.exception() is None:
                claimed = list(zip(intents, done.result(), strict=True))
                self.forget([intent.key for intent, claim in claimed if claim.kind is ClaimKind.FRESH])
                self.release([intent.key for intent, claim in claimed if claim.kind is ClaimKind.SEARCH])

        claims.add_done_callback(give_up)

    def send_again(self, keys: Sequence[str]) -> Future[None]:
        """Keys with the claim SEARCH weren't found, and are about to be sent."""
        return self._submit(lambda store: store.send_again(keys), durable=True)

    def record_runs(self, runs: Sequence[tuple[str, int, str]]) -> Future[None]:
        """The runs of keys are known: key, attempt, run id. They aren't held any more."""
        return self._record(lambda store: store.record_runs(runs))

    def record_ends(self, ends: Sequence[End]) -> Future[None]:
        """Runs have ended. Those that the ledger doesn't know are ignored."""
        wall = self.clock.wall()
        seen = [SeenEnd(end) for end in ends]
        if not self.is_awaited:
            # The caller has the runs before they are written, and may change their results.
            for one in seen:
                one.row()
        return self._record(lambda store: store.record_ends(seen, wall))

    def forget(self, keys: Sequence[str]) -> Future[None]:
        """Certainly nothing was started for the keys: their entries are removed."""
        return self._record(lambda store: store.forget(keys))

    def release(self, keys: Sequence[str]) -> Future[None]:
        """Give up keys, although it isn't known whether something was started for them."""
        now = self.clock.now()
        return self._record(lambda store: store.release(keys, now))

    def lookup(self, keys: Sequence[str]) -> Future[dict[str, LedgerEntry]]:
        """The entries of keys, as far as there are any."""
        return self._submit(lambda store: self._checked(store).lookup(keys), writes=False)

    def has_any(self, prefix: str) -> Future[bool]:
        """Whether there is any entry whose key begins with a text."""
        return self._submit(lambda store: self._checked(store).has_any(prefix), writes=False)

    def pending(self) -> Future[list[LedgerEntry]]:
        """The entries without an end."""
        return self._submit(lambda store: self._checked(store).pending(), writes=False)

    def _checked(self, store: Store) -> Store:
        """The store, if it's the server's: what another one has done is no result of this one."""
        store.check_origin(self.origin, writes=False)
        return store

    def _submit(self, work: Callable[[Store], T], *, writes: bool = True, durable: bool = False) -> Future[T]:
        return self.ledger.writer.submit(work, writes=writes, durable=durable)

    def _record(self, work: Callable[[Store], None]) -> Future[None]:
        """Record what has happened already."""
        return self.ledger.writer.submit(work, owed=True, awaited=self.is_awaited)

    def note(self, value: object) -> None:
        """Record the ends of runs in a response, if there are any. A failure is logged: the run is paid for."""
        ends = ends_in(value)
        if ends:
            self.settle(self.record_ends(ends))

    async def note_async(self, value: object) -> None:
        """The same in an event loop."""
        ends = ends_in(value)
        if ends:
            await self.settle_async(self.record_ends(ends))

    def settle(self, recorded: Future[None]) -> None:
        """Wait until something is recorded, unless this is for a job. A failure is logged."""
        if not self.is_awaited:
            recorded.add_done_callback(_warn_if_failed)
            return
        try:
            finished(recorded)
        except LedgerError as error:
            warn_of(error)

    async def settle_async(self, recorded: Future[None]) -> None:
        """The same in an event loop."""
        if not self.is_awaited:
            recorded.add_done_callback(_warn_if_failed)
            return
        try:
            await finished_async(recorded)
        except LedgerError as error:
            warn_of(error)

    def all_recorded(self) -> None:
        """Wait until everything is recorded that nobody has waited for."""
        with contextlib.suppress(LedgerError):  # who else needs the ledger gets the error
            finished(self._nothing())

    async def all_recorded_async(self) -> None:
        """The same in an event loop."""
        with contextlib.suppress(LedgerError):
            await finished_async(self._nothing())

    def _nothing(self) -> Future[None]:
        return self._submit(lambda _: None, writes=False)  # operations are done in their order


def _warn_if_failed(recorded: Future[None]) -> None:
    error = recorded.exception()
    if isinstance(error, LedgerError):
        warn_of(error)


def warn_of(error: LedgerError) -> None:
    """Log that something couldn't be recorded."""
    logger.warning("Not recorded: %s The run itself isn't affected.", error)


def origin_of(url: str) -> str:
    """The server at a URL; all addresses of this machine are the same one."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost") or _is_loopback(host):
        return "loopback"
    port = parts.port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port == _PORTS[parts.scheme] else f":{port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
