# Source of research_stream.py: see tools/derive_sync.py.
"""Live event streams of research runs, in an event loop."""

from __future__ import annotations

import functools

from tinyfish_generated.models import ResearchRunDetail, ResearchStreamEvent

from tinyfish._core.calls.answer_checks import one_research_run
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.recovery.async_recovery import find_started, start_stream
from tinyfish._core.recovery.run_listings import RESEARCH_RUNS
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.streams.async_followed import AsyncFollowedStream
from tinyfish._core.streams.research_plan import EventRequest, ResearchStreamPlan
from tinyfish._core.streams.research_state import ResearchState
from tinyfish._core.waiting.async_polling import end_late
from tinyfish._core.waiting.wait_policy import StateWait
from tinyfish._core.waiting.waited import RESEARCH_RUN
from tinyfish._core.wire.call import Delivery
from tinyfish.errors import APIConnectionError, ClientClosedError, WaitTimeoutError


class AsyncResearchStream(AsyncFollowedStream[ResearchStreamEvent]):
    """The events of one research run as they happen; made by `client.research.stream` and `client.research.events`.

    Iterate over it, preferably in an `async with` block: leaving the block closes the connection immediately, and the
    research run goes on, unless `cancel_on_exit` is set.

    The request is sent when the block is entered, when it is awaited, or when the iteration begins.

    Once the id is known, the iteration ends with `ResearchDoneEvent` after the result or the error, even if connections
    break, or raises.

    Only one task at a time can read it; another one gets a `StreamBusyError`. Any task can close it: a pending
    reader then gets a `StreamInterruptedError` immediately.
    """

    def __init__(self, executor: AsyncExecutor, plan: ResearchStreamPlan) -> None:
        self._research = ResearchState(plan, executor.clock, executor.listeners)
        super().__init__(executor, self._research, plan.callbacks.call, plan.cancel_policy)

    @property
    def run_id(self) -> str | None:
        """The research run's id; None until the server has sent it."""
        return self._research.run_id

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that was returned; `research.events` continues after it."""
        return self._research.last_event_id

    @property
    def adopted(self) -> bool:
        """Whether the response to the start was lost, and the research run was found by its query and time."""
        return self._research.adopted

    def __repr__(self) -> str:
        return f"<{type(self).__name__} run_id={self.run_id!r}>"

    async def until_done(self) -> ResearchRunDetail:
        """Process all remaining events, including callbacks, and return the ended research run.

        Raises:
            APIError: The same errors as the iteration.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.research.stream(query="When is high water?") as stream:
            ...             print((await stream.until_done()).status)
            >>> asyncio.run(main())
        """
        async for _ in self:
            pass
        run_id = self.run_id
        if run_id is None:
            raise self._research.closed_error()
        options = self._executor.options(None, None)
        return await self._executor.send(one_research_run(run_id), options)

    async def _start(self) -> None:
        plan = self._research.plan
        if plan.request is None:
            await super()._start()
            return
        await self._guard.start(functools.partial(self._send, plan.request), plan.query)

    async def _send(self, request: EventRequest, on_run_ids: OnRunIds) -> None:
        """Send the request; if the research run may have to be cancelled, read on until its id is known."""
        state, plan = self._research, self._research.plan
        start = state.begin(on_run_ids)
        try:
            opened = await start_stream(
                self._executor, request, plan.options, start, [plan.query], plan.adopt, RESEARCH_RUNS
            )
        except ClientClosedError:
            state.refused()  # it was not sent
            raise
        if isinstance(opened, CallResult | RecoveredRuns):
            state.settled(opened)
        else:
            self._hold(opened)
            state.opened(opened.waited)
        while self._guard.cancel_policy.cancels and state.run_id is None and not state.over:
            event = state.take()
            if event is not None:
                self._read_ahead.append(event)
            else:
                await self._go_on()

    async def _go_on(self) -> None:
        try:
            await super()._go_on()
        except WaitTimeoutError as error:
            run_id = self._research.run_id
            if run_id is None or not self._guard.cancel_policy.cancels:
                raise
            wait = StateWait(RESEARCH_RUN, run_id, self._executor.clock, self._executor.listeners, None)
            request = one_research_run(run_id)
            try:
                state = await end_late(self._executor, wait, request, self._guard.kind, error)
            except WaitTimeoutError:
                self._guard.release()
                raise
            self._research.ended_late(state)

    async def _dropped(self, error: APIConnectionError, delivery: Delivery | None) -> None:
        state = self._research
        if state.run_id is not None or delivery is None:
            state.lost(error)
            return
        result = state.lost_start(error, delivery)
        if result is not None:
            state.settled(
                await find_started(
                    self._executor, result, state.start, [state.plan.query], state.plan.adopt, RESEARCH_RUNS
                )
            )
