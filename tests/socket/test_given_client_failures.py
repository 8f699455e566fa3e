"""A caller's httpx client whose own code fails with errors that are easily taken for the client's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from messages import reply
from plain_server import PlainServer

from tinyfish import (
    APIConnectionError,
    AuthenticationError,
    ClientClosedError,
    SDKError,
    UncertainStartError,
)

pytestmark = pytest.mark.anyio

NEW_RUN = {"goal": "Read the title", "url": "https://example.com"}
STARTS: dict[str, Callable[[Any], Any]] = {
    "run": lambda client: client.agent.run(**NEW_RUN),
    "queue": lambda client: client.agent.queue(**NEW_RUN),
    "queue_many": lambda client: client.agent.queue_many([NEW_RUN]),
    "stream": lambda client: client.agent.stream(**NEW_RUN).until_complete(),
    "session": lambda client: client.browser.sessions.create(),
}
OF_THE_SDK = [AuthenticationError("No", status_code=401), ClientClosedError()]


def hook(flavour: str, error: Exception) -> Any:
    def fails(_: object) -> None:
        raise error

    async def fails_async(_: object) -> None:
        raise error

    return fails if flavour == "sync" else fails_async


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("error", OF_THE_SDK, ids=lambda error: type(error).__name__)
async def test_an_error_of_the_sdk_from_a_hook_after_the_sending_hides_no_start(
    error: SDKError,
    start: str,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
) -> None:
    """The hook may use a client of its own, for a log or a token."""
    given = new_http_client(event_hooks={"response": [hook(flavour, error)]})
    plain_server.route = lambda _: reply(200, {"run_id": "r1", "error": None})
    with pytest.raises(UncertainStartError) as caught:
        await STARTS[start](new_client(http_client=given))
    assert caught.value.__cause__ is not None
    posts = [request for request in plain_server.requests if request.method == "POST"]
    assert len(posts) == 1


@pytest.mark.parametrize("start", STARTS)
async def test_an_error_of_the_sdk_from_a_hook_before_the_sending_is_raised_as_it_is(
    start: str,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
) -> None:
    given = new_http_client(event_hooks={"request": [hook(flavour, OF_THE_SDK[0])]})
    with pytest.raises(AuthenticationError) as caught:
        await STARTS[start](new_client(http_client=given))
    assert caught.value is OF_THE_SDK[0]
    assert plain_server.requests == []


class HttpsOnly(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that does not speak plain HTTP."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("https only", request=request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("https only", request=request)


@pytest.mark.parametrize("start", STARTS)
async def test_a_transport_that_does_not_speak_the_protocol_has_sent_nothing(
    start: str, new_client: Callable[..., Any], new_http_client: Callable[..., Any]
) -> None:
    with pytest.raises(APIConnectionError, match=r"Nothing was sent .* https only") as caught:
        await STARTS[start](new_client(http_client=new_http_client(transport=HttpsOnly())))
    assert not isinstance(caught.value, UncertainStartError)
    assert caught.value.attempts == 1
