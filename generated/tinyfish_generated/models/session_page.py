# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SessionPage(Model):
    """One page, or other target, that a session's browser has open. All fields are the browser's own."""

    _names = {
        "id": "id",
        "type": "type",
        "title": "title",
        "url": "url",
        "devtools_frontend_url": "devtoolsFrontendUrl",
        "web_socket_debugger_url": "webSocketDebuggerUrl",
    }
    _other_names = {
        "devtoolsFrontendUrl": "devtools_frontend_url",
        "webSocketDebuggerUrl": "web_socket_debugger_url",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    id: str | None = None
    """The target's id in the browser."""
    type: str | None = None
    """What it is, such as `page` or `iframe`."""
    title: str | None = None
    """The page's title."""
    url: str | None = None
    """The page's address; `about:blank`, `about:newtab` or empty before the browser has moved on."""
    devtools_frontend_url: str | None = None
    """Where the page's inspector can be opened in a browser."""
    web_socket_debugger_url: str | None = None
    """The WebSocket address of this one page for the Chrome DevTools Protocol."""
