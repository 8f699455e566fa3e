"""Masking an API key, or a secret of a request's body, that a server or a proxy echoes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote_plus

from tinyfish_generated.rules import SECRET_FIELDS

from tinyfish._core.secret import Secret

MASK: Final = "***"

# A shorter key isn't a secret, and its letters occur in other words.
_LEAST_CHARS: Final = 8
# People choose shorter passwords.
LEAST_PASSWORD_CHARS: Final = 4

E = TypeVar("E", bound=BaseException)


class Mask:
    """Replaces secrets, in plain form and as escaped in URLs, JSON and HTML. Without any it changes nothing.

    Args:
        api_key: The API key.
        body: The body of the request, whose fields may be secrets too.

    Attributes:
        hides_body: Whether the body of the request has secrets, so that nobody may see it.
    """

    def __init__(self, api_key: Secret | None, body: Mapping[str, Any] | None = None) -> None:
        passwords = [*_passwords(body)]
        self.hides_body = bool(passwords)
        given = [(api_key, _LEAST_CHARS), *((secret, LEAST_PASSWORD_CHARS) for secret in passwords)]
        self._secrets = [
            secret for secret, least in given if secret is not None and len(secret.reveal()) >= least
        ]

    def text(self, text: str) -> str:
        """A text without the secrets."""
        for secret in self._secrets:
            text = _pattern(secret).sub(MASK, text)
        return text

    def content(self, content: bytes) -> bytes:
        """A body without the secrets, for any encoding: each byte is treated as a character."""
        if not self._secrets:
            return content
        return self.text(content.decode("latin-1")).encode("latin-1")

    def headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Headers without the key in their values."""
        return [(name, self.content(value)) for name, value in headers]

    def value(self, value: object, levels: int = 100) -> object:
        """A JSON value without the secrets in its strings and numbers; deeper nested parts are dropped."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value).items() if levels else ()
            return {self.text(name): self.value(member, levels - 1) for name, member in members}
        if isinstance(value, list):
            entries = cast("list[object]", value) if levels else []
            return [self.value(entry, levels - 1) for entry in entries]
        if isinstance(value, int | float):
            shown = self.text(str(value))
            return value if shown == str(value) else shown
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


def _passwords(body: Mapping[str, Any] | None) -> Iterator[Secret]:
    """The secrets of a body, wherever they are in it."""
    unread: list[object] = [body]
    while unread:
        part = unread.pop()
        if isinstance(part, str):  # most are, and to find out that one is no mapping takes longer
            continue
        if isinstance(part, Mapping):
            for name, value in cast("Mapping[str, object]", part).items():
                if name in SECRET_FIELDS and isinstance(value, str):
                    yield Secret(value=value)
                unread.append(value)
        elif isinstance(part, list):
            unread += cast("list[object]", part)


def _pattern(secret: Secret) -> re.Pattern[str]:
    # Ignoring case: %2f is %2F.
    return re.compile("".join(map(_any_form, secret.reveal())), re.IGNORECASE)


@lru_cache(maxsize=256)  # of single characters, so it knows no secret
def _any_form(char: str) -> str:
    """A pattern for one character, in plain form and as escaped in URLs, JSON and HTML."""
    code = ord(char)
    escapes = [
        f"%{code:02x}",
        quote_plus(char, errors="replace"),
        f"&#{code};",
        f"&#x{code:x};",
        html.escape(char),
        char,
    ]
    utf16 = char.encode("utf-16-be", "surrogatepass")
    units = [utf16[place : place + 2].hex() for place in range(0, len(utf16), 2)]
    short = json.dumps(char)[2:-1] if json.dumps(char).startswith('"\\') else char
    # JSON in a string of JSON has more backslashes.
    in_json = ["".join(rf"\\{{1,3}}u{unit}" for unit in units), r"\\{1,3}" + re.escape(short)]
    return f"(?:{'|'.join([*map(re.escape, escapes), *in_json])})"
