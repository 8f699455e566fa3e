"""From an event that was received to its handling: it's recorded, and then handled by whoever recorded it first."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import Future

from tinyfish._core.log import logger
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish.errors import LedgerError
from tinyfish.ledger.deliveries import Delivery, Taken
from tinyfish.ledger.waiting import finished, finished_async
from tinyfish.webhooks.records import Records
from tinyfish.webhooks.repeats import Repeats
from tinyfish.webhooks.workers import Workers


class Intake:
    """Takes events in, from threads and event loops, and what was left of earlier ones.

    Args:
        records: What remembers the events.
        workers_of: Makes the workers that handle them, and report what has to be repeated.

    Attributes:
        repeats: When what failed is tried again.
        workers: The workers.
        has_resumed: Whether it has begun to handle what was left.
    """

    def __init__(self, records: Records, workers_of: Callable[[Repeats], Workers]) -> None:
        self._records = records
        self.repeats = Repeats(self._repeat)
        self.workers = workers_of(self.repeats)
        self.has_resumed = False

    async def take(self, delivery: Delivery) -> None:
        """Record an event, in an event loop, and begin to handle it, unless somebody else has.

        Raises:
            LedgerError: It can't be recorded.
        """
        taking = self._records.take(delivery)
        # By the ledger's thread, so that it's handled even if this task is cancelled meanwhile.
        taking.add_done_callback(functools.partial(self._taken, delivery, EventLoop.running()))
        await finished_async(taking)

    def take_sync(self, delivery: Delivery) -> None:
        """The same as `take`, in a thread.

        Raises:
            LedgerError: It can't be recorded.
        """
        taking = self._records.take(delivery)
        try:
            finished(taking)
        except BaseException:  # Ctrl-C
            taking.add_done_callback(functools.partial(self._taken, delivery, None))
            raise
        self._taken(delivery, None, taking)

    async def resume(self) -> int:
        """Begin to handle what is left, in an event loop; returns how many events that are.

        Raises:
            LedgerError: It can't be read.
        """
        taking = self._records.take_pending()
        taking.add_done_callback(functools.partial(self._resumed, EventLoop.running()))
        pending = await finished_async(taking)
        return len(pending)

    def resume_sync(self) -> int:
        """The same as `resume`, in a thread.

        Raises:
            LedgerError: It can't be read.
        """
        taking = self._records.take_pending()
        try:
            pending = finished(taking)
        except BaseException:  # Ctrl-C
            taking.add_done_callback(functools.partial(self._resumed, None))
            raise
        self._resumed(None, taking)
        return len(pending)

    def _repeat(self, loop: EventLoop | None) -> None:
        taking = self._records.take_pending()
        taking.add_done_callback(functools.partial(self._resumed, loop))
        try:
            finished(taking)
        except LedgerError as error:
            logger.warning("What webhooks told can't be read now: %s It's tried again.", error)
            self.repeats.needed(loop)

    def _taken(self, delivery: Delivery, loop: EventLoop | None, taking: Future[Taken]) -> None:
        """An event was recorded, unless that failed: begin to handle it, unless somebody else has."""
        if taking.exception() is None:
            taken = taking.result()
            logger.info("webhook %s received%s", delivery.key, "" if taken is Taken.MINE else " again")
            if taken is Taken.MINE:
                self._begin(delivery, loop)

    def _resumed(self, loop: EventLoop | None, taking: Future[list[Delivery]]) -> None:
        if taking.exception() is None:
            self.has_resumed = True
            for delivery in taking.result():
                self._begin(delivery, loop)

    def _begin(self, delivery: Delivery, loop: EventLoop | None) -> None:
        try:
            self.workers.begin(delivery, loop)
        except BaseException:
            self._records.give_back(delivery.key)
            raise
