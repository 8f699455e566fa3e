"""The reference by which a keyed run is found again: made from key and content, and written into the goal. Pure.

The API has no idempotency key, and a run shows nothing of its request but the goal. So the goal gets one more line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final, cast
from urllib.parse import urlsplit

from attrs import frozen

# In the list of runs, `goal` matches any part of a goal, ignoring case.
_KEY_CHARS: Final = 16
# Each byte of a digest gives a letter or digit of base32, which are all equally likely: 16 have 80 bits.
_BASE32: Final = b"abcdefghijklmnopqrstuvwxyz234567" * 8
_FINGERPRINT_CHARS: Final = 8
_LINE: Final = "[Reference {}: for bookkeeping only, it is not part of the task. Ignore this line.]"
_REFERENCE: Final = r"tf-([a-z2-7]{16})-([0-9a-f]{8})-([1-9][0-9]{0,8})"
# At the end, with any white space around it, because a server may change that.
_WRITTEN: Final = re.compile(
    r"\s*" + r"\s+".join(map(re.escape, _LINE.split())).replace(re.escape("{}"), _REFERENCE) + r"\s*\Z"
)
_LAST_CHARS: Final = _LINE.rpartition(" ")[2]

# Who may be served by a proxy or a page can change without making it another task. And nothing that is stored or sent
# is to be made from a password.
_CREDENTIALS: Final = ("username", "password")
# Nor is who is told of it: an address can have a secret, which is renewed now and then.
_NO_CONTENT: Final = ("api_integration", "webhook_url")

canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""A JSON value as the same text, whatever the order of the members of its objects."""


@frozen
class Reference:
    """The reference of one attempt to do what a key names.

    Attributes:
        key_part: What all runs of the key have in common.
        fingerprint_part: What all runs of the same content have in common.
        attempt: 1 for the first.
    """

    key_part: str
    fingerprint_part: str
    attempt: int = 1

    @classmethod
    def of(cls, key: str, body: Mapping[str, Any], attempt: int = 1) -> Reference:
        """The reference of a run.

        Args:
            key: The caller's key.
            body: The run's request.
            attempt: The number of the attempt.
        """
        return cls.of_fingerprint(key, fingerprint(body), attempt)

    @classmethod
    def of_fingerprint(cls, key: str, content: bytes, attempt: int = 1) -> Reference:
        """The same, from the fingerprint of the request."""
        digest = hashlib.sha256(key.encode()).digest()
        key_part = digest[:_KEY_CHARS].translate(_BASE32).decode()
        return cls(key_part, content[: _FINGERPRINT_CHARS // 2].hex(), attempt)

    @property
    def search_text(self) -> str:
        """What the goals of all runs of the key contain; other goals may contain it too."""
        return f"tf-{self.key_part}"

    def written_into(self, goal: str) -> str:
        """The goal to send."""
        return f"{goal}\n\n{_LINE.format(self)}"

    def __str__(self) -> str:
        return f"tf-{self.key_part}-{self.fingerprint_part}-{self.attempt}"


def fingerprint(body: Mapping[str, Any], output_schema: str | None = None) -> bytes:
    """What distinguishes the content of a run: goal, url and options, but neither credentials nor statistics.

    Args:
        body: The run's request.
        output_schema: Its schema as canonical JSON, if the body doesn't have it: many runs have the same.
    """
    members = [] if output_schema is None else [f'"output_schema":{output_schema}']
    for name, value in body.items():
        if value is None or name in _NO_CONTENT:
            continue
        if isinstance(value, str):
            if name == "goal":
                value = shown_goal(value)
            elif name == "url" and "@" in value:
                value = _without_password(value)
            # Most values are texts: they need no encoder, which would take several times as long.
            members.append(f"{encode_basestring_ascii(name)}:{encode_basestring_ascii(value)}")
            continue
        if name == "proxy_config" and isinstance(value, Mapping):
            proxy = cast("Mapping[str, Any]", value)
            kept = {part: proxy[part] for part in proxy if part not in _CREDENTIALS}
            value = {**kept, "url": without_login(kept["url"])} if "url" in kept else kept
        members.append(f"{encode_basestring_ascii(name)}:{canonical(value)}")
    members.sort()
    return hashlib.sha256(f"{{{','.join(members)}}}".encode()).digest()[:16]


def parse(goal: object) -> Reference | None:
    """The reference in a goal that the server sent; None if there is none."""
    if not isinstance(goal, str) or _LAST_CHARS not in goal:
        return None
    found = _WRITTEN.search(goal)
    return None if found is None else Reference(found[1], found[2], int(found[3]))


def shown_goal(goal: Any) -> Any:
    """A goal without the line of its reference; anything else unchanged."""
    if not isinstance(goal, str) or _LAST_CHARS not in goal:
        return goal
    return _WRITTEN.sub("", goal)


def without_login(url: Any) -> Any:
    """A URL without the name and password in it; anything else unchanged."""
    if not isinstance(url, str) or "@" not in url:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    login, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login.partition(':')[0]}@{host}").geturl()
