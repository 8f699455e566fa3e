"""Who may call a server on this machine: programs of this machine, but no page of the web."""

from aiohttp import web

from tinyfish.sandbox.addresses import is_loopback
from tinyfish.sandbox.errors import ApiError


def refuse_foreign_name(request: web.Request) -> None:
    """Reject calls to other host names.

    A web site could point its own name here, to get around the same-origin policy (DNS rebinding).

    Raises:
        ApiError: The call is for another host.
    """
    if not is_loopback(request.url.host or ""):
        raise ApiError(
            403, f"The sandbox doesn't serve the host {request.url.host!r}: use its loopback address"
        )


def refuse_foreign_origin(request: web.Request) -> None:
    """Reject calls from web pages other than the sandbox's own.

    Raises:
        ApiError: The call comes from a page of another origin.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin != str(request.url.origin()):
        raise ApiError(403, f"Web pages from {origin} aren't allowed to use the sandbox")
