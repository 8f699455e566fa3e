"""What is read of a request: nothing without the secret, and never more than the limit and one byte."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.webhooks import WebhookReceiver

EVENT = b'{"event": "account.emptied"}'


class Input(io.BytesIO):
    """The body of a request."""

    def __init__(self, body: bytes, at_once: int = 10**9) -> None:
        super().__init__(body)
        self._at_once = at_once
        self.taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(self._at_once if size is None or size < 0 else min(size, self._at_once))
        self.taken += len(part)
        return part


@pytest.fixture
def receiver(quick: Sandbox) -> Iterator[WebhookReceiver[Any]]:
    with (
        TinyFish(quick.api_key, base_url=quick.url) as client,
        WebhookReceiver(client, secret="s", max_body_bytes=100) as made,
    ):
        yield made


def wsgi(receiver: WebhookReceiver[Any], body: Input, length: str | None, **more: Any) -> str:
    answers: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": "secret=s", "wsgi.input": body, **more}
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    list(receiver.wsgi(environ, lambda status, *_: answers.append(status[:3])))  # type: ignore[arg-type]
    return answers[0]


@pytest.mark.parametrize(
    ("length", "status", "taken"),
    [
        ("28", "200", 28),
        ("0" * 20 + "28", "200", 28),
        ("0" * 5000 + "28", "200", 28),
        ("100", "200", 28),
        ("101", "413", 0),
        ("9" * 30, "413", 0),
        ("9" * 5000, "413", 0),
        ("0" * 20 + "209715200", "413", 0),
        ("-1", "400", 0),
        ("", "400", 0),
        (None, "400", 0),
    ],
)  # fmt: skip
def test_the_length_of_a_wsgi_request(
    receiver: WebhookReceiver[Any], length: str | None, status: str, taken: int
) -> None:
    body = Input(EVENT, at_once=10)  # a server may return less than it's asked for
    assert (wsgi(receiver, body, length), body.taken) == (status, taken)


def test_a_wsgi_request_without_a_length(receiver: WebhookReceiver[Any]) -> None:
    for body, status in ((Input(EVENT, at_once=10), "200"), (Input(b"x" * 1000), "413")):
        assert wsgi(receiver, body, None, **{"wsgi.input_terminated": True}) == status
        assert body.taken <= 101


@pytest.mark.parametrize("length", [b"0" * 20 + b"209715200", b"0" * 5000 + b"101", b"9" * 5000])
@pytest.mark.anyio
async def test_the_length_of_an_asgi_request(receiver: WebhookReceiver[Any], length: bytes) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body is read")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", length)]
    scope = {"type": "http", "method": "POST", "query_string": b"secret=s", "headers": headers}
    await receiver(scope, receive, send)
    assert sent[0]["status"] == 413


def test_half_a_character_in_what_is_refused(receiver: WebhookReceiver[Any]) -> None:
    body = Input(b'{"\\ud800": 1}')
    assert wsgi(receiver, body, "15") == "400"


# In a view


@pytest.mark.anyio
async def test_a_function_that_reads_is_called_with_the_secret_only(receiver: WebhookReceiver[Any]) -> None:
    for secret, method, status, taken in (
        ("wrong", "POST", 404, 0),
        (None, "POST", 404, 0),
        ("s", "GET", 405, 0),
        ("s", "POST", 413, 101),
    ):
        body = Input(b"x" * 1000, at_once=30)
        assert receiver.receive_sync(body.read, secret=secret, method=method).status == status
        assert body.taken == taken
        body = Input(b"x" * 1000, at_once=30)
        assert (await receiver.receive(body.read, secret=secret, method=method)).status == status
        assert body.taken == taken
    assert receiver.receive_sync(Input(EVENT, at_once=10).read, secret="s").status == 200
    receiver.close()
    assert receiver.receive_sync(body.read, secret="s").status == 503


def test_views_read_nothing_without_the_secret(quick: Sandbox) -> None:
    """Django's `body` refuses 2.5 MiB, before any view could answer."""
    django = pytest.importorskip("django")
    flask = pytest.importorskip("flask")
    from django.conf import settings
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8")
    assert django
    large = b'{"event": "account.emptied", "data": "%s"}' % (b"x" * 3_000_000)
    with (
        TinyFish(quick.api_key, base_url=quick.url) as client,
        WebhookReceiver(client, secret="s", max_body_bytes=4_000_000) as receiver,
    ):
        app = flask.Flask("views")
        taken: list[int] = []

        @app.post("/hook")
        def webhook() -> Any:
            request = flask.request
            answer = receiver.receive_sync(request.stream.read, secret=request.args.get("secret"))
            taken.append(body.tell())
            return answer.text

        for secret, text in (("s", "accepted"), ("wrong", "not found")):
            request = RequestFactory().post(f"/hook?secret={secret}", large, content_type="application/json")
            assert receiver.receive_sync(request.read, secret=secret).text == text
            body = Input(large)
            taken.clear()
            answer = app.test_client().post(
                f"/hook?secret={secret}", input_stream=body, content_length=len(large)
            )
            assert answer.text == text
            assert taken == [len(large) if secret == "s" else 0]
