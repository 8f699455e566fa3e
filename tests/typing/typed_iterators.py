"""Read by the type checkers, never run: iterators are generators, which can be closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import assert_type

from tinyfish_generated.models import BrowserUsageItem

from tinyfish import AsyncTinyFish, Run, TinyFish


def sync_iterators(client: TinyFish) -> None:
    with closing(client.runs.iter()) as runs:
        assert_type(runs, Generator[Run, None, None])
    with closing(client.runs.wait_many(["r1"])) as waited:
        assert_type(waited, Generator[Run, None, None])
    with closing(client.browser.sessions.iter_usage()) as usage:
        assert_type(usage, Generator[BrowserUsageItem, None, None])


async def async_iterators(client: AsyncTinyFish) -> None:
    async with aclosing(client.runs.iter()) as runs:
        assert_type(runs, AsyncGenerator[Run, None])
    async with aclosing(client.runs.wait_many(["r1"])) as waited:
        assert_type(waited, AsyncGenerator[Run, None])
    async with aclosing(client.browser.sessions.iter_usage()) as usage:
        assert_type(usage, AsyncGenerator[BrowserUsageItem, None])
