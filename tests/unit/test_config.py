from __future__ import annotations

import math
import socket
from typing import Any

import httpx
import pytest
from clients import KEY
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import Adopt, AsyncTinyFish, TinyFish, __version__
from tinyfish._core.config import Config, check_timeout
from tinyfish._core.headers import merged_headers
from tinyfish._core.secret import Secret, hidden
from tinyfish._core.wire import connection_options, connections, environment

KINDS = [TinyFish, AsyncTinyFish]


def config(**options: Any) -> Config:
    given = {
        "api_key": KEY,
        "base_url": None,
        "timeout": 600.0,
        "max_retries": 2,
        "adopt": "when_sure",
        "schema_in_goal": False,
        "default_headers": None,
    } | options
    return Config.create(**{**given, "api_key": hidden(given["api_key"])})


# The API key


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_says_what_to_do(kind: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^No API key provided.*api_key=.*TINYFISH_API_KEY.*https://.*=sandbox:"
    ):
        kind()


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_of_the_environment(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", f" {KEY} ")
    assert kind()._executor.config.api_key.reveal() == KEY
    assert kind(api_key="other")._executor.config.api_key.reveal() == "other"


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_key_is_no_key_even_if_the_environment_has_one(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", KEY)
    with pytest.raises(ValueError, match="No API key provided"):
        TinyFish(api_key=key)


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}\r\nX-Evil: 1", "a\0b", "a\x7fb", "schlüssel", "a\tb"])
def test_a_key_with_odd_characters_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="contains an invalid character") as caught:
        TinyFish(api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", [b"sk-tinyfish", 5, ["k"]])
def test_a_key_that_is_no_string_is_refused(key: Any) -> None:
    with pytest.raises(TypeError, match="api_key must be a string"):
        TinyFish(api_key=key)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("sk-tinyfish-012345", "'sk-tinyf****'"),
        ("0123456789abc", "'01234567****'"),
        ("0123456789ab", "'****'"),
        ("k", "'****'"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_repr_masks_the_key(kind: Any, key: str, shown: str) -> None:
    assert repr(kind(api_key=key)) == (
        f"{kind.__name__}(api_key={shown}, base_url='https://agent.tinyfish.ai', timeout=600.0, max_retries=2)"
    )


# The base URL


@pytest.mark.parametrize(
    ("tag", "path", "url"),
    [
        ("runs", "/v1/runs", "https://agent.tinyfish.ai/v1/runs"),
        ("agent", "/v1/automation/run", "https://agent.tinyfish.ai/v1/automation/run"),
        ("browser", "/v1/browser", "https://api.browser.tinyfish.ai/"),
        ("browser", "/v1/browser/s-1", "https://api.browser.tinyfish.ai/s-1"),
        ("browser", "/v1/browser/usage", "https://api.browser.tinyfish.ai/usage"),
        ("search", "/v1/search", "https://api.search.tinyfish.ai/"),
        ("search", "/v1/search/usage", "https://api.search.tinyfish.ai/v1/search/usage"),
        ("fetch", "/v1/fetch", "https://api.fetch.tinyfish.ai/"),
        ("fetch", "/v1/fetch/usage", "https://api.fetch.tinyfish.ai/v1/fetch/usage"),
        ("wallet", "/v1/wallet", "https://agent.tinyfish.ai/v1/wallet"),
    ],
)
@pytest.mark.parametrize("base_url", [None, "", " "])
def test_without_a_base_url_each_product_is_on_its_own_host(
    base_url: str | None, tag: str, path: str, url: str
) -> None:
    assert config(base_url=base_url).url(tag, path) == url


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        ("runs", "/v1/runs"),
        ("browser", "/v1/browser"),
        ("browser", "/v1/browser/s-1"),
        ("browser", "/v1/browser/usage"),
        ("search", "/v1/search"),
        ("fetch", "/v1/fetch"),
    ],
)
@pytest.mark.parametrize(
    "base",
    [
        "https://agent.tinyfish.ai",
        "http://127.0.0.1:8787",
        "https://proxy.example/tinyfish",
        "http://[::1]:80",
    ],
)
def test_an_explicit_base_url_takes_every_product(base: str, tag: str, path: str) -> None:
    for spelling in (base, f" {base}/ "):
        assert config(base_url=spelling).url(tag, path) == base + path


