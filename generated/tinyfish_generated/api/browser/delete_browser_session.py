# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import Request, decode_nothing, encode_segment

if TYPE_CHECKING:
    pass


def delete_browser_session(
    session_id: str,
) -> Request[None]:
    """End a browser session.

    Ends a session at once, and with it its billing. A session that has ended already is no error, so that
    this is safe to repeat. On the agent host this is `DELETE /v1/browser/{session_id}`, after the pattern
    of the other operations; TinyFish documents it for the browser host only.

    Args:
        session_id: The id that the creation of the session returned.
    """
    return Request(
        operation_id="deleteBrowserSession",
        tag="browser",
        method="DELETE",
        path=f"/{encode_segment(session_id)}",
        decode=decode_nothing,
    )
