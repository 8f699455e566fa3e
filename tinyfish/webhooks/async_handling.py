# Source of handling.py: see tools/derive_sync.py.
"""What happens with an event after the sender has been answered, and the wait for a run, in an event loop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from attrs import frozen

from tinyfish._core.calls.answer_checks import one_run
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.json_text import loads
from tinyfish._core.log import logger, reason_of
from tinyfish._core.waiting.async_polling import poll
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish._core.wire.alarms import AsyncAlarm
from tinyfish.errors import APIError, ClientClosedError, SDKError
from tinyfish.ledger.deliveries import Delivery, Taken
from tinyfish.ledger.waiting import finished_async
from tinyfish.models import Run
from tinyfish.models.returns import Wanted
from tinyfish.webhooks.calling import call_handler_async
from tinyfish.webhooks.events import AnyEvent, RunEvent, event_of
from tinyfish.webhooks.records import Records
from tinyfish.webhooks.rereading import Rereading
from tinyfish.webhooks.waiters import Waiters


@frozen(kw_only=True, eq=False)
class AsyncHandling:
    """Handles the events of one receiver.

    Attributes:
        executor: The client's.
        records: What is remembered of events.
        waiters: The waits for runs.
        on_event: What the program does with an event.
        wanted: The type of the runs' results.
    """

    executor: AsyncExecutor
    records: Records
    waiters: Waiters
    on_event: Callable[[AnyEvent[Any]], object] | None
    wanted: Wanted[Any] | None

    async def handle(self, delivery: Delivery) -> bool:
        """Handle an event that is held. An error is logged, and the event is given back.

        Returns whether it is to be handled again later.
        """
        held: str | None = delivery.key
        try:
            event = await self._believed(delivery)
            held = await self._held_as(event, delivery)
            if event is not None and held is not None and await self._tell(event):
                await finished_async(self.records.handled(held))
                held = None
        except ClientClosedError as error:
            logger.warning("webhook %s isn't handled (%s); it is at the next start.", delivery.key, error)
            return False
        except SDKError as error:
            reason = reason_of(error) if isinstance(error, APIError) else str(error)
            logger.warning(
                "webhook %s can't be handled now (%s); it's tried again.",
                delivery.key,
                reason,
            )
            return True
        finally:
            if held is not None:
                self.records.give_back(held)
        return held is not None

    async def wait(self, wait: Wait) -> Run:
        """Wait for a run: its webhook wakes the wait, which polls now and then anyway.

        Raises:
            APIError: Polling failed, and not for a transient reason.
            WaitTimeoutError: The time limit is reached.
        """
        alarm = AsyncAlarm()
        with self.waiters.waiting(wait.run_id, alarm.ring):
            while True:
                step = await poll(self.executor, wait)
                if isinstance(step, Run):
                    return step
                await alarm.wait(self.executor.closing, self.executor.clock, step)

    async def _believed(self, delivery: Delivery) -> AnyEvent[Any] | None:
        """The event as it's true: what it tells of a run comes from the API. None if it isn't true.

        Raises:
            APIError: The API can't be asked.
        """
        told: AnyEvent[Any] = event_of(loads(delivery.message), self.wanted)
        if not isinstance(told, RunEvent):
            return told
        rereading = Rereading(told, self.wanted)
        while True:
            try:
                run = await self.executor.send(one_run(told.run_id), self.executor.options(NOT_GIVEN, None))
            except APIError as error:
                step: RunEvent[Any] | float | None = rereading.failed(error)
            else:
                step = rereading.read(run)
            if isinstance(step, RunEvent):
                self.waiters.wake(told.run_id)
                return step
            if step is None:
                return None
            await self.executor.sleep(step)

    async def _held_as(self, event: AnyEvent[Any] | None, delivery: Delivery) -> str | None:
        """The key under which the true event is held now; None if it isn't to be handled."""
        if event is None:
            await finished_async(self.records.forget(delivery.key))
            return None
        if event.key == delivery.key:
            return event.key
        true = Delivery(event.key, delivery.message)
        taking = self.records.take_as(delivery.key, true)
        try:
            taken = await finished_async(taking)
        except BaseException:  # it is cancelled

            def give_back(done: Future[Taken]) -> None:
                if done.exception() is None and done.result() is Taken.MINE:
                    self.records.give_back(true.key)

            taking.add_done_callback(give_back)
            raise
        return event.key if taken is Taken.MINE else None

    async def _tell(self, event: AnyEvent[Any]) -> bool:
        """Call the program's function; False if it failed."""
        if self.on_event is not None:
            try:
                await call_handler_async(self.on_event, event)
            except Exception:  # noqa: BLE001 - the program's
                logger.exception(
                    "on_event failed for webhook %s; it's called again.",
                    event.key,
                )
                return False
        return True