def test_the_base_url_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYFISH_BASE_URL", "http://127.0.0.1:1")
    assert config().url("runs", "/x") == "http://127.0.0.1:1/x"
    assert config(base_url="http://127.0.0.1:2").url("runs", "/x") == "http://127.0.0.1:2/x"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("agent.tinyfish.ai", "absolute http or https URL"),
        ("ftp://agent.tinyfish.ai", "absolute http or https URL"),
        ("https://", "absolute http or https URL"),
        ("http://host:99999", "absolute http or https URL"),
        ("http://host:port", "absolute http or https URL"),
        ("http://[::1", "absolute http or https URL"),
        ("https://a:b@host.example", "must not contain a user name or password"),
        ("https://host.example?x=1", "must not have a query or fragment"),
        ("https://host.example#x", "must not have a query or fragment"),
        ("https://höst.example", "contains an invalid character"),
        ("https://host.example/a b", "contains an invalid character"),
        ("https://api.browser.tinyfish.ai", "serves only one product"),
        ("https://agent.tinyfish.ai/v1", "must not end in /v1"),
        ("http://127.0.0.1:8787/v1/", "use 'http://127.0.0.1:8787'"),
    ],
)
def test_a_base_url_that_cannot_be_right(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        config(base_url=url)


# Limits and choices


@pytest.mark.parametrize("seconds", [0, -1, 0.0, math.nan, -math.inf])
def test_a_timeout_must_be_above_zero(seconds: float) -> None:
    with pytest.raises(ValueError, match="timeout must be above 0 seconds"):
        config(timeout=seconds)


@pytest.mark.parametrize("seconds", ["10", True, httpx.Timeout(5), [1]])
def test_a_timeout_must_be_a_number(seconds: Any) -> None:
    with pytest.raises(TypeError, match="timeout must be a number of seconds or None"):
        config(timeout=seconds)


@given(st.none() | st.floats(min_value=0, exclude_min=True) | st.integers(min_value=1))
def test_every_timeout_that_is_taken_is_one_that_sockets_take(seconds: float | None) -> None:
    taken = check_timeout(seconds)
    with socket.socket() as probe:
        probe.settimeout(taken)
    assert taken is None or taken == seconds


@pytest.mark.parametrize("endless", [math.inf, 10**400, 2**63])
def test_an_endless_timeout_is_none(endless: float) -> None:
    assert config(timeout=endless).timeout is None


@pytest.mark.parametrize(
    ("count", "error"), [(-1, ValueError), (1.5, TypeError), (True, TypeError), ("2", TypeError)]
)
def test_max_retries(count: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_retries must be"):
        config(max_retries=count)


def test_adopt() -> None:
    assert config(adopt="never").adopt is Adopt.NEVER
    with pytest.raises(ValueError, match="'never', 'when_sure', 'when_single', not 'always'"):
        config(adopt="always")


def test_the_defaults() -> None:
    made = TinyFish(api_key=KEY)._executor.config
    assert (made.timeout, made.max_retries, made.adopt, made.base_url) == (600.0, 2, Adopt.WHEN_SURE, None)


# Headers


def test_the_headers_of_every_call() -> None:
    assert config().default_headers == {
        "User-Agent": f"tinyfish-python/{__version__}",
        "X-TF-Request-Origin": "tinyfish-python",
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("my tool", "my tool"),
        ("  spaced ", "spaced"),
        ("évil\r\nX: 1", "vilX: 1"),
        ("a" * 200, "a" * 128),
        ("\x00\x7f", None),
        ("", None),
    ],
)
def test_the_labels_of_the_environment(given: str, sent: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if "\x00" in given:  # which no real environment can hold
        monkeypatch.setattr("os.environ", {"TF_CLIENT_NAME": given, "TF_CLIENT_VERSION": given})
    else:
        monkeypatch.setenv("TF_CLIENT_NAME", given)
        monkeypatch.setenv("TF_CLIENT_VERSION", given)
    headers = config().default_headers
    assert (headers.get("X-TF-Client-Name"), headers.get("X-TF-Client-Version")) == (sent, sent)


def test_default_headers_take_the_place_of_ours_in_any_case() -> None:
    made = config(default_headers={"user-agent": "mine/1", "X-Team": "a"})
    assert made.default_headers == {
        "user-agent": "mine/1",
        "X-TF-Request-Origin": "tinyfish-python",
        "X-Team": "a",
    }
    again = made.with_options(
        timeout=1, max_retries=0, adopt="never", schema_in_goal=False, default_headers={"x-team": "b"}
    )
    assert again.default_headers == {
        "user-agent": "mine/1",
        "X-TF-Request-Origin": "tinyfish-python",
        "x-team": "b",
    }


def test_merged_headers() -> None:
    assert merged_headers({"A": "1", "b": "2"}, {"a": "3"}, {"B": "4", "c": "5"}) == {
        "a": "3",
        "B": "4",
        "c": "5",
    }


@pytest.mark.parametrize(
    ("headers", "error", "reason"),
    [
        ({"X-API-Key": "k"}, ValueError, "Pass the API key as api_key="),
        ({"x-api-key": "k"}, ValueError, "Pass the API key as api_key="),
        ({"": "v"}, ValueError, "is not a valid header name"),
        ({"X Y": "v"}, ValueError, "is not a valid header name"),
        ({"X:": "v"}, ValueError, "is not a valid header name"),
        ({"X-Ä": "v"}, ValueError, "is not a valid header name"),
        ({"X-Y": "a\r\nb"}, ValueError, "must be printable ASCII"),
        ({"X-Y": "ä"}, ValueError, "must be printable ASCII"),
        ({"X-Y": " a"}, ValueError, "without spaces around it"),
        ({"content-length": "5"}, ValueError, "because the client sets it"),
        ({"Transfer-Encoding": "chunked"}, ValueError, "because the client sets it"),
        ({"X-Y": 1}, TypeError, "strings to strings"),
        ({1: "x"}, TypeError, "strings to strings"),
    ],
)
def test_headers_that_cannot_be_sent(headers: Any, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        config(default_headers=headers)


# The httpx client of the caller


def test_an_http_client_of_the_wrong_kind_is_refused() -> None:
    for wrong in (httpx.AsyncClient(), "client"):
        with pytest.raises(TypeError, match=r"must be an httpx\.Client, not "):
            TinyFish(api_key=KEY, http_client=wrong)  # type: ignore[arg-type]
    with (
        httpx.Client() as client,
        pytest.raises(TypeError, match=r"must be an httpx\.AsyncClient, not Client"),
    ):
        AsyncTinyFish(api_key=KEY, http_client=client)  # type: ignore[arg-type]


# TLS and sockets


def test_keep_alive_is_asked_for_on_every_socket() -> None:
    options = connection_options._socket_options()
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in options
    if hasattr(socket, "TCP_KEEPIDLE"):
        assert (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60) in options
    with socket.socket() as probe:
        for option in options:
            probe.setsockopt(*option)


def test_the_tls_context_is_shared_and_not_made_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    create = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: made.append(1) or create())
    environment._tls_context.cache_clear()
    with_tls = [connections.OwnConnections() for _ in range(2)]
    without = connections.OwnConnections()
    without._transport_for(httpx.URL("http://127.0.0.1:1/"), False)
    assert made == []
    pools: list[Any] = [c._transport_for(httpx.URL("https://agent.tinyfish.ai/"), False) for c in with_tls]
    assert made == [1]
    assert pools[0]._pool._ssl_context is pools[1]._pool._ssl_context
    assert pools[0]._pool._ssl_context.verify_mode.name == "CERT_REQUIRED"
    for one in (*with_tls, without):
        one.close()


def test_a_secret_is_equal_to_itself_alone() -> None:
    assert Secret(value="a") == Secret(value="a") != Secret(value="b")
