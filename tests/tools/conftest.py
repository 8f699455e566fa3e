"""Toolsets in each flavour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.tools import toolset


@pytest.fixture
async def new_tools(flavour: str, anyio_backend: str, sandbox: Sandbox) -> AsyncIterator[Callable[..., Any]]:
    """Makes toolsets of clients of the flavour. They are called with `ask`."""
    made: list[Any] = []

    def new(names: Any = ("run",), *, client: Any = None, **options: Any) -> Any:
        kind = TinyFish if flavour == "sync" else AsyncTinyFish
        client = client or kind(sandbox.api_key, base_url=sandbox.url)
        made.append(client)
        return toolset(client, names, **{"patience": 20, **options})

    yield new
    for client in made:
        client.close() if isinstance(client, TinyFish) else await client.aclose()
