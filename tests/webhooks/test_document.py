"""The programs in docs/integrations/webhooks.md run, in their frameworks, against the sandbox."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "integrations" / "webhooks.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
Serve = Callable[[str, Any], AbstractContextManager[str]]


def program(part: str) -> dict[str, Any]:
    """Run the one program that has a text, and return the names that it made."""
    [code] = [block for block in BLOCKS if part in block]
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _environment(quick: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYFISH_BASE_URL", quick.url)
    monkeypatch.setenv("TINYFISH_API_KEY", quick.api_key)
    monkeypatch.setenv("TINYFISH_WEBHOOK_SECRET", "a long random text")


def seen(read: Callable[[], str], text: str) -> None:
    """Wait until a text was printed."""
    import time

    printed, ends = "", time.monotonic() + 10
    while text not in printed:
        assert time.monotonic() < ends, printed
        time.sleep(0.01)
        printed += read()


def test_fastapi(serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    names = program("def read_product")
    with serve("asgi", names["app"]) as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        started = httpx.post(f"{address}/products?url=https://a.example", timeout=20)
        assert started.json()["run_id"]
        seen(lambda: capsys.readouterr().out, "Kettle costs 49.0")
        assert httpx.post(f"{address}/webhooks/tinyfish/").status_code == 404


def test_waiting(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    names = program("receiver.wait(queued")
    with serve("asgi", names["app"]) as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        answer = httpx.get(f"{address}/title?url=https://a.example", timeout=20)
        assert answer.json()["name"] == "Kettle"


def test_what_was_left_is_handled_when_the_program_starts(capsys: pytest.CaptureFixture[str]) -> None:
    from tinyfish import TinyFish
    from tinyfish.webhooks import WebhookReceiver

    def fail(event: object) -> None:
        raise RuntimeError

    with TinyFish(ledger="runs.db") as client, WebhookReceiver(client, on_event=fail) as receiver:
        run_id = client.agent.run(goal="read", url="https://a.example").run_id
        receiver.catch_up_sync(str(run_id))
    names = program("from flask import")
    with names["client"], contextlib.closing(names["receiver"]):
        seen(lambda: capsys.readouterr().out, f"{run_id} COMPLETED")


def test_flask(serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    names = program("from flask import")
    with names["client"], names["receiver"], serve("wsgi", names["app"]) as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        run_id = httpx.post(f"{address}/titles?url=https://a.example", timeout=20).json()["run_id"]
        seen(lambda: capsys.readouterr().out, f"{run_id} COMPLETED")
        assert httpx.post(f"{address}/webhooks/tinyfish").status_code == 404


def test_the_middleware_for_flask(serve: Serve, quick: Sandbox) -> None:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    names = program("from flask import")
    with names["client"], names["receiver"] as receiver:
        app = DispatcherMiddleware(names["app"].wsgi_app, {"/webhooks/tinyfish": receiver.wsgi})
        with serve("wsgi", app) as address:
            url = receiver.url(f"{address}/webhooks/tinyfish")
            assert httpx.post(url, json={"event": "account.emptied"}).status_code == 200
            assert httpx.post(url.partition("?")[0]).status_code == 404


def test_django(capsys: pytest.CaptureFixture[str]) -> None:
    from django.conf import settings
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8")
    names = program("from django")
    with names["receiver"] as receiver:
        body = '{"event": "account.emptied"}'
        url = receiver.url("https://hooks.example/tinyfish").removeprefix("https://hooks.example")
        view = names["webhook"]
        assert view(RequestFactory().post(url, body, content_type="application/json")).status_code == 200
        assert view(RequestFactory().get(url)).status_code == 405
        assert (
            view(RequestFactory().post(url + "x", body, content_type="application/json")).status_code == 404
        )
        seen(lambda: capsys.readouterr().out, "account.emptied")
    receiver._client.close()


def test_reconciliation(quick: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    from tinyfish import TinyFish

    with TinyFish(ledger="runs.db") as client:
        queued = client.agent.queue(goal="read", url="https://a.example")
        while not all(run.finished for run in quick.runs):
            pass
    program("client.reconcile()")
    assert capsys.readouterr().out.strip() == f"run.completed:{queued.run_id}"
    program("client.reconcile()")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("part", "printed"),
    [
        ("sandbox.fault(", ""),
        ("unwrap(body", "run.completed:run-1 Product(name='Copper kettle', price=49.0)\n"),
    ],
)
def test_what_runs_by_itself(part: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    program(part)
    assert capsys.readouterr().out == printed


def test_every_program_is_run() -> None:
    assert len(BLOCKS) == 7


def test_what_is_forwarded_arrives(serve: Serve) -> None:
    from tinyfish.cli.listening import Listener

    [forward] = re.findall(r'--forward "http://127\.0\.0\.1:8000(/\S+)"', PAGE.read_text(encoding="utf-8"))
    path = forward.replace("$TINYFISH_WEBHOOK_SECRET", "a+long+random+text")
    names = program("AsyncIterator[None]:\n    async with client, receiver:  #")
    with (
        serve("asgi", names["app"]) as address,
        Listener("127.0.0.1", 0, f"{address}{path}", None) as listener,
    ):
        url = listener.url(listener.address)
        assert httpx.post(url, json={"event": "account.emptied"}).status_code == 200
