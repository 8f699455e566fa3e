"""An API key in a response is never shown."""

from __future__ import annotations

import copy
import html
import json
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from clients import FakeTime, with_clock
from messages import error, head, reply
from rawserver import Answer, RawServer

from tinyfish import APIError, TinyFish
from tinyfish._core.secret import hidden
from tinyfish._core.wire.masking import Mask

KEY = 'sk-tiny/fish+"0123456789"&secret'
FORMS = [
    KEY,
    quote(KEY, safe=""),
    quote(KEY, safe="").lower(),
    json.dumps(KEY)[1:-1],
    html.escape(KEY),
    quote(KEY),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_masked_in_each_form(form: str) -> None:
    mask = Mask(hidden(KEY))
    assert mask.text(f"a {form} b") == "a *** b"
    assert mask.content(f"a {form} \xff".encode("latin-1")) == b"a *** \xff"
    assert mask.value({form: [form, 1, None]}) == {"***": ["***", 1, None]}


@pytest.mark.parametrize("secret", ["-----BEGIN\nMII\tab\r\n-----", "pässwörd 😀", 'a"b\\c/d'])
def test_a_secret_with_unusual_characters_is_masked_in_each_form(secret: str) -> None:
    mask = Mask(None, {"password": secret})
    for form in (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        quote(secret),
        quote_plus(secret),
        html.escape(secret),
    ):
        assert mask.text(f"a {form} b") == "a *** b"


def test_a_number_is_masked_in_a_value() -> None:
    mask = Mask(None, {"password": "12345678"})
    assert mask.value({"pin": 12345678, "ok": True, "n": 1.5}) == {"pin": "***", "ok": True, "n": 1.5}


def test_what_is_no_secret_is_left_alone() -> None:
    assert Mask(hidden("key")).text("a key is a key") == "a key is a key"
    assert Mask(None).content(b"sk") == b"sk"


def test_a_value_is_followed_only_so_deep() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert "x" not in repr(Mask(hidden(KEY)).value(deep))


def echoes() -> dict[str, Answer]:
    text = f"Not allowed: {KEY}"
    return {
        "envelope": error(401, "INVALID_API_KEY", text, [{"path": ["key"], KEY: text}]),
        "escaped": reply(403, json.dumps({"error": {"code": "FORBIDDEN", "message": text}})),
        "utf-16": reply(403, json.dumps({"error": {"code": KEY, "message": text}}).encode("utf-16")),
        "page": reply(403, f"<p>x-api-key: {quote(KEY)}</p>", "text/html"),
        "page in utf-16": reply(403, text.encode("utf-16"), "text/html; charset=utf-16"),
        "header": reply(
            500, {"error": {"code": "INTERNAL_ERROR", "message": "x"}}, X_Request_Id=KEY, X_Echo=KEY
        ),
        "request id": reply(404, {"error": {"code": "NOT_FOUND", "message": "x"}, "request_id": KEY}),
        "redirect": reply(302, None, Location=f"https://example.com/?key={quote(KEY, safe='')}"),
        "success": reply(200, f"<p>{KEY}</p>", "text/html"),
        "no HTTP": [f"HTTP/1.1 200 OK\r\nContent-Length : {KEY}\r\n\r\n".encode()],
        "bad status": [f"HTTP/1.1 {KEY}\r\n\r\n".encode()],
        "bad chunks": [head(200, {"Transfer-Encoding": "chunked"}) + f"{KEY}\r\n".encode()],
    }


CALLS: dict[str, Callable[[TinyFish], object]] = {
    "get": lambda client: client.runs.get("r1"),
    "queue": lambda client: client.agent.queue(goal="g", url="https://example.com"),
}


@pytest.mark.parametrize("case", echoes())
@pytest.mark.parametrize("call", CALLS)
def test_an_echoed_key_is_masked(
    case: str, call: str, raw_server: RawServer, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    raw_server.route = lambda request: echoes()[case]
    caplog.set_level("DEBUG", "tinyfish")
    client = with_clock(TinyFish(api_key=KEY, base_url=raw_server.url), time.clock)
    with client, pytest.raises(APIError) as caught:
        CALLS[call](client)
    found = caught.value
    shown = [
        str(found),
        repr(found),
        repr(vars(found)),
        repr(vars(pickle.loads(pickle.dumps(found)))),
        repr(vars(copy.copy(found))),
        "".join(traceback.format_exception(found)),
        "".join(record.getMessage() for record in caplog.records if record.name == "tinyfish"),
    ]
    for thing in (found.request, found.response):
        if thing is not None:
            shown += [repr(thing.headers.raw), thing.content.decode("latin-1"), repr(thing.url)]
    if found.response is not None:
        shown.append(found.response.text)
    everything = "\n".join(shown)
    for form in FORMS:
        assert form not in everything
    assert "***" in everything
