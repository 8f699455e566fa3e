# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class FetchErrorCode(OpenEnum):
    """Why a page could not be read."""

    TARGET_HTTP_ERROR = "target_http_error"
    TARGET_UNREACHABLE = "target_unreachable"
    TIMEOUT = "timeout"
    PROXY_ERROR = "proxy_error"
    BOT_BLOCKED = "bot_blocked"
    EMPTY_CONTENT = "empty_content"
    INVALID_URL = "invalid_url"
    INVALID_REDIRECT_URL = "invalid_redirect_url"
