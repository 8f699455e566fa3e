"""Masking an API key that a server or a proxy echoes."""

from __future__ import annotations

import html
import re
from typing import Final, TypeVar, cast

from tinyfish._core.config import Secret

MASK: Final = "***"

# A shorter key isn't a secret, and its letters occur in other words.
_LEAST_CHARS: Final = 8

E = TypeVar("E", bound=BaseException)


class Mask:
    """Replaces a key, in plain form and as escaped in URLs, JSON and HTML. Without a key it changes nothing."""

    def __init__(self, secret: Secret | None) -> None:
        self._secret = None if secret is None or len(secret.reveal()) < _LEAST_CHARS else secret

    def text(self, text: str) -> str:
        """A text without the key."""
        return text if self._secret is None else _pattern(self._secret).sub(MASK, text)

    def content(self, content: bytes) -> bytes:
        """A body without the key, for any encoding: each byte is treated as a character."""
        if self._secret is None:
            return content
        return self.text(content.decode("latin-1")).encode("latin-1")

    def headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Headers without the key in their values."""
        return [(name, self.content(value)) for name, value in headers]

    def value(self, value: object, levels: int = 100) -> object:
        """A JSON value without the key in its strings; deeper nested parts are dropped."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value).items() if levels else ()
            return {self.text(name): self.value(member, levels - 1) for name, member in members}
        if isinstance(value, list):
            entries = cast("list[object]", value) if levels else []
            return [self.value(entry, levels - 1) for entry in entries]
        return value

    def error(self, error: E) -> E:
        """An exception without the key in its text or in those of its causes. Changed in place."""
        seen: set[int] = set()
        link: BaseException | None = error
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            link.args = tuple(self.text(arg) if isinstance(arg, str) else arg for arg in link.args)
            link = link.__cause__ or link.__context__
        return error


def _pattern(secret: Secret) -> re.Pattern[str]:
    # Ignoring case: %2f is %2F.
    return re.compile("".join(map(_any_form, secret.reveal())), re.IGNORECASE)


def _any_form(char: str) -> str:
    """A pattern for one character, in plain form and as escaped in URLs, JSON and HTML."""
    code = ord(char)
    escapes = [
        f"%{code:02x}",
        f"\\u{code:04x}",
        f"\\{char}",
        f"&#{code};",
        f"&#x{code:x};",
        html.escape(char),
    ]
    return f"(?:{'|'.join(map(re.escape, [*escapes, char]))})"
