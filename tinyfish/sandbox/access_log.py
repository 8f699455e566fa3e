"""A line for each call that the sandbox answers."""

import logging
import time

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

logger = logging.getLogger("tinyfish.sandbox.access")


class CutOff(web.Response):
    """What stands for the response of a call whose connection is gone: nobody gets it."""


class AccessLogger(AbstractAccessLogger):
    """Logs time, method, path, status and duration; not the sandbox's own pages, which call it all the time."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log a call after its response."""
        if request.path == "/" or request.path.startswith("/live/"):
            return
        # A path can hold what a terminal would run.
        path = request.path.encode("unicode_escape").decode()
        status = "cut" if isinstance(response, CutOff) else response.status
        self.logger.info("%s %-6s %s %s %.2f s", _now(), request.method, path, status, time)

    @property
    def enabled(self) -> bool:
        """Whether anybody listens."""
        return self.logger.isEnabledFor(logging.INFO)


def _now() -> str:
    return time.strftime("%H:%M:%S")
