# Source of run_tools.py: see tools/derive_sync.py.
"""The tools that start runs, wait for them and stop them, in an event loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final

from tinyfish._core.callbacks import call_back_async
from tinyfish._core.calls.batching import chunks
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish_async
from tinyfish._core.keyed.key_search import KeySearch
from tinyfish._core.keyed.reference import Reference
from tinyfish._core.log import logger
from tinyfish._core.waiting.wait_policy import is_the_apis
from tinyfish.async_client import AsyncTinyFish
from tinyfish.errors import InvalidArgumentError, NotFoundError, SDKError, WaitTimeoutError
from tinyfish.models import Run
from tinyfish.tools import answers
from tinyfish.tools.answers import Answer, refusal
from tinyfish.tools.arguments import country_code
from tinyfish.tools.options import ToolOptions
from tinyfish.tools.started import Started, Starts, State

OnUpdate = Callable[[Run], object]

# How often to look whether another call has started the run of the same call.
_LOOK_SECONDS: Final = 0.1
# To find the run of an unanswered start, or to be sure that there is none.
_SEARCH_SECONDS: Final = 25.0


class AsyncRunTools:
    """The tools `run`, `get_run` and `cancel_run`, in an event loop.

    Args:
        client: The client that they call.
        options: How they behave.
        starts: What they have started.
    """

    def __init__(self, client: AsyncTinyFish, options: ToolOptions, starts: Starts) -> None:
        executor = client._executor  # pyright: ignore[reportPrivateUsage] - shared like that of any resource
        self._client = client
        self._executor = executor
        self._clock = executor.clock
        self._options = options
        self._starts = starts

    async def cancel_open(self) -> None:
        """Cancel the runs that go on. Never raises."""
        for start in self._starts.open():
            await self._cancel_quietly(start.run_id or "")

    async def run(self, *, on_update: OnUpdate | None, **given: Any) -> Answer:
        """Start a run, or join that of the same call, and wait for it.

        Raises:
            SDKError: It failed.
        """
        began = self._clock.now()
        start = await self.started(**given)
        if isinstance(start, Answer):
            return start
        answer = await self._wait(start.run_id or "", began, on_update)
        # The look before the wait may have failed, so an end that the wait saw at once may be an old one. The time of
        # the end doesn't tell: the server's clock is known to the second only.
        return answer if start.known_at >= began else self._ended_before(start) or answer

    async def get_run(self, *, run_id: str, on_update: OnUpdate | None) -> Answer:
        """Wait for a run, whoever has started it.

        Raises:
            SDKError: It failed.
        """
        began = self._clock.now()
        try:
            run = await self._look(run_id)  # a wait would give a run that doesn't exist time to be listed
        except Exception:
            raise
        except BaseException:
            await self._given_up(run_id)
            raise
        if run is not None and run.is_finished:
            return answers.run_ended(run)
        return await self._wait(run_id, began, on_update)

    async def cancel_run(self, *, run_id: str) -> Answer:
        """Cancel a run that these tools have started.

        Raises:
            SDKError: It failed.
        """
        if self._starts.of(run_id) is None:
            return refusal(
                f"Run {run_id!r} wasn't started by these tools, so they can't stop it. To stop one that was started "
                "before a restart of the program, call `run` with its goal and url first."
            )
        cancelled = await self._client.runs.cancel(run_id, timeout=self._options.patience)
        return answers.run_cancelled(run_id, cancelled.status)

    async def look(self, run_id: str) -> tuple[Run | None, Answer | None]:
        """Get the run of a call of `run` without waiting for it; see `AsyncToolset.look`."""
        run = await self._look(run_id)
        if run is None or not run.is_finished:
            return run, None
        start, answer = self._starts.of(run_id), answers.run_ended(run)
        if start is not None and start.known_at == -math.inf:
            # The call has found it by its key, and nobody has seen it go on since.
            return run, self._ended_before(start) or answer
        return run, answer

    async def _look(self, run_id: str) -> Run | None:
        """Get a run; None if it's so new that it isn't visible yet."""
        try:
            run = await self._client.runs.get(run_id, timeout=self._options.patience)
        except NotFoundError as error:
            if not is_the_apis(error) or self._starts.missing(run_id, self._clock.now()):
                raise
            return None
        self._seen(run)
        return run

    async def started(
        self, *, goal: str, url: str, stealth: bool, country: str | None, fresh: bool
    ) -> Started | Answer:
        """The start of a call of `run`, with its run; or the answer if there is none, or the run has ended.

        Raises:
            SDKError: It failed.
        """
        if self._starts.is_closed:
            return answers.tools_closed()
        url = self._options.guard.checked(url)
        self._options.guard.check_text(goal)
        country = country_code(country)
        if country is not None and "proxy_config" in self._options.run_options:
            raise InvalidArgumentError("country can't be chosen here, because the program sets the proxy.")
        ends = self._clock.now() + self._options.patience
        has_looked = has_made_room = False
        while True:
            now = self._clock.now()
            claimed = self._starts.claim(goal, url, [stealth, country], fresh=fresh, now=now)
            if claimed is None:
                if has_made_room:
                    return answers.too_many_runs(len(self._starts.all()))
                await self._make_room(ends)
                has_made_room = True
                continue
            start, is_mine = claimed
            if is_mine:
                refused = await self._send(start, stealth=stealth, country=country)
                return refused or self._ended_before(start) or start
            if ended := self._ended_before(start):
                return ended
            if start.state is State.STARTED and has_looked:
                return start
            if start.state is State.STARTED:
                await self._look_again(start)
                has_looked = True
                continue
            if now >= ends:
                return refusal("The same call is still starting its run. Call `run` again in a moment.")
            await self._executor.sleep(_LOOK_SECONDS)

    async def _send(self, start: Started, *, stealth: bool, country: str | None) -> Answer | None:
        """Send a start; returns the answer if it was refused."""
        options = dict(self._options.run_options)
        if stealth:
            options["browser_profile"] = "stealth"
        if country is not None:
            options["proxy_config"] = {"enabled": True, "country_code": country}
        patience = self._options.patience
        timeout = max(patience, _SEARCH_SECONDS) if start.was_tried else patience
        try:
            with self._options.budget or nullcontext():
                queued = await self._client.agent.queue(
                    goal=start.goal,
                    url=start.url,
                    idempotency_key=start.idempotency_key,
                    timeout=timeout,
                    cancel_on_exit=self._options.cancel_on_exit,
                    **options,
                )
        except BaseException as error:
            self._starts.failed(start, error, self._clock.now())
            raise
        if not queued.run_id:
            self._starts.not_started(start)
            return answers.run_not_queued(queued)
        self._starts.started(start, queued.run_id, reused=queued.reused, now=self._clock.now())
        if self._starts.is_closed and self._options.cancel_on_exit:
            await self._cancel_quietly(queued.run_id)
        elif queued.reused:  # its key has found a run that may have ended long ago
            await self._look_again(start)
        return None

    def _ended_before(self, start: Started) -> Answer | None:
        """The answer about a run that has ended before this call waits for it."""
        if start.state is not State.ENDED or start.run is None:
            return None
        return answers.run_ended(start.run, answers.reused(self._clock.now() - start.ended_at))

    async def _make_room(self, ends: float) -> None:
        """Find out what has become of the starts whose end nobody has seen. If that isn't to be had, they stay."""
        try:
            for starts in chunks(self._starts.open()):
                if self._clock.now() >= ends:
                    return
                found = await self._client.runs.get_many(
                    [start.run_id or "" for start in starts], timeout=self._options.patience
                )
                for run in found.data:
                    self._seen(run)
                for run_id in found.not_found or ():
                    self._starts.missing(run_id, self._clock.now())
                if self._starts.make_room():
                    return
            while not self._starts.make_room() and self._clock.now() < ends:
                start = self._starts.claim_unsure(self._clock.now())
                if start is None:
                    return
                await self._search(start)
        except SDKError as error:
            logger.info("The toolset can't look for the ends of its runs: %s", error)

    async def _search(self, start: Started) -> None:
        """Search for the run of a start that is unsure, without sending it."""
        # A search only needs the key.
        walk = KeySearch(Reference.of(start.key, {"goal": start.goal, "url": start.url}))
        options = self._executor.options(self._options.patience, None)
        try:
            while walk.saw(await self._executor.send(walk.request(), options)):
                pass
        except BaseException as error:
            self._starts.failed(start, error, self._clock.now())
            raise
        if not walk.found:
            self._starts.not_started(start)
            return
        run = walk.found[0].run
        self._starts.started(start, run.run_id, reused=True, now=self._clock.now())
        self._seen(run)

    async def _look_again(self, start: Started) -> None:
        """Look whether a run has ended meanwhile. If that isn't to be had, the wait for it says why."""
        try:
            run = await self._client.runs.get(start.run_id or "", timeout=self._options.patience)
        except SDKError:
            return
        except Exception:
            raise
        except BaseException:
            await self._given_up(start.run_id or "")
            raise
        self._seen(run)

    async def _wait(self, run_id: str, began: float, on_update: OnUpdate | None) -> Answer:
        left = max(self._options.patience - (self._clock.now() - began), 0.001)

        async def tell(run: Run) -> None:
            self._seen(run)
            if on_update is not None:
                try:
                    await call_back_async(on_update, run)
                except Exception:  # noqa: BLE001 - the run is paid for, whoever is told of it
                    logger.exception("on_update of the toolset failed for run %s", run_id)

        try:
            run = await self._client.runs.wait(run_id, timeout=left, on_update=tell)
        except WaitTimeoutError as error:
            if error.last_run is not None:
                self._seen(error.last_run)
            return answers.run_goes_on(run_id, error.last_run, self._clock.now() - began)
        except NotFoundError:
            now = self._clock.now()
            if self._starts.missing(run_id, now):
                raise
            return answers.run_goes_on(run_id, None, now - began)
        except Exception:
            raise
        except BaseException:
            await self._given_up(run_id)
            raise
        self._seen(run)
        return answers.run_ended(run)

    async def _given_up(self, run_id: str) -> None:
        """The framework has cancelled the call that waits for a run."""
        if self._options.cancel_on_exit:
            await finish_async(lambda: self._cancel_quietly(run_id), EXIT_GRACE_SECONDS)

    async def _cancel_quietly(self, run_id: str) -> None:
        try:
            await self._client.runs.cancel(run_id, timeout=EXIT_GRACE_SECONDS)
        except SDKError as failure:
            logger.warning("Run %s could not be cancelled: %s", run_id, failure)

    def _seen(self, run: Run) -> None:
        self._starts.seen(run, now=self._clock.now(), server_now=self._executor.server_clock.now())
