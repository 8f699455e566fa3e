"""Whether a response to a streaming request is the event stream. What arrives decides, not the label alone."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

_STREAM: Final = "text/event-stream"
# What servers, proxies and mocks call a stream that they know nothing about.
_UNSPECIFIC: Final = ("", "text/plain", "application/octet-stream", "binary/octet-stream")

_FIELD: Final = re.compile(rb"(?:data|event|id|retry)?[:\r\n]")
_FIELDS: Final = (b"data:", b"event:", b"id:", b"retry:")
_DOCUMENT: Final = (b"{", b"[", b"<", b'"')
_BEFORE_FIELDS: Final = b"\xef\xbb\xbf\r\n"
# If so much of a body is blank, its label decides.
_MAX_BLANK_BYTES: Final = 4096


@frozen
class StreamCheck:
    """Whether a successful response is an event stream.

    A body that begins with a field of an event, or a comment, is one; JSON or HTML isn't. If the body doesn't tell, the
    label does. A response labelled `text/event-stream` is one without a look at its body.
    """

    _media_type: str

    @classmethod
    def of(cls, content_type: str | None) -> StreamCheck:
        """Read the label, in any case and with any parameters."""
        # A repeated header arrives as one, joined by commas.
        return cls(re.split("[;,]", content_type or "", maxsplit=1)[0].strip().lower())

    def judge(self, beginning: bytes, is_all: bool) -> bool | None:
        """Whether the response is a stream; None if more of it must be known.

        Args:
            beginning: What has arrived of its body.
            is_all: Whether that is all.
        """
        if self._media_type == _STREAM:
            return True
        start = beginning.lstrip(_BEFORE_FIELDS)
        if start.lstrip().startswith(_DOCUMENT):
            return False
        if _FIELD.match(start):
            return True
        may_become_field = any(name.startswith(start) for name in _FIELDS)
        if (may_become_field or not start.strip()) and not is_all and len(beginning) < _MAX_BLANK_BYTES:
            return None
        return self._media_type in _UNSPECIFIC
