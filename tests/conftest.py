"""What all tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from clients import FakeTime
from hypothesis import HealthCheck, settings
from rawserver import RawServer

from tinyfish._core.calls.call_options import CallOptions

# How long an example takes depends on who else uses the machine; pytest-timeout ends what hangs.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


def pytest_collection_finish() -> None:
    """All that is loaded by now stays to the end: many tests collect garbage, and need not look for it there."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture
def late_seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long an answer that has begun in time may go on beyond its limit: less than the usual five seconds."""
    defaults = CallOptions.__init__.__kwdefaults__
    assert defaults["late_seconds"] == 5.0
    monkeypatch.setitem(defaults, "late_seconds", 0.5)
    return 0.5
