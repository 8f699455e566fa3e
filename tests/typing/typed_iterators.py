"""Read by the type checkers, never run: iterators are generators, which can be closed."""

from __future__ import annotations

from contextlib import aclosing, closing
from typing import assert_type

from tinyfish_generated.models import BrowserUsageItem

from tinyfish import AsyncTinyFish, Run, TinyFish
from tinyfish._core.calls.async_items import AsyncItems
from tinyfish._core.calls.items import Items


def sync_iterators(client: TinyFish) -> None:
    with closing(client.runs.iter()) as runs:
        assert_type(runs, Items[Run])
    with closing(client.runs.wait_many(["r1"])) as waited:
        assert_type(waited, Items[Run])
    with closing(client.browser.sessions.iter_usage()) as usage:
        assert_type(usage, Items[BrowserUsageItem])


async def async_iterators(client: AsyncTinyFish) -> None:
    async with aclosing(client.runs.iter()) as runs:
        assert_type(runs, AsyncItems[Run])
    async with aclosing(client.runs.wait_many(["r1"])) as waited:
        assert_type(waited, AsyncItems[Run])
    async with aclosing(client.browser.sessions.iter_usage()) as usage:
        assert_type(usage, AsyncItems[BrowserUsageItem])
