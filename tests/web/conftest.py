"""The servers of web applications, each a process of its own, and a browser to look at them with."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

ROOT = Path(__file__).parents[2]


@pytest.fixture
def serve(sandbox: Sandbox) -> Iterator[Callable[..., str]]:
    """Starts a server on a socket that listens already, so nobody has to wait for it; `{fd}` stands for that.

    Returns the server's address. The application makes its own client, by the environment.
    """
    with contextlib.ExitStack() as stack:

        def start(*command: str, **environment: str) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            number = listener.fileno()
            running = subprocess.Popen(
                [sys.executable, "-m", *(part.format(fd=number) for part in command)],
                env=os.environ | sandbox.environment | environment,
                cwd=ROOT, pass_fds=[number], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.callback(running.wait, 20)
            stack.callback(running.terminate)
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


@pytest.fixture
def chrome() -> Iterator[Any]:
    # For one test: while playwright is open, its event loop is that of the thread.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def tab(chrome: Any) -> Iterator[Any]:
    """A page whose scripts must not fail."""
    context = chrome.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def free_port() -> int:
    """A port for a server that can't take a socket that listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
