"""A pytest plugin: tests of code that uses TinyFish, against a sandbox.

It's a separate package, because pytest loads it in every run. Nothing of tinyfish is loaded until a test requests one
of these fixtures:

- `tinyfish_sandbox`: a `Sandbox`, reset before and after each test. Runs that match no rule fail.
- `tinyfish_client`: a `TinyFish` for it.
- `async_tinyfish_client`: an `AsyncTinyFish` for it.
- `tinyfish_sandbox_env`: the sandbox, with the environment pointing to it, for code that creates its own client.
- `tinyfish_session_env`: the same for the whole session, for an application that is started once. The sandbox is that
  of `tinyfish_sandbox`, and is reset before and after each test.
- `tinyfish_session_sandbox`: a `Sandbox` for the whole session, for your fixtures of that scope; never reset.

None of them needs an event loop, so sync and async tests and fixtures of any async plugin can use them.

Override the fixture `tinyfish_sandbox_options` (scope "session") to pass arguments to the sandboxes; each folder can
have its own options. With `tinyfish_leftovers = fail` in pytest's configuration, a test that leaves a run unfinished
or a browser session open fails. The marker `tinyfish_leftovers("ignore")` or `tinyfish_leftovers("fail")` overrides
this for one test. Without an argument the marker means "fail".
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tinyfish import AsyncTinyFish, TinyFish
    from tinyfish.sandbox import Sandbox

_CHOICES = ("ignore", "fail")
# What else a client reads from the environment. A test must not depend on what a developer has set.
_OTHERS = (
    "TF_API_INTEGRATION",
    "TF_CLIENT_NAME",
    "TF_CLIENT_VERSION",
    "TINYFISH_RUNTIME_ATTEMPT_ID",
    "TINYFISH_WEBHOOK_SECRET",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the configuration option."""
    parser.addini(
        "tinyfish_leftovers",
        "what to do about runs that a test leaves unfinished and sessions that it leaves open: ignore or fail",
        default="ignore",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check the configuration."""
    config.addinivalue_line(
        "markers",
        'tinyfish_leftovers(what="fail"): "ignore" or "fail" runs left unfinished and sessions left open by this test',
    )
    _choice(config.getini("tinyfish_leftovers"))


@pytest.fixture(scope="session")
def tinyfish_sandbox_options() -> Mapping[str, Any]:
    """The arguments of the sandbox; override it in your conftest.py."""
    return {}


class _Sandboxes:
    """The running sandboxes of this process, one for each set of options."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: list[tuple[Mapping[str, Any], Sandbox]] = []

    def get(self, options: Mapping[str, Any]) -> Sandbox:
        """The sandbox with these options, started on first use."""
        # A list, because options may not be hashable.
        for known, sandbox in self._running:
            if known == options:
                return sandbox
        sandbox = self._stack.enter_context(_sandbox(options))
        self._running.append((dict(options), sandbox))
        return sandbox


@pytest.fixture(scope="session")
def _tinyfish_sandboxes() -> Generator[_Sandboxes, None, None]:
    # Each pytest-xdist process has its own sandboxes, on free ports.
    with ExitStack() as stack:
        yield _Sandboxes(stack)


@pytest.fixture(scope="session")
def tinyfish_session_sandbox(tinyfish_sandbox_options: Mapping[str, Any]) -> Generator[Sandbox, None, None]:
    """A local server for the TinyFish API for the whole session, separate from `tinyfish_sandbox` and never reset."""
    with _sandbox(tinyfish_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def tinyfish_sandbox(
    request: pytest.FixtureRequest,
    _tinyfish_sandboxes: _Sandboxes,
    tinyfish_sandbox_options: Mapping[str, Any],
) -> Generator[Sandbox, None, None]:
    """A local server for the TinyFish API, as if it had just been started."""
    wanted = _leftovers_wanted(request)
    sandbox = _tinyfish_sandboxes.get(tinyfish_sandbox_options)
    # A thread or background task of an earlier test may have used the sandbox after that test.
    sandbox.reset()
    yield sandbox
    left = _leftovers(sandbox) if wanted == "fail" else []
    sandbox.reset()
    if left:
        pytest.fail("The test left behind:\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def tinyfish_sandbox_env(tinyfish_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, with TINYFISH_API_KEY and TINYFISH_BASE_URL pointing to it, for code that creates its own client."""
    _point_to(tinyfish_sandbox, monkeypatch)
    return tinyfish_sandbox


@pytest.fixture(scope="session")
def tinyfish_session_env(
    _tinyfish_sandboxes: _Sandboxes, tinyfish_sandbox_options: Mapping[str, Any]
) -> Generator[Sandbox, None, None]:
    """The sandbox of `tinyfish_sandbox`, with the environment pointing to it until the end of the session.

    Each test finds it as if it had just been started. Rules for all tests are an option: `{"rules": "rules.yaml"}`.
    """
    sandbox = _tinyfish_sandboxes.get(tinyfish_sandbox_options)
    with pytest.MonkeyPatch.context() as patch:
        _point_to(sandbox, patch)
        yield sandbox


@pytest.fixture(autouse=True)
def _tinyfish_clean_session(request: pytest.FixtureRequest) -> None:
    """A test that uses `tinyfish_session_env`, itself or by other fixtures, begins and ends with a clean sandbox."""
    if "tinyfish_session_env" in request.fixturenames:
        request.getfixturevalue("tinyfish_sandbox")


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

    # It keeps no connection open, so nothing needs closing in an event loop that this fixture doesn't know.
    passing = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0))
    return AsyncTinyFish(api_key=tinyfish_sandbox.api_key, base_url=tinyfish_sandbox.url, http_client=passing)


def _point_to(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    for name in _OTHERS:
        patch.delenv(name, raising=False)
    for name, value in sandbox.environment.items():
        patch.setenv(name, value)
    # Otherwise calls to this machine would go through the proxy of a developer's environment.
    direct = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    if direct.strip() != "*":
        patch.setenv("no_proxy", ",".join(filter(None, [direct, "127.0.0.1", "localhost", "::1"])))


def _sandbox(options: Mapping[str, Any]) -> Sandbox:
    from tinyfish.sandbox import Sandbox

    if not isinstance(options, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - a test suite without a type checker
        raise pytest.UsageError(
            "The fixture tinyfish_sandbox_options must return a mapping of arguments of Sandbox, such as "
            f"{{'step_delay': 0.1}}, not {options!r}"
        )
    # With "read", a misspelled rule would go unnoticed: the test would get a page's real content.
    arguments: dict[str, Any] = {"unmatched": "fail", **options}
    return Sandbox(**arguments)


def _leftovers_wanted(request: pytest.FixtureRequest) -> str:
    marker = request.node.get_closest_marker("tinyfish_leftovers")
    if marker is None:
        return _choice(request.config.getini("tinyfish_leftovers"))
    return _choice(marker.args[0] if marker.args else marker.kwargs.get("what", "fail"))


def _choice(wanted: object) -> str:
    if not isinstance(wanted, str) or wanted not in _CHOICES:
        raise pytest.UsageError(f"tinyfish_leftovers must be 'ignore' or 'fail', not {wanted!r}")
    return wanted


def _leftovers(sandbox: Sandbox) -> list[str]:
    """Unfinished runs and open sessions, one per line."""
    return [f"run {run.run_id} ({run.status}): {run.goal}" for run in sandbox.runs if not run.finished] + [
        f"browser session {session.session_id}" for session in sandbox.sessions if session.status != "ended"
    ]
