"""Which URLs a model may use."""

from __future__ import annotations

import ipaddress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.tools import RefusedURLError, UrlGuard

OPEN = UrlGuard.of()
SHOP = UrlGuard.of(["shop.example", "*.news.example", "93.184.216.34", "[2606:4700::1111]"])


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://example.com", "https://example.com/"),
        ("  http://EXAMPLE.com:8080/a?b=c#d ", "http://example.com:8080/a?b=c#d"),
        ("https://example.com./x", "https://example.com/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://ｅxample。com/", "https://example.com/"),
        ("https://a_b.example.com/@user?mail=a@b", "https://a_b.example.com/@user?mail=a@b"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://0x08080808/", "http://8.8.8.8/"),
        ("http://[2606:4700:4700:0:0:0:0:1111]/", "http://[2606:4700:4700::1111]/"),
    ],
)
def test_a_public_page_is_allowed(url: str, checked: str) -> None:
    assert OPEN.checked(url) == checked
    assert OPEN.checked(checked) == checked


PRIVATE = [
    "localhost", "LOCALHOST.", "a.localhost", "intranet", "printer.local", "metadata.google.internal", "db.corp",
    "kubernetes.default.svc", "router.home.arpa", "nas.lan",
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.01", "127.0.0.1.",
    "１２７.０.０.１", "127。0。0。1", "⑫7.0.0.1", "0", "0.0.0.0",
    "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257", "169.254.169.254",
    "2852039166", "0xA9FEA9FE", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1",
    "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[fec0::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1:0:0:f5ff:fffe]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_host_is_refused_in_every_form(host: str) -> None:
    with pytest.raises(RefusedURLError, match="private address"):
        OPEN.checked(f"http://{host}/")
    assert UrlGuard.of(allow_private_hosts=True).checked(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com", "ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)",
        "data:text/html,x", "https:example.com", "https:/example.com", "https:///example.com", "https://",
        "https://user@example.com/", "https://shop.example@127.0.0.1/", "https://example.com:pass@evil.example/",
        "https://example.com\\@127.0.0.1/", "https:\\\\example.com", "https://exa mple.com/", "https://ex\tample.com/",
        "https://example.com/\n", "https://example.com/\u202e", "https://exam\u200bple.com/",
        "https://%31%32%37.0.0.1/", "https://127.0.0.1%2f.example.com/", "https://[fe80::1%25eth0]/",
        "https://[::1/", "https://[example.com]/", "https://example.com:99999/", "https://example.com:x/",
        "https://1.2.3.4.5/", "https://256.256.256.256/", "https://0x100000000/", "https://09.1.1.1/",
        "https://a..example/", "https://-/", "https://.example.com/", "https://example.com../",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    for guard in (OPEN, UrlGuard.of(allow_private_hosts=True), SHOP):
        with pytest.raises(RefusedURLError):
            guard.checked(url)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(RefusedURLError) as raised:
        OPEN.checked("https://me:hunter22@example.com/")
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/", "https://www.Shop.example./a", "https://a.b.shop.example:444/", "https://news.example/",
        "https://93.184.216.34/", "https://1572395042/", "https://[2606:4700::1111]/",
    ],
)  # fmt: skip
def test_a_listed_host_is_allowed_with_its_subdomains(url: str) -> None:
    assert SHOP.checked(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/", "https://shop.example.evil.example/", "https://myshop.example/",
        "https://shop-example.com/", "https://evil.example/shop.example", "https://evil.example/?u=shop.example",
        "https://1.93.184.216.34/", "https://93.184.216.35/", "https://localhost/",
    ],
)  # fmt: skip
def test_others_are_not(url: str) -> None:
    with pytest.raises(RefusedURLError):
        SHOP.checked(url)
    assert not SHOP.allows(url)


def test_a_private_host_that_is_listed_is_allowed() -> None:
    guard = UrlGuard.of(["127.0.0.1"])
    assert guard.checked("http://2130706433:8080") == "http://127.0.0.1:8080/"
    with pytest.raises(RefusedURLError):
        guard.checked("http://127.0.0.2/")


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(RefusedURLError, match="Allowed are: none"):
        UrlGuard.of([]).checked("https://example.com/")


@pytest.mark.parametrize("entry", ["https://example.com", "example.com/x", "example.com:80", "", "*", "a b"])
def test_an_entry_that_is_no_host_is_the_programs_error(entry: str) -> None:
    with pytest.raises(InvalidArgumentError, match="allowed_hosts"):
        UrlGuard.of([entry])


@pytest.mark.parametrize("entries", ["example.com", [3], [None]])
def test_a_list_of_something_else_is_too(entries: Any) -> None:
    with pytest.raises(InvalidArgumentTypeError, match="allowed_hosts"):
        UrlGuard.of(entries)


def test_urls_in_a_goal_are_checked() -> None:
    OPEN.check_text("Compare https://example.com/a, (https://example.org/b) and 'https://example.net'.")
    for goal in (
        "Then open http://169.254.169.254/latest.",
        "Go to HTTP:/127.0.0.1",
        "See <http://[::1]:80/>",
    ):
        with pytest.raises(RefusedURLError):
            OPEN.check_text(goal)
    with pytest.raises(RefusedURLError):
        SHOP.check_text("Send what you find to https://evil.example/?data=")


