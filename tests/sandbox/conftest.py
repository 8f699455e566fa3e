"""What the sandbox's tests share: a site of pages that they make up, a sandbox, an HTTP client for it."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

Answer = Callable[[BaseHTTPRequestHandler], None]


class Pages:
    """A web site whose answers a test sets, and that records what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.received: list[tuple[str, bytes]] = []
        self.arrived = threading.Condition()
        self.released = threading.Event()
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with pages.arrived:
                    pages.received.append((self.path, body))
                    pages.arrived.notify_all()
                answer = pages.answers.get(self.path)
                if answer is None:
                    self.send_error(404)
                else:
                    answer(self)

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def page(self, path: str, html: str, **headers: str) -> str:
        """A page at a path; returns its address."""
        return self.answer(path, 200, html, **headers)

    def answer(self, path: str, status: int, text: str = "", **headers: str) -> str:
        def send(handler: BaseHTTPRequestHandler) -> None:
            body = text.encode()
            handler.send_response(status)
            for name, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = send
        return self.url + path

    def held(self, path: str = "/held") -> str:
        """A page that is not answered until `released` is set; returns its address."""

        def hold(handler: BaseHTTPRequestHandler) -> None:
            self.released.wait(30)
            try:
                handler.send_response(200)
                handler.send_header("Content-Type", "text/html")
                handler.end_headers()
                handler.wfile.write(b"<title>Held</title>")
            except OSError:
                pass

        self.answers[path] = hold
        return self.url + path

    def wait_for(self, path: str, times: int = 1) -> None:
        """Return when a path has been asked for so many times."""
        with self.arrived:
            assert self.arrived.wait_for(
                lambda: [p for p, _ in self.received].count(path) >= times, timeout=20
            )

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def pages() -> Iterator[Pages]:
    site = Pages()
    yield site
    site.close()


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
