"""Which URLs a model may use. Pure: names are not looked up, because pages are opened by the service, not here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from attrs import frozen

from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.tools.goals import private_hosts_in, urls_in
from tinyfish.tools.hosts import InvalidHostError, is_public, normalised

_SHOWN_CHARS: Final = 200
# What browsers drop or read as something else.
_FORBIDDEN: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


class RefusedURLError(InvalidArgumentError):
    """A URL that a model may not use. The message says why, and what would be right."""


@frozen
class UrlGuard:
    """Checks URLs.

    Attributes:
        allowed_hosts: The only hosts that are allowed, with their subdomains, normalised; None for all public ones.
        allow_private_hosts: Whether hosts that aren't public are allowed.
    """

    allowed_hosts: tuple[str, ...] | None = None
    allow_private_hosts: bool = False

    @classmethod
    def of(cls, allowed_hosts: Sequence[str] | None = None, *, allow_private_hosts: bool = False) -> UrlGuard:
        """A guard.

        Args:
            allowed_hosts: Hosts such as `"example.com"`, which includes `www.example.com`, or IP addresses.
            allow_private_hosts: Whether hosts that aren't public are allowed.

        Raises:
            InvalidArgumentError: An entry isn't a host.
            InvalidArgumentTypeError: It's a string, or an entry isn't one.
        """
        if allowed_hosts is None:
            return cls(None, allow_private_hosts)
        if isinstance(allowed_hosts, str) or not all(isinstance(host, str) for host in allowed_hosts):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(
                f"allowed_hosts must be a list of hosts such as ['example.com'], not {allowed_hosts!r}."
            )
        return cls(tuple(map(_entry, allowed_hosts)), allow_private_hosts)

    def checked(self, url: str) -> str:
        """The URL, with its host in the usual form.

        Raises:
            RefusedURLError: It may not be used.
        """
        shown = url if len(url) <= _SHOWN_CHARS else url[:_SHOWN_CHARS] + "…"
        text = url.strip(" ")
        if _FORBIDDEN.search(text):
            raise RefusedURLError(
                f"The URL {shown!r} contains a space, a backslash or an invisible character. "
                "Write it percent-encoded."
            )
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise RefusedURLError(f"{shown!r} isn't a valid URL.") from None
        if parts.scheme not in ("http", "https") or not text[len(parts.scheme) :].startswith("://"):
            raise RefusedURLError(f"The URL {shown!r} must begin with https:// or http://.")
        if "@" in parts.netloc:
            # Without the URL, which has a password.
            raise RefusedURLError(
                "A URL can't contain a user name or a password. Leave out what is before the @."
            )
        if "%" in parts.netloc or not parts.hostname:
            raise RefusedURLError(f"The URL {shown!r} has no valid host.")
        try:
            host = normalised(parts.hostname)
        except InvalidHostError as error:
            raise RefusedURLError(f"The host of the URL {shown!r} is invalid: {error}.") from None
        self._check_host(host)
        netloc = f"[{host}]" if ":" in host else host
        if port is not None:
            netloc = f"{netloc}:{port}"
        return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, parts.fragment))

    def allows(self, url: str | None) -> bool:
        """Whether a URL that the API returned may be shown. An empty one may."""
        if not url:
            return True
        try:
            self.checked(url)
        except RefusedURLError:
            return False
        return True

    def check_text(self, text: str) -> None:
        """Check the URLs in a text, such as a goal, and the private hosts that it names without a scheme.

        Raises:
            RefusedURLError: One may not be used.
        """
        for url in urls_in(text):
            self.checked(url)
        for host in private_hosts_in(text):
            self._check_host(host)

    def _check_host(self, host: str) -> None:
        listed = self.allowed_hosts is not None and any(
            _is_within(host, entry) for entry in self.allowed_hosts
        )
        if listed:
            return
        if self.allowed_hosts is not None:
            raise RefusedURLError(
                f"The host {host!r} isn't allowed here. Allowed are: {', '.join(self.allowed_hosts) or 'none'}, "
                "with their subdomains."
            )
        if not self.allow_private_hosts and not is_public(host):
            raise RefusedURLError(
                f"The host {host!r} is a private address, which can't be used. Use a page on the public internet."
            )


def _is_within(host: str, entry: str) -> bool:
    return host == entry or (host.endswith(f".{entry}") and not entry[-1].isdigit())


def _entry(host: str) -> str:
    try:
        return normalised(host.removeprefix("*.").removeprefix(".").strip("[]"))
    except InvalidHostError:
        raise InvalidArgumentError(
            f"allowed_hosts: {host!r} isn't a host. Write it as 'example.com', without a scheme, port or path."
        ) from None
