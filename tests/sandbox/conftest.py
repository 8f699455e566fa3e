"""The fixtures of the sandbox's tests: a site with given pages, a sandbox, and an HTTP client."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from plain_server import PlainServer
from werkzeug import Request, Response

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium


class Pages(PlainServer):
    """A web site whose answers a test sets; what it has no page for is a 404.

    Attributes:
        answers: What answers each path.
        released: Set when the pages that are held may go on.
    """

    def clear(self) -> None:
        super().clear()
        self.answers: dict[str, Callable[[Request], Response]] = {}
        self.released = threading.Event()
        self._arrived = threading.Condition()

    def dispatch(self, request: Request) -> Response:
        with self._arrived:
            self._arrived.notify_all()
        answer = self.answers.get(request.path)
        return Response(status=404) if answer is None else answer(request)

    def page(self, path: str, html: str, **headers: str) -> str:
        """A page at a path; returns its address."""
        return self.answer(path, 200, html, **headers)

    def answer(self, path: str, status: int, text: str = "", **headers: str) -> str:
        fields = {"Content_Type": "text/html; charset=utf-8", **headers}
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        self.answers[path] = lambda _: Response(text, status, fields)
        return self.url_for(path)

    def held(self, path: str = "/held") -> str:
        """A page that is not answered until `released` is set; returns its address."""
        released = self.released

        def hold(_: Request) -> Response:
            released.wait(30)
            return Response("<title>Held</title>", content_type="text/html")

        self.answers[path] = hold
        return self.url_for(path)

    def wait_for(self, path: str, times: int = 1) -> None:
        """Return when a path has been asked for so many times."""
        with self._arrived:
            assert self._arrived.wait_for(
                lambda: [request.path for request in self.requests].count(path) >= times, timeout=20
            )


@pytest.fixture(scope="session")
def _pages() -> Iterator[Pages]:
    with Pages() as running:
        yield running


@pytest.fixture
def pages(_pages: Pages) -> Iterator[Pages]:
    _pages.clear()
    yield _pages
    _pages.released.set()


@pytest.fixture(scope="session")
def browser() -> None:
    """There has to be a Chromium: without one these tests fail, and say how to get one."""
    chromium.find()


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with api_of(sandbox) as client:
        yield client


def api_of(sandbox: Sandbox) -> httpx.Client:
    # Without TLS, there is no use for the certificates of the world, and reading them takes a while.
    return httpx.Client(
        base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}, timeout=20, verify=False
    )


@pytest.fixture
def own_browser(browser: None) -> Iterator[Any]:
    """A browser of the test's own, to look at the sandbox's pages with."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = chromium.find()
        launched = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield launched
        launched.close()
