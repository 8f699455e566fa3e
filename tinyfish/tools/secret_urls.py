"""The secrets in the URLs of options: of a login, and of parameters such as `?token=`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

# As a part of a name: `api_key`, `webhookSecret`.
_SECRET_NAME: Final = re.compile(r"secret|token|key|pass|pwd|auth|sig", re.IGNORECASE)


def secrets_of_urls(options: object) -> Iterator[str]:
    """The secrets in all URLs of options, however deep, in plain form.

    Args:
        options: JSON.
    """
    unread = [options]
    while unread:
        part = unread.pop()
        if isinstance(part, str):
            yield from _secrets_of(part)
        elif isinstance(part, Mapping):
            unread += cast("Mapping[str, object]", part).values()
        elif isinstance(part, list | tuple):
            unread += cast("list[object]", part)


def _secrets_of(text: str) -> Iterator[str]:
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if not parts.netloc:
        return
    if parts.password:
        yield unquote(parts.password)
    for name, value in parse_qsl(parts.query):
        if _SECRET_NAME.search(name):
            yield value
