# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.browser_session import BrowserSession
    from ...models.browser_session_request import BrowserSessionRequest


def create_browser_session(
    *,
    body: BrowserSessionRequest | None = None,
) -> Request[BrowserSession]:
    """Open a browser session.

    A session is billed by the minute until it ends, and closing the connection to it does not end it:
    delete it when it is no longer needed. Sending this again may open, and bill, another session. Starts
    a remote browser and answers with the address to drive it at. That takes 10 to 30 seconds: give the
    request a time limit of 60 seconds or more. With a `url` the browser starts towards it, and the answer
    does not wait for the page to load. The browser host, https://api.browser.tinyfish.ai, has this as
    `POST /`.
    """
    return Request(
        operation_id="createBrowserSession",
        tag="browser",
        safe_to_repeat=False,
        method="POST",
        path="/v1/browser",
        body=None if body is None else body.to_dict(),
        decode=models.BrowserSession.decode_document,
    )
