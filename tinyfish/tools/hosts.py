"""What a host of a URL means: names and addresses as browsers read them, and whether they are public. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")

# Names that are never in the public DNS: RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and what people use.
_PRIVATE_SUFFIXES: Final = frozenset(
    (
        "corp", "home", "home.arpa", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost",
        "onion", "private", "svc", "test",
    )
)  # fmt: skip
_NAT64: Final = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48"))


class InvalidHostError(ValueError):
    """A text that isn't a host."""


def normalised(host: str) -> str:
    """A host as a browser reads it: in lower case, in ASCII, numeric addresses in the usual form.

    Args:
        host: The host, an IPv6 address without brackets.

    Raises:
        InvalidHostError: It isn't a host.
    """
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise InvalidHostError("it isn't an IPv6 address") from None
    name = _ascii(host).lower()
    name = name.removesuffix(".")
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise InvalidHostError("it isn't a host name")
    if _ends_in_a_number(name):
        return str(_ipv4(name))
    return name


def is_public(host: str) -> bool:
    """Whether a normalised host can be one of the public internet. Names are not looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        return len(labels) > 1 and not any(".".join(labels[-count:]) in _PRIVATE_SUFFIXES for count in (1, 2))
    return all(map(_is_public_address, _meant_by(address)))


def _is_public_address(address: Address) -> bool:
    return address.is_global and not (
        address.is_private
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local)
    )


def _meant_by(address: Address) -> list[Address]:
    """The address, and the IPv4 addresses in it, to which a tunnel or a translator would send."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return [last]
    if any(address in network for network in _NAT64):
        return [last]
    embedded: list[Address] = [address]
    if address.sixtofour is not None:
        embedded.append(address.sixtofour)
    if address.teredo is not None:
        embedded += address.teredo
    if int(address) >> 32 == 0:  # IPv4-compatible, obsolete
        embedded.append(last)
    return embedded


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna  # which httpx requires; few hosts need it

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise InvalidHostError("it isn't a valid international name") from None


def _ends_in_a_number(name: str) -> bool:
    """Whether browsers read it as an IPv4 address (https://url.spec.whatwg.org/#ends-in-a-number-checker)."""
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", name.rpartition(".")[2]) is not None


def _ipv4(name: str) -> ipaddress.IPv4Address:
    """An IPv4 address with one to four decimal, octal or hexadecimal parts, as browsers read it.

    Raises:
        InvalidHostError: It isn't one.
    """
    parts = name.split(".")
    try:
        numbers = [_number(part) for part in parts]
        if len(parts) > 4 or any(number > 255 for number in numbers[:-1]):
            raise ValueError
        value = numbers[-1]
        if value >= 256 ** (5 - len(numbers)):
            raise ValueError
        for index, number in enumerate(numbers[:-1]):
            value += number * 256 ** (3 - index)
    except ValueError:
        raise InvalidHostError("it isn't an IPv4 address") from None
    return ipaddress.IPv4Address(value)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)
