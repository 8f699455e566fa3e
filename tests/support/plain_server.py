"""The plain server: complete responses to complete requests, with pytest-httpserver."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from messages import Received, Reply
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

_ANY = re.compile("")

# A line for each request would be in what pytest shows of each test that fails, and takes its time.
logging.getLogger("werkzeug").setLevel(logging.WARNING)


class PlainServer(HTTPServer):
    """pytest-httpserver's server, with the words of the other test servers beside its own.

    One serves all tests of a process, one after the other. A request that no answer is left for gets a 599, so that
    it shows, and fails the test at its end.

    Attributes:
        requests: Every request that came.
    """

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0, threaded=True)
        self.clear()

    def clear(self) -> None:
        """Forget the requests and the answers."""
        super().clear()
        self.requests: list[Received] = []
        self._route: Callable[[Received], Reply] | None = None
        self.no_handler_status_code = 599

    @property
    def url(self) -> str:
        return self.url_for("/").rstrip("/")

    def script(self, *answers: Reply) -> None:
        """Answer the next requests so, one by one."""
        for answer in answers:
            self.expect_ordered_request(_ANY).respond_with_response(_response(answer))

    @property
    def route(self) -> Callable[[Received], Reply] | None:
        """Gives the answer to a request that the script has none for."""
        return self._route

    @route.setter
    def route(self, route: Callable[[Received], Reply]) -> None:
        if self._route is None:
            self.expect_request(_ANY).respond_with_handler(
                lambda request: _response(self._route(_received(request)))
            )
        self._route = route

    def application(self, request: Request) -> Response:
        """See HTTPServerBase."""
        self.requests.append(_received(request))
        return super().application(request)


def _received(request: Request) -> Received:
    target = request.environ["REQUEST_URI"]
    return Received(request.method, target, list(request.headers), request.get_data(), connection=0)


def _response(answer: Reply) -> Response:
    assert "Date" not in answer.headers, "http.server sends a Date of its own: use raw_server"
    # Of a list werkzeug would compute the length.
    return Response(iter(answer.parts) if answer.is_stream else answer.parts, answer.status, answer.headers)
