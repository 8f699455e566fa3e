"""Streams of mocks, which send no label or `text/plain`: with the real tools, and both clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9"
EVENTS = [
    {"type": "STARTED", "run_id": "r1"},
    {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {"a": 1}},
]
TEXT = "".join(f"data: {json.dumps(event)}\n\n" for event in EVENTS)


async def result_of(client: Any) -> object:
    async with client.agent.stream(goal="g", url="https://example.com") as stream:
        return (await stream.until_complete()).result


@pytest.mark.parametrize("given", [{"content": TEXT.encode()}, {"text": TEXT}], ids=["content", "text"])
async def test_pytest_httpx(new_client: Callable[..., Any], httpx_mock: Any, given: dict[str, Any]) -> None:
    httpx_mock.add_response(method="POST", **given)
    assert await result_of(new_client(base_url=NOWHERE)) == {"a": 1}


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("given", [{"content": TEXT.encode()}, {"text": TEXT}], ids=["content", "text"])
async def test_respx(new_client: Callable[..., Any], using: str, given: dict[str, Any]) -> None:
    with respx.mock(base_url=NOWHERE, using=using) as mock:
        mock.post("/v1/automation/run-sse").mock(return_value=httpx.Response(200, **given))
        assert await result_of(new_client(base_url=NOWHERE)) == {"a": 1}


async def test_a_mock_transport(new_client: Callable[..., Any], new_http_client: Callable[..., Any]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=TEXT))
    client = new_client(base_url=NOWHERE, http_client=new_http_client(transport=transport))
    assert await result_of(client) == {"a": 1}
