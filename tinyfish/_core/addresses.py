"""The addresses of the API: its hosts, and the URLs that may stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from tinyfish.errors import InvalidArgumentError

DEFAULT_BASE_URL: Final = "https://agent.tinyfish.ai"

# Tags of openapi.yaml with their own host if no base URL is given. Its root is the product's first path. All others
# are served by the base URL.
PRODUCT_HOSTS: Final[Mapping[str, str]] = {
    "browser": "https://api.browser.tinyfish.ai",
    "search": "https://api.search.tinyfish.ai",
    "fetch": "https://api.fetch.tinyfish.ai",
}
# The first path of each, under a base URL.
_PRODUCT_PATHS: Final = {tag: f"/v1/{tag}" for tag in PRODUCT_HOSTS}
# Those whose other paths lack it too on their own host. The API's reference has the others with it:
# https://api.search.tinyfish.ai/v1/search/usage.
_AT_THE_ROOT: Final = ("browser",)

_MAX_HOST_CHARS: Final = 253

# The base URL of a sandbox inside the program: `sandbox:`, or `sandbox:rules.yaml`.
SANDBOX_SCHEME: Final = "sandbox:"
# The hosts of those, with their ports. Proxies from the environment aren't used for them.
IN_PROGRAM_HOSTS: Final[set[bytes]] = set()


def address_of(base_url: str | None, tag: str, path: str) -> str:
    """The absolute URL of an operation, with a base URL or on its product's own host."""
    if base_url is not None:
        return base_url + path
    host = PRODUCT_HOSTS.get(tag)
    if host is None:
        return DEFAULT_BASE_URL + path
    if path == _PRODUCT_PATHS[tag]:
        return f"{host}/"
    return host + (path.removeprefix(_PRODUCT_PATHS[tag]) if tag in _AT_THE_ROOT else path)


def product_path(product: str) -> str:
    """The first path of a product, under a base URL.

    Raises:
        InvalidArgumentError: There is no such product.
    """
    if not isinstance(product, str) or product not in _PRODUCT_PATHS:  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        products = ", ".join(map(repr, _PRODUCT_PATHS))
        raise InvalidArgumentError(f"product must be one of {products}, not {product!r}.")
    return _PRODUCT_PATHS[product]


def check_base_url(url: str, name: str = "base_url") -> str:
    """The URL of a server that serves the whole API, without a slash at the end.

    Raises:
        ValueError: It isn't one; the message says what would be right.
    """
    if not is_http_url(url) or not _can_connect_to(url):
        raise InvalidArgumentError(
            f"{name} must be an absolute http or https URL like {DEFAULT_BASE_URL!r}, not {url!r}."
        )
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise InvalidArgumentError(
            f"{name} must not contain a user name or password; use http_client= for a proxy login."
        )
    if parts.query or parts.fragment:
        raise InvalidArgumentError(f"{name} must not have a query or fragment: {url!r}.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidArgumentError(f"{name} contains an invalid character: {url!r}.")
    for host in PRODUCT_HOSTS.values():
        if parts.hostname == urlsplit(host).hostname:
            raise InvalidArgumentError(
                f"{name} must be a host that serves the whole API, such as {DEFAULT_BASE_URL!r}; {host!r} serves "
                f"only one product. Omit {name} to call each product on its own host."
            )
    url = url.rstrip("/")
    if url.endswith("/v1"):
        raise InvalidArgumentError(
            f"{name} must not end in /v1, which is part of every path: use {url[:-3]!r}."
        )
    return url


def is_in_program(address: str) -> bool:
    """Whether a base URL means a sandbox inside the program."""
    return address.strip().lower().startswith(SANDBOX_SCHEME)


def is_http_url(url: str) -> bool:
    """Whether a string is a complete http or https URL with a valid port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_host(parts.hostname) and parts.port != 0
    except ValueError:  # unclosed brackets, or a port that isn't a number or is too large
        return False


def is_host(name: str | None) -> bool:
    """Whether a string is a valid host name: names that IDNA rejects can't be looked up."""
    try:
        return name is not None and 0 < len(name.encode("idna")) <= _MAX_HOST_CHARS
    except UnicodeError:  # an empty label, or one longer than 63 characters
        return False


def _can_connect_to(url: str) -> bool:
    """Whether httpx accepts a URL. It uses IDNA 2008 for host names, which is stricter than browsers."""
    import httpx  # here, because it's slow to load, and a program may import the client without using it

    try:
        return bool(httpx.URL(url).host)
    except (UnicodeError, httpx.InvalidURL):
        return False
