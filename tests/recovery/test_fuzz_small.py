"""A part of the fuzz tests: malformed responses to every call, sync, in asyncio and in trio."""

from __future__ import annotations

import fuzz
import pytest
from fuzz.operations import OPERATIONS


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1, 2])
def test_only_errors_of_this_package_come_out(seed: int) -> None:
    calls = list(fuzz.run(seed, 250))
    assert [(call.number, fault) for call in calls for fault in call.faults] == []
    assert {call.name for call in calls} == set(OPERATIONS)
    assert sum(served.hostile for call in calls for served in call.served) >= 250
