"""Where requests go, and the headers that tell where the program comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tinyfish import AsyncTinyFish, InvalidArgumentError, TinyFish

KEY = "sk-tinyfish-0123456789"
CONNECT = {"X-TF-Connect-Source", "X-TF-Connect-Client", "X-TF-Connect-Attempt-Id"}
ATTEMPT = "0f8fad5b-d9cb-469f-a165-70867728950e"
RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-01-01T00:00:00Z"}

KINDS = [TinyFish, AsyncTinyFish]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("base_url", "product", "url"),
    [
        (None, "search", "https://api.search.tinyfish.ai/"),
        (None, "fetch", "https://api.fetch.tinyfish.ai/"),
        (None, "browser", "https://api.browser.tinyfish.ai/"),
        ("https://agent.tinyfish.ai", "search", "https://agent.tinyfish.ai/v1/search"),
        ("https://agent.tinyfish.ai/", "fetch", "https://agent.tinyfish.ai/v1/fetch"),
        ("http://127.0.0.1:1", "search", "http://127.0.0.1:1/v1/search"),
    ],
)
def test_product_url(kind: Callable[..., Any], base_url: str | None, product: str, url: str) -> None:
    assert kind(KEY, base_url=base_url).product_url(product) == url


@pytest.mark.parametrize("product", ["runs", "", None, [], 5])
def test_no_such_product(product: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="product must be one of 'browser', 'search', 'fetch'"):
        TinyFish(KEY).product_url(product)


def test_the_default_given_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(204)

    monkeypatch.delenv("TINYFISH_BASE_URL", raising=False)
    for base_url in (None, "https://agent.tinyfish.ai"):
        mock = httpx.Client(transport=httpx.MockTransport(answer))
        with TinyFish(KEY, base_url=base_url, http_client=mock) as client:
            client.browser.sessions.delete("s1")
    monkeypatch.setenv("TINYFISH_BASE_URL", "https://agent.tinyfish.ai")
    with TinyFish(KEY, http_client=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        client.browser.sessions.delete("s1")
    given = "https://agent.tinyfish.ai/v1/browser/s1"
    assert sent == ["https://api.browser.tinyfish.ai/s1", given, given]


def headers_of_a_call() -> httpx.Headers:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=RUN)

    with TinyFish(KEY, http_client=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        client.runs.get("r1")
    return seen[0]


@pytest.mark.parametrize("value", [ATTEMPT, ATTEMPT.upper(), f" {ATTEMPT}\n"])
def test_the_setup_page_is_told_of(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TINYFISH_RUNTIME_ATTEMPT_ID", value)
    headers = headers_of_a_call()
    assert [headers[name] for name in sorted(CONNECT)] == [value.strip(), "python", "setup_page"]


@pytest.mark.parametrize(
    "value", [None, "", "1", ATTEMPT[:-1], f"{{{ATTEMPT}}}", ATTEMPT.replace("-", ""), f"{ATTEMPT}\nX-A: b"]
)
def test_only_by_a_uuid(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("TINYFISH_RUNTIME_ATTEMPT_ID", raising=False)
    if value is not None:
        monkeypatch.setenv("TINYFISH_RUNTIME_ATTEMPT_ID", value)
    assert not [name for name in CONNECT if name in headers_of_a_call()]
