"""The URLs and private hosts that a goal names, as an agent would read them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from tinyfish.tools.hosts import InvalidHostError, is_public, normalised

# Any scheme with //, and what browsers read as a URL without it. A URL can follow another one without a space.
_STARTS: Final = re.compile(
    r"[a-z][a-z0-9]*:(?://|\\\\)[/\\]*|https?:[/\\]?|file:/|(?:javascript|vbscript):|data:(?=[a-z]+/)",
    re.IGNORECASE,
)
_END: Final = re.compile(r"[\s<>\"'`|{}]")
# What can follow a URL in a sentence.
_AFTER_URL: Final = ".,;:!?*'()[]"
_OPENING: Final = {")": "(", "]": "["}
# It may be of the URL's path, but may be read as the beginning of another address.
_OTHER_ADDRESS: Final = re.compile(r"[,;()]")
# Names, addresses of four numbers, and IPv6 in brackets. Shorter forms such as 10.1 are numbers in most texts.
_HOSTS: Final = re.compile(
    r"(?<![\w.@=-])(?:localhost|(?:[\w-]+\.)+[a-z-]+|[0-9][0-9a-fx]*(?:\.[0-9][0-9a-fx]*){3}|\[[0-9a-f]*:[0-9a-f:.]+\])"
    r"(?![\w-]|\.\w)",
    re.IGNORECASE,
)


def urls_in(text: str) -> Iterator[str]:
    """The URLs in a text, of any scheme. One that is only its scheme, as in "links with https://", is none."""
    for _, url, rest in _found(_plain(text)):
        if rest:
            yield url


def private_hosts_in(text: str) -> Iterator[str]:
    """The hosts that a text names without a scheme, and that aren't public."""
    text = _plain(text)
    for start, url, _ in _found(text):
        own = len(_OTHER_ADDRESS.split(url, 1)[0])
        text = text[:start] + " " * own + text[start + own :]
    for match in _HOSTS.finditer(text):
        try:
            host = normalised(match[0].strip("[]"))
        except InvalidHostError:
            continue
        if not is_public(host):
            yield host


def _plain(text: str) -> str:
    """A text with the usual letters, dots and colons for those that browsers read as them."""
    return unicodedata.normalize("NFKC", text).replace("。", ".")


def _found(text: str) -> Iterator[tuple[int, str, str]]:
    """Each URL with its position, and what of it follows its scheme."""
    starts = list(_STARTS.finditer(text))
    for index, start in enumerate(starts):
        following = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        end = _END.search(text, start.end(), following)
        url = _trimmed(text[start.start() : end.start() if end else following])
        yield start.start(), url, url[len(start[0]) :]


def _trimmed(url: str) -> str:
    """A URL without the punctuation of its sentence. A bracket that it opened is its own."""
    while url and url[-1] in _AFTER_URL:
        opening = _OPENING.get(url[-1])
        if opening is not None and url.count(opening) >= url.count(url[-1]):
            break
        url = url[:-1]
    return url
