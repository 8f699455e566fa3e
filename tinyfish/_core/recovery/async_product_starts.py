# Source of product_starts.py: see tools/derive_sync.py.
"""Starting products other than runs, in an event loop, and recovering what unanswered starts have made."""

from __future__ import annotations

from typing import TypeVar, cast

from tinyfish_generated.types import Model, Request

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.recovery.async_recovery import search_repeatedly
from tinyfish._core.recovery.product_search import ProductSearch, ProductStart, Recovered, UnlistedStart
from tinyfish._core.recovery.register import STARTS
from tinyfish.adopt import Adopt

T = TypeVar("T")
Item = TypeVar("Item", bound=Model)


async def start_product(
    executor: AsyncExecutor,
    request: Request[T],
    options: CallOptions,
    product: ProductStart[Item],
    adopt: Adopt,
) -> T | Recovered[Item]:
    """Start something. Returns the response, or what was made if the response was lost.

    It's sent again only if it certainly made nothing, or if a search finds nothing after a failure that allows it.

    Raises:
        UncertainStartError: It's not known whether something was made.
        APIError: Nothing was made.
    """
    with STARTS.begin([product.key], _nobody, product.what) as start:
        exchange = executor.exchange(request, options)
        while True:
            result = cast("CallResult[T]", await executor.carry_on(exchange))
            if result.error is None or result.uncertain is None:
                return result.get()
            start.uncertain = True
            search = ProductSearch(product, executor, start, adopt, result.error, result.uncertain)
            step = search.decide(await search_repeatedly(executor, search))
            if isinstance(step, Recovered):
                return step
            await executor.sleep(step)


async def start_unlisted(
    executor: AsyncExecutor, request: Request[T], options: CallOptions, unlisted: UnlistedStart
) -> T:
    """Start something that the API doesn't list. It's sent again only if it certainly made nothing.

    Raises:
        UncertainStartError: It's not known whether something was made.
        APIError: Nothing was made.
    """
    with STARTS.begin([unlisted.key], _nobody, unlisted.what) as start:
        result = await executor.carry_through(request, options)
        if result.error is not None and result.uncertain is not None:
            start.uncertain = True
            raise unlisted.uncertain(result.error)
        return result.get()


def _nobody(*_: str | None) -> None:
    """Nobody has to cancel what was made."""
