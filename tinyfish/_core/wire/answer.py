"""A complete response, and the copies of it and its request that users can see."""

# httpx is loaded on demand, so that code which only decides about responses doesn't need it.

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from tinyfish._core.json_text import encoding_of
from tinyfish._core.wire.call import Delivery
from tinyfish._core.wire.masking import Mask

if TYPE_CHECKING:
    import httpx

# Codecs that can decode bytes, but aren't encodings of web content; they drop much of it:
# https://docs.python.org/3/library/codecs.html#python-specific-encodings
_NO_CHARSETS: Final = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")


@frozen(kw_only=True, eq=False, repr=False)
class Answer:
    """A complete response.

    Attributes:
        content: Its body, decompressed; only the beginning if it's too large.
        too_large: Whether it exceeds the limit.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    too_large: bool
    delivery: Delivery
    _response: httpx.Response = field(alias="response")
    _request: httpx.Request = field(alias="request")

    def for_errors(self, mask: Mask) -> tuple[httpx.Request, httpx.Response]:
        """The request and the response with its body, both without the key: safe to give to users."""
        import httpx

        request = without_key(self._request, hides_content=mask.hides_body)
        request.headers = httpx.Headers(mask.headers(request.headers.raw))
        # Headers are bytes in any encoding. The body is already decoded, and has its final length.
        headers = [
            (name, value)
            for name, value in mask.headers(self._response.headers.raw)
            if name.lower() not in (b"content-encoding", b"content-length", b"transfer-encoding")
        ]
        content = mask.content(self.content)
        encoding = _encoding(httpx.Response(self.status, headers=headers), content)
        text = content.decode(encoding, "replace")
        if (masked := mask.text(text)) != text:
            content = masked.encode(encoding)
        response = httpx.Response(self.status, headers=headers, content=content, request=request)
        response.encoding = encoding
        return request, response


def _encoding(response: httpx.Response, content: bytes) -> str:
    """A body's encoding: detected for JSON, otherwise the header's if it's valid, otherwise UTF-8."""
    if "json" in response.headers.get("content-type", ""):
        own = encoding_of(content)
        is_json = content.decode(own, "replace").lstrip("\ufeff \t\r\n").startswith(("{", "["))
        return own if is_json else "utf-8"
    try:
        encoding = codecs.lookup(response.charset_encoding or "utf-8").name
        content.decode(encoding, "replace").encode(encoding, "replace")
    except Exception:  # noqa: BLE001 - servers write anything there, and each codec has its own errors
        return "utf-8"
    return "utf-8" if encoding in _NO_CHARSETS else encoding


def without_key(request: httpx.Request, *, hides_content: bool) -> httpx.Request:
    """A copy that is safe to give to users.

    Args:
        request: The request.
        hides_content: Whether its body has secrets; then the copy has none.
    """
    import httpx

    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"x-api-key"]
    return httpx.Request(
        request.method, request.url, headers=headers, content=None if hides_content else request.content
    )
