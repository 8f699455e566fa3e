"""Looking at many runs with few calls: all workflows of a worker that look at the same time share a request."""

from __future__ import annotations

import asyncio
from datetime import datetime

from tinyfish._core.log import logger
from tinyfish.async_client import AsyncTinyFish
from tinyfish.models import Run

# How long a look waits for others to join it, in seconds.
GATHER_SECONDS = 0.05
RUNS_IN_A_LOOK = 100


class Looks:
    """Looks at runs in batches. Used from one event loop."""

    def __init__(self, client: AsyncTinyFish) -> None:
        self._client = client
        self._waiting: dict[str, asyncio.Future[Run | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self, run_id: str) -> Run | None:
        """The run's current state; None if the server doesn't list it.

        Raises:
            SDKError: The call failed.
        """
        future = self._waiting.get(run_id)
        if future is None:
            future = self._waiting[run_id] = asyncio.get_running_loop().create_future()
            if len(self._waiting) == 1:
                task = asyncio.create_task(self._answer_soon())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        # One workflow's end must not cancel the answer that others wait for.
        return await asyncio.shield(future)

    def age(self, run: Run) -> float | None:
        """Seconds since a run was created, by the server's clock; None if the server doesn't tell when that was."""
        created: object = run.created_at
        if not isinstance(created, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - can be what the server sent
            return None
        executor = self._client._executor  # pyright: ignore[reportPrivateUsage] - it has the clock
        return executor.server_clock.now() - created.timestamp()

    async def _answer_soon(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        waiting, self._waiting = self._waiting, {}
        run_ids = list(waiting)
        chunks = [run_ids[i : i + RUNS_IN_A_LOOK] for i in range(0, len(run_ids), RUNS_IN_A_LOOK)]
        await asyncio.gather(
            *(self._answer({run_id: waiting[run_id] for run_id in chunk}) for chunk in chunks)
        )

    async def _answer(self, waiting: dict[str, asyncio.Future[Run | None]]) -> None:
        try:
            found = {run.run_id: run for run in (await self._client.runs.get_many(list(waiting))).data}
        except Exception as error:  # noqa: BLE001 - whatever it is: without it, the workflows would wait forever
            logger.warning("%d runs can't be looked at, but will be again: %s", len(waiting), error)
            for future in waiting.values():
                future.set_exception(error)
        else:
            for run_id, future in waiting.items():
                future.set_result(found.get(run_id))
