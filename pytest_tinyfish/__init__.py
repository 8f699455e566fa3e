"""A pytest plugin: tests of code that uses TinyFish, against a sandbox.

It is a package of its own so that pytest, which loads it in every run, loads nothing of tinyfish before a test
asks for one of these fixtures:

- `tinyfish_sandbox`: a `Sandbox`, started once per process and reset for each test.
- `tinyfish_client`: a `TinyFish` for it.
- `async_tinyfish_client`: an `AsyncTinyFish` for it.

Override the fixture `tinyfish_sandbox_options` (scope "session") to give the sandbox arguments. With
`tinyfish_leftovers = fail` in pytest's configuration, a test fails that leaves a run unfinished or a browser session
open; the marker `tinyfish_leftovers("ignore")` or `tinyfish_leftovers("fail")` says otherwise for one test.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tinyfish import AsyncTinyFish, TinyFish
    from tinyfish.sandbox import Sandbox

_CHOICES = ("ignore", "fail")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what can be configured."""
    parser.addini(
        "tinyfish_leftovers",
        "what to do about runs that a test leaves unfinished and sessions that it leaves open: ignore or fail",
        default="ignore",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check what is configured."""
    config.addinivalue_line(
        "markers",
        'tinyfish_leftovers(what): "ignore" or "fail" runs left unfinished and sessions left open by this test',
    )
    _choice(str(config.getini("tinyfish_leftovers")))


@pytest.fixture(scope="session")
def tinyfish_sandbox_options() -> Mapping[str, Any]:
    """The arguments of the sandbox; override it in your conftest.py."""
    return {}


@pytest.fixture(scope="session")
def _tinyfish_server(tinyfish_sandbox_options: Mapping[str, Any]) -> Generator[Sandbox, None, None]:
    # Each process of pytest-xdist has its own, at a free port.
    from tinyfish.sandbox import Sandbox

    with Sandbox(**tinyfish_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def tinyfish_sandbox(
    request: pytest.FixtureRequest, _tinyfish_server: Sandbox
) -> Generator[Sandbox, None, None]:
    """A local server of the TinyFish API, as if it had just been started."""
    yield _tinyfish_server
    marker = request.node.get_closest_marker("tinyfish_leftovers")
    wanted = marker.args[0] if marker is not None else request.config.getini("tinyfish_leftovers")
    left = _leftovers(_tinyfish_server) if _choice(wanted) == "fail" else []
    _tinyfish_server.reset()
    if left:
        pytest.fail("The test left behind:\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def tinyfish_client(tinyfish_sandbox: Sandbox) -> Generator[TinyFish, None, None]:
    """A client of the sandbox."""
    from tinyfish import TinyFish

    with TinyFish(api_key=tinyfish_sandbox.api_key, base_url=tinyfish_sandbox.url) as client:
        yield client


@pytest.fixture
def async_tinyfish_client(tinyfish_sandbox: Sandbox) -> AsyncTinyFish:
    """An async client of the sandbox, for tests of any async plugin."""
    import httpx

    from tinyfish import AsyncTinyFish

    # It keeps no connection open, so nothing has to be closed in a loop that this fixture does not know.
    passing = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0))
    return AsyncTinyFish(api_key=tinyfish_sandbox.api_key, base_url=tinyfish_sandbox.url, http_client=passing)


def _choice(wanted: str) -> str:
    if wanted not in _CHOICES:
        raise pytest.UsageError(f"tinyfish_leftovers is {wanted!r}, and may be ignore or fail")
    return wanted


def _leftovers(sandbox: Sandbox) -> list[str]:
    """What has not come to its end, a line each."""
    return [f"run {run.run_id} ({run.status}): {run.goal}" for run in sandbox.runs if not run.finished] + [
        f"browser session {session.session_id}" for session in sandbox.sessions if session.status != "ended"
    ]
