"""Addresses of this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address certainly is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
