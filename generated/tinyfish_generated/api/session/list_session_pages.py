# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.session_page import SessionPage


def list_session_pages() -> Request[list[SessionPage]]:
    """List the pages of an open browser session.

    Lists what the browser has open. A fresh session shows a blank page first and moves on by itself: to
    get the inspector of the page that was asked for, repeat this about every second until a page's `url`
    is neither empty nor `about:blank` nor `about:newtab`.
    """
    return Request(
        operation_id="listSessionPages",
        tag="session",
        safe_to_repeat=True,
        method="GET",
        path="/pages",
        decode=models.SessionPage.decode_documents,
    )
