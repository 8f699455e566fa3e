# Source of starting.py: see tools/derive_sync.py.
"""Starting the items of a job, in an event loop: with keys, and with the ledger if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.keyed.async_keyed_starts import start_many
from tinyfish.budget import reserved_already
from tinyfish.errors import ClientClosedError
from tinyfish.many.actions import UNSTARTED, Failed, Found
from tinyfish.many.arguments import ManyArguments
from tinyfish.many.findings import found_in_ledger, found_of_start, keyed_start
from tinyfish.many.items import Item


def with_ledger(executor: AsyncExecutor, arguments: ManyArguments) -> AsyncExecutor:
    """The client's executor, with the job's ledger."""
    if arguments.ledger is executor.config.ledger:
        return executor
    return executor.configured(evolve(executor.config, ledger=arguments.ledger))


async def start(executor: AsyncExecutor, arguments: ManyArguments, items: Sequence[Item[Any]]) -> list[Found]:
    """Start items with one call.

    Raises:
        LedgerError: The ledger can't be used. Nothing was sent.
    """
    try:
        executor.closing.check()
    except ClientClosedError as error:
        return [Failed(error)] * len(items)
    options = CallOptions(timeout=arguments.call_options.timeout, max_retries=0)  # the engine tries again
    starts = [keyed_start(item, arguments.max_age) for item in items]
    with reserved_already(arguments.recipe.budgets):
        ended = await start_many(executor, starts, options, lambda *_: None, is_patient=False)
    return [found_of_start(started, executor.clock) for started in ended]


async def may_know(executor: AsyncExecutor, arguments: ManyArguments) -> bool:
    """Whether the ledger may know items of the job: whether it has anything with the job's name.

    Raises:
        LedgerError: The ledger can't be used.
        ClientClosedError: The client is closed.
    """
    book = executor.book
    if book is None:
        return False
    executor.closing.check()  # a closed client has closed its ledger too
    from tinyfish.ledger.waiting import finished_async

    return await finished_async(book.has_any(arguments.recipe.key_prefix))


async def look_up(executor: AsyncExecutor, items: Sequence[Item[Any]]) -> list[Found]:
    """What the ledger says of items.

    Raises:
        LedgerError: The ledger can't be used.
    """
    book = executor.book
    if book is None:
        return [UNSTARTED] * len(items)
    from tinyfish.ledger.waiting import finished_async

    entries = await finished_async(book.lookup([item.ledger_key for item in items if item.error is None]))
    return [found_in_ledger(item, entries.get(item.ledger_key)) for item in items]
