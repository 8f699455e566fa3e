"""Connection settings from the environment: proxies and certificates."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from tinyfish._core.addresses import IN_PROGRAM_HOSTS, is_host
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.errors import InvalidArgumentError

_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_TLS_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


class SetupError(Exception):
    """The connection can't be set up, so nothing can be sent."""


class Route(NamedTuple):
    """What connections have in common, apart from the host."""

    tls: bool
    proxy: str | None


class Environment:
    """The proxies from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY, system settings), read once.

    Raises:
        ValueError: One of them is invalid.
    """

    def __init__(self) -> None:
        proxies = urllib.request.getproxies()
        self._proxies = {
            kind: _proxy(kind, proxies[kind]) for kind in ("http", "https", "all") if proxies.get(kind)
        }

    def route_for(self, url: httpx.URL) -> Route:
        """The route to a URL."""
        return Route(url.scheme == "https", self._proxy_for(url))

    def _proxy_for(self, url: httpx.URL) -> str | None:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if (
            not proxy
            or url.netloc in IN_PROGRAM_HOSTS
            or urllib.request.proxy_bypass(url.netloc.decode("ascii"))
        ):
            return None
        return proxy


def _proxy(kind: str, given: str) -> str:
    url = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PROXY_SCHEMES and is_host(parts.hostname) and parts.port != 0
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"  # without a password
    except ValueError:
        usable, shown = False, "its value"
    if not usable:
        raise InvalidArgumentError(
            f"The proxy in {kind.upper()}_PROXY is invalid: {shown} must be an absolute URL with one of the schemes "
            f"{', '.join(_PROXY_SCHEMES)}."
        )
    return url


def tls_context() -> ssl.SSLContext:
    """The TLS context of this process.

    Raises:
        SetupError: A certificate file that the environment names can't be used.
    """
    return _tls_context(*(os.environ.get(name) for name in _TLS_VARIABLES))


@functools.lru_cache(maxsize=4)
def _tls_context(cert_file: str | None, cert_dir: str | None, key_log: str | None) -> ssl.SSLContext:
    """Created when the first https URL is called, because it takes tens of milliseconds."""
    named = ", ".join(
        f"{name}={value!r}"
        for name, value in zip(_TLS_VARIABLES, (cert_file, cert_dir, key_log), strict=True)
        if value
    )
    if cert_dir and not cert_file and not Path(cert_dir).is_dir():
        raise SetupError(f"TLS setup failed: SSL_CERT_DIR={cert_dir!r} is not a directory")
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # missing files, or files without certificates
        raise SetupError(f"TLS setup failed ({named or 'certificates of certifi'}): {error}") from error


class _TlsRenewal:
    """Create a new TLS context in the child of a fork: a thread of the parent may hold a lock inside the old one."""

    def renew(self) -> None:
        _tls_context.cache_clear()


_TLS_RENEWAL: Final = _TlsRenewal()
renew_in_children(_TLS_RENEWAL)
