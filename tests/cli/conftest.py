"""One sandbox and one site for all tests of the command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from everywhere import Everywhere

from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(step_delay=0.05, chromium=False) as running:
        yield running


@pytest.fixture
def environment(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The variables for a command that calls the sandbox."""
    return {
        "TINYFISH_BASE_URL": sandbox.url,
        "TINYFISH_API_KEY": sandbox.api_key,
        "NO_PROXY": "127.0.0.1",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@pytest.fixture
def everywhere(environment: dict[str, str]) -> Callable[..., Everywhere]:
    """Runs a command on pipes and in terminals of two sizes."""
    return lambda *arguments: Everywhere(arguments, environment)
