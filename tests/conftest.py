"""The fixtures of all tests: three kinds of servers, and clients for them.

`plain_server` returns complete responses, with pytest-httpserver. `raw_server` cuts, delays and damages its responses,
and counts connections. `truth_server` is the API with every failure on demand, and records what was started. A test
uses one of them; `new_client` and the other client fixtures connect to it.
"""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import KEY, FakeTime, make_client
from fault_server import FaultServer
from hypothesis import HealthCheck, settings
from plain_server import PlainServer
from rawserver import RawServer
from readers import Readers
from tls_files import make_certificate

from tinyfish import AsyncTinyFish
from tinyfish._core.calls.call_options import CallOptions

if TYPE_CHECKING:  # it takes a while to import, and few tests need it
    from tinyfish.sandbox import Sandbox

# How long an example takes depends on who else uses the machine; pytest-timeout ends what hangs.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("tests"), max_examples=1000)
settings.load_profile("tests")

# They need environments of their own: `make frameworks`.
collect_ignore = ["frameworks"]

SERVERS = ("plain_server", "raw_server", "truth_server", "slow_server")
_numbers = itertools.count()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores: many tests wait for a time limit or for a program that they have started."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the tests of `make soak`, and no others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose the tests.

    What is marked `soak` runs with --soak only. Of a test that is marked `in_turn`, each combination of the other
    parameters runs with one flavour; the next one runs with the next flavour, so that every value of each parameter
    runs with each flavour.
    """
    soaks = bool(config.getoption("--soak"))

    def has_its_turn(item: pytest.Item) -> bool:
        if not isinstance(item, pytest.Function) or item.get_closest_marker("in_turn") is None:
            return True
        others = {**item.callspec.indices}
        flavour = others.pop("flavour")
        assert len(others) > 1, f"{item.nodeid}: in_turn is for a test with two parameters or more"
        return sum(others.values()) % 3 == flavour

    items[:] = [
        item for item in filter(has_its_turn, items) if (item.get_closest_marker("soak") is not None) == soaks
    ]


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


# Servers


@pytest.fixture(scope="session")
def _plain_server() -> Iterator[PlainServer]:
    with PlainServer() as running:
        yield running


@pytest.fixture
def plain_server(_plain_server: PlainServer) -> Iterator[PlainServer]:
    """Whole answers to whole requests. A request that nothing was said about fails the test."""
    _plain_server.clear()
    yield _plain_server
    _plain_server.check()


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    """Answers byte by byte, for what is cut, held or malformed, and for what connections are used."""
    with RawServer() as running:
        yield running


@pytest.fixture
def truth_server(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The API by the fake clock: an answer that takes its time moves the clock on when the client waits for it."""
    with FaultServer(time.clock) as running:
        running.before_answer = Readers(monkeypatch).wait_for
        yield running


@pytest.fixture
def slow_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The API by the real clock, for what comes while something takes its time: its runs take long."""
    for module in ("recovery", "async_recovery"):
        monkeypatch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", (0.05, 0.05))
    with FaultServer(run_seconds=1000) as running:
        yield running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox without a browser, which is all that most tests of it need."""
    from tinyfish.sandbox import Sandbox

    with Sandbox(chromium=False, webhook_delays=(0, 0, 0)) as running:
        yield running


@pytest.fixture
def server_url(request: pytest.FixtureRequest) -> str:
    """The address of the server that the test uses; for a test that uses none, one that nobody listens at."""
    used = [name for name in SERVERS if name in request.fixturenames]
    assert len(used) < 2, f"new_client(base_url=...) has to say which server is meant: {used}"
    return str(request.getfixturevalue(used[0]).url) if used else "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1 in one file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


# Clients


@pytest.fixture(params=["sync", "asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    """The sync client, or the async one in one of its two event loops: a test that uses it runs for all three."""
    return str(request.param)


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The event loop of an async test: the flavour's, some loop for the sync client; without a flavour, both."""
    if "flavour" not in request.fixturenames:
        return str(request.param)
    flavour = request.getfixturevalue("flavour")
    return "asyncio" if flavour == "sync" else str(flavour)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An async test without a flavour runs in both event loops, or in the one that it is marked with."""
    names = metafunc.fixturenames
    if "anyio_backend" in names and "flavour" not in names:
        marker = metafunc.definition.get_closest_marker("backend")
        metafunc.parametrize("anyio_backend", marker.args if marker else ["asyncio", "trio"], indirect=True)


@pytest.fixture
async def new_client(
    flavour: str, anyio_backend: str, server_url: str, time: FakeTime
) -> AsyncIterator[Callable[..., Any]]:
    """Makes clients of the flavour, for the test's server and by the fake clock unless told otherwise."""
    made: list[Any] = []

    def new(**options: Any) -> Any:
        client = make_client(flavour, **{"clock": time.clock, "base_url": server_url, **options})
        made.append(client)
        return client

    yield new
    for client in made:
        await client.aclose()


@pytest.fixture
async def client(new_client: Callable[..., Any]) -> Any:
    return new_client()


@pytest.fixture
async def async_client(anyio_backend: str, server_url: str) -> AsyncIterator[AsyncTinyFish]:
    """The async client by the real clock, in both event loops, for what has no sync twin."""
    async with AsyncTinyFish(KEY, base_url=server_url) as made:
        yield made


@pytest.fixture
async def new_http_client(flavour: str, anyio_backend: str) -> AsyncIterator[Callable[..., Any]]:
    """Makes httpx clients of the flavour, as a caller has."""
    made: list[httpx.Client | httpx.AsyncClient] = []

    def new(**options: Any) -> Any:
        client = (httpx.Client if flavour == "sync" else httpx.AsyncClient)(**options)
        made.append(client)
        return client

    yield new
    for client in made:
        if isinstance(client, httpx.AsyncClient):
            await client.aclose()
        else:
            client.close()


# What they work with


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def goal() -> str:
    """A goal that no other test has: the register of starts belongs to the whole process."""
    return f"Read the title, please ({next(_numbers)})"


@pytest.fixture
def late_seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long an answer that has begun in time may go on beyond its limit: less than the usual five seconds."""
    defaults = CallOptions.__init__.__kwdefaults__
    assert defaults["late_seconds"] == 5.0
    monkeypatch.setitem(defaults, "late_seconds", 0.5)
    return 0.5


@pytest.fixture(scope="module")
def example_address() -> Iterator[str]:
    """Where the pages are that the examples of docstrings and documents read."""
    from programs import example_site

    with example_site() as url:
        yield url


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    """The account in which examples run."""
    from tinyfish.sandbox import Sandbox

    with Sandbox(chromium=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def account_with_browsers() -> Iterator[Sandbox]:
    """The account of examples that need a browser."""
    from tinyfish.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox
