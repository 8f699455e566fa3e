# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ...types import Request, decode_nothing, encode_segment


def delete_browser_session(
    session_id: str,
) -> Request[None]:
    """End a browser session.

    Ends a session at once, and with it its billing. A session that has ended already is no error, so that
    this is safe to repeat. TinyFish documents it for the browser host only, as `DELETE
    https://api.browser.tinyfish.ai/{session_id}`; on this host it follows the pattern of the other
    operations.

    Args:
        session_id: The id that the creation of the session returned.
    """
    return Request(
        operation_id="deleteBrowserSession",
        tag="browser",
        safe_to_repeat=True,
        method="DELETE",
        path=f"/v1/browser/{encode_segment(session_id)}",
        decode=decode_nothing,
    )
