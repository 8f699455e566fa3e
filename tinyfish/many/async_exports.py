# Source of exports.py: see tools/derive_sync.py.
# The libraries need not be installed where this is checked, and not all of them have types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The outcomes of a job as files and tables, in an event loop."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from tinyfish import tables
from tinyfish._core.json_text import strict_json
from tinyfish.errors import SDKError
from tinyfish.many.key_text import plain_key
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.rows import row_of
from tinyfish.many.spool import FilePath, Spool, aside_async, check_file, text_file

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V", covariant=True)

NOT_ENTERED = "Iterate over a job inside its `with` block: at its end, open runs are dealt with."


class AsyncExports(ABC, Generic[K, V]):
    """The exports of a job. Each takes all outcomes that are still to come, so it takes the place of a loop."""

    _is_entered = True
    """Whether its block has begun."""
    _has_ended = False
    """Whether all outcomes were taken."""

    def _check_outcomes(self) -> None:
        """Check that there are outcomes to come, before a file is overwritten.

        Raises:
            SDKError: There can be none.
        """
        if not self._is_entered:
            raise SDKError(NOT_ENTERED)
        if self._has_ended:
            raise SDKError(
                "All outcomes of this job were taken already, by a loop or another export, and it keeps none. "
                "To export them again, run the job again with its ledger."
            )

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[tuple[K, RunOutcome[V]]]: ...

    async def to_jsonl(self, path: FilePath) -> Self:
        """Write each outcome to a file as soon as it's there, as JSON in a line; see `RunOutcome.to_dict`.

        Args:
            path: The file. It's overwritten.

        Returns:
            The job.

        Raises:
            OSError: The file can't be written.
            SDKError: The same errors as the iteration.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         items = [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...         async with client.agent.run_many(items) as job:
            ...             await job.to_jsonl("titles.jsonl")
            >>> asyncio.run(main())
        """
        self._check_outcomes()
        with text_file(path) as file:
            async for key, outcome in self:
                document = {**outcome.to_dict(), "key": plain_key(key)}
                file.write(f"{strict_json(document)}\n")
        return self

    async def to_csv(self, path: FilePath, *, raw: bool = False) -> Self:
        """Write all outcomes to a CSV file, each as a row with its key, the members of its value, and its error.

        Nothing is kept in memory. The file is written at the end, when all columns are known.

        Args:
            path: The file. It's overwritten.
            raw: Whether to write text as it is even where a spreadsheet would run it as a formula. Default: False.

        Returns:
            The job.

        Raises:
            OSError: The file can't be written.
            SDKError: The same errors as the iteration.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         items = [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...         async with client.agent.run_many(items, progress=True) as job:
            ...             await job.to_csv("titles.csv")
            >>> asyncio.run(main())
        """
        self._check_outcomes()
        check_file(path)
        await self._to_table(lambda rows: tables.to_csv(rows, path, raw=raw))
        return self

    async def to_parquet(self, path: FilePath) -> Self:
        """Write all outcomes to a Parquet file, with the rows of `to_csv`. Nothing is kept in memory.

        Args:
            path: The file. It's overwritten.

        Returns:
            The job.

        Raises:
            ModuleNotFoundError: pyarrow isn't installed.
            OSError: The file can't be written.
            SDKError: The same errors as the iteration.
        """
        tables.to_arrow([])  # that pyarrow is missing has to be known now
        self._check_outcomes()
        check_file(path)
        await self._to_table(lambda rows: tables.to_parquet(rows, path))
        return self

    async def to_pandas(self) -> pandas.DataFrame:
        """All outcomes as a DataFrame of pandas, with the rows of `to_csv`.

        Raises:
            ModuleNotFoundError: pandas isn't installed.
            SDKError: The same errors as the iteration.
        """
        tables.to_pandas([])  # that it's missing has to be known now
        return await self._to_table(tables.to_pandas)

    async def to_polars(self) -> polars.DataFrame:
        """All outcomes as a DataFrame of polars, with the rows of `to_csv`.

        Raises:
            ModuleNotFoundError: polars isn't installed.
            SDKError: The same errors as the iteration.
        """
        tables.to_polars([])  # that it's missing has to be known now
        return await self._to_table(tables.to_polars)

    async def to_arrow(self) -> pyarrow.Table:
        """All outcomes as a table of pyarrow, with the rows of `to_csv`.

        Raises:
            ModuleNotFoundError: pyarrow isn't installed.
            SDKError: The same errors as the iteration.
        """
        tables.to_arrow([])  # that it's missing has to be known now
        return await self._to_table(tables.to_arrow)

    async def _to_table(self, make: Callable[[Spool], T]) -> T:
        self._check_outcomes()
        with Spool() as rows:
            async for key, outcome in self:
                rows.add(row_of(key, outcome))
            return await aside_async(functools.partial(make, rows))
