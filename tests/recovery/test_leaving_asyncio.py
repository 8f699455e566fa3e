"""Outer time limits and task cancellation in asyncio: the run is cancelled, if requested."""

from __future__ import annotations

from typing import Any

import pytest
from asking import statuses
from fault_server import FaultServer
from ways import EACH_WAY, Way, left_by

pytestmark = [pytest.mark.anyio, pytest.mark.backend("asyncio")]


@EACH_WAY
@pytest.mark.parametrize("how", ["wait_for", "timeout", "cancel"])
@pytest.mark.parametrize("option", ["cancel_on_exit", "cancel_on_timeout"])
async def test_a_run_that_is_left_in_asyncio_is_cancelled(
    async_client: Any, slow_server: FaultServer, goal: str, way: Way, how: str, option: str
) -> None:
    await left_by(how, lambda: way(async_client, goal, {option: True}), slow_server)
    assert set(statuses(slow_server)) == {"CANCELLED"}