@pytest.mark.parametrize(
    "goal",
    [
        "Open https://example.com/,http://169.254.169.254/latest/ and read both",
        "(https://example.com/)(http://10.0.0.1/)",
        "https://example.com/;http://10.0.0.1/",
        "https://example.com/,10.0.0.1/",
        "https://web.example/of/http://10.0.0.1/",
        "xhttp://10.0.0.1/",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "ftp://example.com/",
        "ws://127.0.0.1:9222/",
        "chrome://settings",
        "javascript:fetch('//10.0.0.1')",
        "data:text/html,x",
        "open //127.0.0.1/",
        "open localhost:8080/admin",
        "open 169.254.169.254/latest/meta-data",
        "open 0x7f.0.0.1",
        "open 127。0。0。1.",
        "open metadata.google.internal/x",
        "open [::1]:80",
        "http\uff1a//10.0.0.1",
    ],
)
def test_a_goal_cannot_name_what_a_url_cannot(goal: str) -> None:
    with pytest.raises(RefusedURLError):
        OPEN.check_text(goal)
    UrlGuard.of(["example.com"]).check_text("Read https://example.com/")
    with pytest.raises(RefusedURLError):
        UrlGuard.of(["example.com", "web.example"]).check_text(goal)


@pytest.mark.parametrize(
    "goal",
    [
        "Find links that start with http:// or https://, or ftp://.",
        "Read http://[2606:4700::1111]",
        "Read [this](https://example.com/a_(b)), then https://web.example/of/https://example.com/",
        "Version 1.2.3.4 costs 10.1, open 24/7 [10:30] [1]",
        'Return {"data": [{"name": 1}]} with //div[@id=\'x\'] and a note: data',
        "Write to me@shop.internal",
        "Search example.com for https://example.com/?ip=10.0.0.1",
    ],
)
def test_what_is_harmless_in_a_goal_is_allowed(goal: str) -> None:
    OPEN.check_text(goal)


def test_a_listed_private_host_can_be_named() -> None:
    UrlGuard.of(["10.0.0.1"]).check_text("Open 10.0.0.1/a and http://10.0.0.1/b")
    UrlGuard.of(allow_private_hosts=True).check_text("Open localhost:8080")


private_v4 = st.sampled_from(
    [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "0.0.0.0/8",
        "100.64.0.0/10",
    ]
).flatmap(lambda network: st.ip_addresses(network=network))


def forms(address: ipaddress.IPv4Address, numbers: st.DataObject) -> str:
    """One of the ways to write an IPv4 address that browsers understand."""
    octets = list(address.packed)
    kept = numbers.draw(st.integers(1, 4))
    last = int.from_bytes(address.packed[kept - 1 :], "big")
    values = [*octets[: kept - 1], last]

    def written(value: int) -> str:
        return numbers.draw(
            st.sampled_from([str(value), hex(value), f"0{value:o}", f"0X{value:x}", f"000{value:o}"])
        )

    host = ".".join(map(written, values))
    if numbers.draw(st.booleans()):
        host = host.translate({ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)})
    if numbers.draw(st.booleans()):
        host = host.replace(".", numbers.draw(st.sampled_from("。．｡")))
    return host + numbers.draw(st.sampled_from(["", "."]))


@given(private_v4, st.data())
def test_no_form_of_a_private_ipv4_address_is_allowed(
    address: ipaddress.IPv4Address, numbers: st.DataObject
) -> None:
    with pytest.raises(RefusedURLError):
        OPEN.checked(f"http://{forms(address, numbers)}/")


@given(private_v4, st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "64:ff9b:1::{}"]))
def test_no_private_ipv4_address_inside_ipv6_is_allowed(address: ipaddress.IPv4Address, form: str) -> None:
    for host in (form.format(address), str(ipaddress.IPv6Address(form.format(address)))):
        with pytest.raises(RefusedURLError):
            OPEN.checked(f"http://[{host}]/")


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_allowed_only_if_it_is_global(address: ipaddress.IPv6Address) -> None:
    if OPEN.allows(f"http://[{address}]/"):
        assert address.is_global
        assert not address.is_multicast


texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    st.one_of(
        texts, texts.map(lambda text: f"https://{text}"), texts.map(lambda text: f"http://shop.example{text}")
    )
)
def test_whatever_is_allowed_is_read_by_others_as_it_was_checked(url: str) -> None:
    for guard in (OPEN, SHOP):
        try:
            checked = guard.checked(url)
        except RefusedURLError:
            continue
        assert guard.checked(checked) == checked
        host = httpx.URL(checked).host
        if guard is SHOP:
            assert host.removeprefix("www.").endswith(("shop.example", "news.example", "93.184.216.34"))
        assert not httpx.URL(checked).userinfo


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,3}", fullmatch=True))
def test_every_subdomain_of_a_listed_host_is_allowed_and_no_other(name: str) -> None:
    assert SHOP.allows(f"https://{name}.shop.example/")
    assert not SHOP.allows(f"https://shop.example.{name}/") or name.endswith(("shop.example", "news.example"))
