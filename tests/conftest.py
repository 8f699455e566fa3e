"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from clients import FakeTime
from hypothesis import HealthCheck, settings
from rawserver import RawServer

# How long an example takes depends on who else uses the machine; pytest-timeout ends what hangs.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """What a developer has set does not reach the client under test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith(("TINYFISH_API", "TINYFISH_BASE", "TINYFISH_LOG", "TF_")):
                patch.delenv(name)
            if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as running:
        yield running


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()
