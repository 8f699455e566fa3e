# Source of dataset_stream.py: see tools/derive_sync.py.
"""Live event streams of runs that fill datasets, in an event loop."""

from __future__ import annotations

from tinyfish_generated.models import Dataset, DatasetRunEvent

from tinyfish._core.calls.answer_checks import one_dataset
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.streams.async_followed import AsyncFollowedStream
from tinyfish._core.streams.dataset_state import DatasetCallbacks, DatasetRunState


class AsyncDatasetRunStream(AsyncFollowedStream[DatasetRunEvent]):
    """The events of one run that fills a dataset, as they happen; made by `client.datasets.events`.

    Iterate over it, preferably in an `async with` block: leaving the block closes the connection immediately, and the
    run goes on. The request is sent when the block is entered, when it is awaited, or when the iteration begins.

    The iteration ends with the last status and a `DatasetRunDoneEvent`, even if connections break, or raises.

    Only one task at a time can read it; another one gets a `StreamBusyError`. Any task can close it: a pending
    reader then gets a `StreamInterruptedError` immediately.
    """

    def __init__(self, executor: AsyncExecutor, state: DatasetRunState, callbacks: DatasetCallbacks) -> None:
        self._run = state
        super().__init__(executor, state, callbacks.call)

    @property
    def dataset_id(self) -> str:
        """The dataset's id."""
        return self._run.dataset_id

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._run.run_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} dataset_id={self.dataset_id!r} run_id={self.run_id!r}>"

    async def until_done(self) -> Dataset:
        """Process all remaining events, including callbacks, and return the dataset.

        Raises:
            APIError: The same errors as the iteration.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         dataset = await client.datasets.create(prompt="Cafes in town with their websites")
            ...         if dataset.run is not None:
            ...             async with client.datasets.events(dataset.id, dataset.run.id) as stream:
            ...                 print((await stream.until_done()).row_count)
            >>> asyncio.run(main())
        """
        async for _ in self:
            pass
        return await self._executor.send(one_dataset(self.dataset_id), self._executor.options(None, None))
