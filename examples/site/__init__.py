"""A small static site on loopback: a shop and a news page, for the demo, the examples and the tests."""

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class Site:
    """Serves this folder during its `with` block.

        with Site() as site:
            print(site.url + "shop/index.html")

    Args:
        port: The port; 0 for any free port.
    """

    def __init__(self, port: int = 0) -> None:
        handler = partial(_Quiet, directory=Path(__file__).parent)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="example-site")

    @property
    def url(self) -> str:
        """The site's URL, with a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Block until Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            self._thread.join()
