"""The receiver on real servers, against the sandbox."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from tinyfish import (
    AsyncTinyFish,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    Ledger,
    TinyFish,
    WaitTimeoutError,
)
from tinyfish.sandbox import Sandbox
from tinyfish.webhooks import MonitorEvent, RunEvent, UnknownEvent, WebhookReceiver, rereading

SECRET = "the-s3cret-of-this-receiver-äöü&="
Serve = Callable[[str, Any], AbstractContextManager[str]]


@frozen
class Product:
    name: str
    price: float


class Told:
    """What the program was told."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.fails = 0

    def __call__(self, event: Any) -> None:
        self.events.put(event)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the program's fault")

    async def coroutine(self, event: Any) -> None:
        await asyncio.sleep(0)
        self(event)

    def next(self, seconds: float = 10) -> Any:
        return self.events.get(timeout=seconds)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "PAUSES", (0.01, 0.02))


@contextmanager
def receiving(
    serve: Serve, sandbox: Sandbox, kind: str, client_kind: type[Any], told: Any, **options: Any
) -> Generator[tuple[Any, WebhookReceiver[Any], str]]:
    client = client_kind(sandbox.api_key, base_url=sandbox.url)
    receiver = WebhookReceiver(client, secret=SECRET, on_event=told, returns=Product, **options)
    with serve(kind, receiver if kind == "asgi" else receiver.wsgi) as address:
        yield client, receiver, receiver.url(f"{address}/hooks/tinyfish")
    receiver.close()
    if isinstance(client, TinyFish):
        client.close()


def starter(sandbox: Sandbox) -> TinyFish:
    return TinyFish(sandbox.api_key, base_url=sandbox.url)


def message(run_id: str, event: str = "run.completed", **more: Any) -> dict[str, Any]:
    return {"event": event, "run_id": run_id, "status": event[4:].upper(), "data": {"run_id": run_id, **more}}


@pytest.mark.parametrize("client_kind", [TinyFish, AsyncTinyFish])
@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_a_run_and_its_webhook(serve: Serve, quick: Sandbox, kind: str, client_kind: type[Any]) -> None:
    told = Told()
    handler = told.coroutine if client_kind is AsyncTinyFish else told
    with receiving(serve, quick, kind, client_kind, handler) as (_, receiver, url), starter(quick) as client:
        for goal, status in (("read", "COMPLETED"), ("fail", "FAILED")):
            queued = client.agent.queue(goal=goal, url="https://a.example", webhook_url=url)
            event = told.next()
            assert isinstance(event, RunEvent)
            assert (event.run_id, event.run.status, event.status) == (queued.run_id, status, status)
            # A poll would be a minute late.
            assert receiver.wait_sync(queued, poll_interval=60).status == status
            assert asyncio.run(receiver.wait(queued, poll_interval=60)).status == status
            if goal == "read":
                assert event.run.value == Product("Kettle", 49.0)
        for _ in range(3):  # repeats
            for known in (event, event):
                assert httpx.post(url, json=known.document).status_code == 200
        assert told.events.empty()


@pytest.mark.parametrize("client_kind", [TinyFish, AsyncTinyFish])
def test_a_wait_is_woken(serve: Serve, quick: Sandbox, client_kind: type[Any]) -> None:
    with receiving(serve, quick, "asgi", client_kind, None) as (_, receiver, url), starter(quick) as client:

        def cancel_soon(run_id: str) -> None:
            for _ in range(200):
                if any(f"runs/{run_id}" in request.path for request in quick.requests):  # the first poll
                    break
                threading.Event().wait(0.01)
            client.runs.cancel(run_id)

        for wait in (
            lambda run: receiver.wait_sync(run, poll_interval=60, timeout=20),
            lambda run: asyncio.run(receiver.wait(run, poll_interval=60, timeout=20)),
        ):
            queued = client.agent.queue(goal="hang", url="https://a.example", webhook_url=url)
            assert queued.run_id is not None
            thread = threading.Thread(target=cancel_soon, args=(queued.run_id,))
            thread.start()
            assert wait(queued).status == "CANCELLED"
            thread.join()


def test_a_wait_ends_without_a_webhook(quick: Sandbox) -> None:
    with starter(quick) as client, WebhookReceiver(client) as receiver:
        queued = client.agent.queue(goal="read", url="https://a.example", returns=Product)
        assert receiver.wait_sync(queued, poll_interval=0.05).value == Product("Kettle", 49.0)
        hanging = client.agent.queue(goal="hang", url="https://a.example")
        with pytest.raises(WaitTimeoutError, match=r"within 0\.2 s"):
            receiver.wait_sync(hanging, timeout=0.2)

        async def leave() -> None:
            async with asyncio.timeout(0.2):
                await receiver.wait(hanging, poll_interval=60)

        with pytest.raises(TimeoutError):
            asyncio.run(leave())


# Whom it believes


@pytest.fixture
def gate(quick: Sandbox) -> Iterator[tuple[Told, WebhookReceiver[Any], TinyFish]]:
    told = Told()
    with (
        starter(quick) as client,
        WebhookReceiver(client, secret=[SECRET, "the old one"], on_event=told) as receiver,
    ):
        yield told, receiver, client


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_the_answers(serve: Serve, quick: Sandbox, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(serve, quick, kind, TinyFish, None, max_body_bytes=1000) as (_, receiver, url):
        plain = url.partition("?")[0]
        good = message("run-0")
        for wrong in (
            plain,
            f"{plain}?secret=",
            f"{plain}?secret=x",
            f"{url}x",
            f"{plain}?token=x",
            f"{plain}?%ff&secret=%ff",
        ):
            assert httpx.post(wrong, json=good).status_code == 404, wrong
            assert httpx.get(wrong).status_code == 404
        assert httpx.get(url).status_code == 405
        assert httpx.get(url).headers["allow"] == "POST"
        assert httpx.post(url, content=b"x" * 1001).status_code == 413
        assert httpx.post(url, content=(b"x" * 100 for _ in range(11))).status_code in (413, 400)  # chunked
        for body in (b"", b"{", b"{}", b"a=b", b"\xff"):
            refused = httpx.post(url, content=body)
            assert refused.status_code == 400, body
            assert "isn't" in refused.text or "empty" in refused.text
        assert httpx.post(url, json=good).status_code == 200
        assert SECRET not in repr(receiver)
        receiver.close()
        assert httpx.post(url, json=good).status_code == 503
    assert not [
        record
        for record in caplog.records
        if record.name.startswith("tinyfish") and "s3cret" in record.getMessage()
    ]


def test_a_body_of_unknown_length(serve: Serve, quick: Sandbox) -> None:
    told = Told()
    with receiving(serve, quick, "asgi", TinyFish, told) as (_, _receiver, url):
        parts = [b'{"event": "account.', b'emptied"}']
        assert httpx.post(url, content=iter(parts)).status_code == 200
        assert isinstance(told.next(), UnknownEvent)


def test_what_is_forged_is_not_believed(
    gate: tuple[Told, WebhookReceiver[Any], TinyFish], caplog: pytest.LogCaptureFixture
) -> None:
    told, receiver, client = gate
    running = client.agent.queue(goal="hang", url="https://a.example").run_id
    assert running is not None
    for forged in (message(running), message("run-of-a-stranger")):
        assert receiver.receive_sync(str(forged).replace("'", '"'), secret=SECRET).status == 200
    receiver._workers.finish(10)
    assert told.events.empty()
    assert "isn't true: the run is RUNNING" in caplog.text
    assert "isn't true: the run does not exist" in caplog.text
    # The true one is handled, although one with its key was received before.
    client.runs.cancel(running)
    for again in range(2):
        event = f'{{"event": "run.completed", "run_id": "{running}", "data": {{"result": "forged"}}}}'
        assert receiver.receive_sync(event, secret="the old one").status == 200
        if not again:
            true = told.next()
            assert (true.event, true.key, true.run.status) == (
                "run.cancelled",
                f"run.cancelled:{running}",
                "CANCELLED",
            )
            assert (true.document["event"], true.run.result, true.document["data"]["result"]) == (
                "run.cancelled",
                None,
                None,
            )
    receiver._workers.finish(10)
    assert told.events.empty()
    assert receiver.receive_sync(event, secret="guessed").status == 404
    assert receiver.receive_sync(event, secret=None).status == 404
    assert receiver.receive_sync(event, secret="\ud800").status == 404


def test_events_of_other_things(gate: tuple[Told, WebhookReceiver[Any], TinyFish]) -> None:
    told, receiver, client = gate
    for _ in range(2):
        assert (
            receiver.receive_sync('{"event": "monitor.checked", "monitor_id": "m-1"}', secret=SECRET).status
            == 200
        )
    event = told.next()
    assert isinstance(event, MonitorEvent)
    assert event.monitor_id == "m-1"
    run_id = client.agent.queue(goal="hang", url="https://a.example").run_id
    receiver.receive_sync(f'{{"event": "run.paused", "run_id": "{run_id}"}}', secret=SECRET)
    paused = told.next()
    assert (paused.event, paused.run.status) == ("run.paused", "RUNNING")
    receiver._workers.finish(10)
    assert told.events.empty()


def test_the_api_cannot_be_asked_for_a_while(
    gate: tuple[Told, WebhookReceiver[Any], TinyFish], quick: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    told, receiver, client = gate
    run_id = client.agent.queue(goal="read", url="https://a.example").run_id
    assert run_id is not None
    quick.fault("getRun", status=401, code="UNAUTHORIZED")
    event = f'{{"event": "run.completed", "run_id": "{run_id}"}}'
    receiver.receive_sync(event, secret=SECRET)
    receiver._workers.finish(10)
    assert "can't be handled now (401 UNAUTHORIZED)" in caplog.text
    httpx.delete(f"{quick.url}/_sandbox/faults", headers={"X-API-Key": quick.api_key})
    assert receiver.resume_sync() == 1
    assert told.next().run_id == run_id


# Once, whatever happens


def test_a_handler_that_raises_is_called_again(
    quick: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for ledger in (None, tmp_path / "runs.db"):
        told = Told()
        told.fails = 2
        with (
            starter(quick) as client,
            WebhookReceiver(client, secret=SECRET, on_event=told, ledger=ledger) as receiver,
        ):
            run_id = client.agent.queue(goal="read", url="https://a.example").run_id
            event = f'{{"event": "run.completed", "run_id": "{run_id}"}}'
            for _ in range(3):
                assert receiver.receive_sync(event, secret=SECRET).status == 200
                assert told.next().run_id == run_id
                receiver._workers.finish(10)
            assert receiver.resume_sync() == 0
            assert receiver.receive_sync(event, secret=SECRET).status == 200
            receiver._workers.finish(10)
            assert told.events.empty()
    assert "the program's fault" in caplog.text


def test_what_another_process_left_is_handled_at_the_start(quick: Sandbox, tmp_path: Path) -> None:
    path, told = tmp_path / "runs.db", Told()
    with starter(quick) as client:
        run_id = client.agent.queue(goal="read", url="https://a.example").run_id
        with Ledger(path) as ledger:
            dead = WebhookReceiver(client, secret=SECRET, ledger=ledger, on_event=told)
            dead._workers.begin = lambda *_, **__: None  # type: ignore[method-assign] # it dies before it can
            assert (
                dead.receive_sync(f'{{"event": "run.completed", "run_id": "{run_id}"}}', secret=SECRET).status
                == 200
            )
            assert dead.receive_sync('{"event": "account.emptied", "data": 7}', secret=SECRET).status == 200
            # As long as it lives, nobody else handles it.
            with (
                Ledger(path) as other,
                WebhookReceiver(client, secret=SECRET, ledger=other, on_event=told) as living,
            ):
                assert (
                    living.receive_sync('{"event": "account.emptied", "data": 7}', secret=SECRET).status
                    == 200
                )
                living._workers.finish(10)
            assert told.events.empty()
        with WebhookReceiver(client, secret="renewed", ledger=path, on_event=told):
            events = {type(event): event for event in (told.next(), told.next())}
        assert events[RunEvent].run_id == run_id
        assert events[UnknownEvent].data == 7
        with WebhookReceiver(client, ledger=path, on_event=told):
            pass
    assert told.events.empty()
    assert b"s3cret" not in path.read_bytes()


def test_a_run_whose_webhook_is_lost(quick: Sandbox, tmp_path: Path) -> None:
    told = Told()
    with TinyFish(quick.api_key, base_url=quick.url, ledger=tmp_path / "runs.db") as client:
        for goal, event in (("read", "run.completed"), ("fail", "run.failed")):
            run_id = client.agent.queue(goal=goal, url="https://a.example", idempotency_key=goal).run_id
            assert run_id is not None
            for _ in range(200):
                if any(run.run_id == run_id and run.finished for run in quick.runs):
                    break
                threading.Event().wait(0.01)
            with WebhookReceiver(client, secret=SECRET, on_event=told) as receiver:
                assert [entry.run_id for entry in client.reconcile()] == [run_id]
                receiver.catch_up_sync(run_id)
                assert told.next().event == event
                receiver._workers.finish(10)
                # It comes after all, and is looked for once more.
                receiver.receive_sync(f'{{"event": "{event}", "run_id": "{run_id}"}}', secret=SECRET)
                receiver.catch_up_sync(run_id)
            assert told.events.empty()


def test_a_ledger_of_another_server(quick: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "runs.db"
    body = '{"event": "account.emptied"}'
    with starter(quick) as client, WebhookReceiver(client, secret=SECRET, ledger=path) as receiver:
        assert receiver.receive_sync(body, secret=SECRET).status == 200
    with TinyFish("k") as other, WebhookReceiver(other, secret=SECRET, ledger=path) as receiver:
        assert receiver.receive_sync(body, secret=SECRET).status == 503
    assert "belongs to the server loopback" in caplog.text


def test_many_at_once_are_each_handled_once(serve: Serve, quick: Sandbox, tmp_path: Path) -> None:
    told = Told()
    with (
        Ledger(tmp_path / "runs.db") as first,
        Ledger(tmp_path / "runs.db") as second,
        starter(quick) as client,
    ):
        ids = [client.agent.queue(goal="read", url="https://a.example").run_id for _ in range(10)]
        both = [
            WebhookReceiver(client, secret=SECRET, on_event=told, ledger=ledger) for ledger in (first, second)
        ]

        def post(receiver: WebhookReceiver[Any]) -> None:
            for run_id in ids * 2:
                body = f'{{"event": "run.completed", "run_id": "{run_id}"}}'
                assert receiver.receive_sync(body, secret=SECRET).status == 200

        threads = [threading.Thread(target=post, args=(receiver,)) for receiver in both * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for receiver in both:
            receiver.close()
        assert sorted(told.next().run_id for _ in ids) == sorted(map(str, ids))
        assert told.events.empty()


@pytest.mark.parametrize(
    "faults",
    [
        [{"copies": 3}],
        [{"cut": True, "when": "after", "every": 2}, {"delay": 0.2, "every": 3}],
        [{"out_of_order": 5, "every": 2}, {"copies": 2, "times": 2}],
    ],
    ids=["twice", "repeats, late", "out of order"],
)
def test_webhooks_that_go_wrong_are_handled_once(
    serve: Serve, quick: Sandbox, faults: list[dict[str, Any]]
) -> None:
    told = Told()
    for fault in faults:
        quick.fault("runFinished", **fault)
    with (
        receiving(serve, quick, "asgi", AsyncTinyFish, told.coroutine) as (_, receiver, url),
        starter(quick) as client,
    ):
        runs = [client.agent.queue(goal="read", url="https://a.example", webhook_url=url) for _ in range(6)]
        assert sorted(told.next().run_id for _ in runs) == sorted(str(run.run_id) for run in runs)
        for run in runs:
            assert receiver.wait_sync(run).ok
    assert told.events.empty()


@pytest.mark.anyio
async def test_in_every_event_loop(anyio_backend: str, quick: Sandbox) -> None:
    import anyio

    told = Told()

    async def on_event(event: Any) -> None:
        await anyio.lowlevel.checkpoint()
        told(event)

    async with AsyncTinyFish(quick.api_key, base_url=quick.url) as client:
        receiver = WebhookReceiver(client, secret=SECRET, on_event=on_event)
        transport = httpx.ASGITransport(app=receiver)
        url = receiver.url("https://hooks.example")
        async with receiver, httpx.AsyncClient(transport=transport) as http:
            run = await client.agent.queue(goal="hang", url="https://a.example")

            async def cancel() -> None:
                assert run.run_id is not None
                await client.runs.cancel(run.run_id)
                for _ in range(2):
                    assert (
                        await http.post(url, json=message(run.run_id, "run.cancelled"))
                    ).status_code == 200

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(cancel)
                with anyio.fail_after(20):
                    assert (await receiver.wait(run, poll_interval=60)).status == "CANCELLED"
        assert told.next(0.1).run_id == run.run_id
        assert told.events.empty()


@pytest.mark.anyio
async def test_what_is_recorded_is_handled_even_if_nobody_waits_for_that(
    anyio_backend: str, quick: Sandbox, tmp_path: Path
) -> None:
    import anyio

    told, body = Told(), '{"event": "account.emptied"}'
    async with (
        AsyncTinyFish(quick.api_key, base_url=quick.url, ledger=tmp_path / "runs.db") as client,
        WebhookReceiver(client, secret=SECRET, on_event=told) as receiver,
    ):
        free = threading.Event()
        ledger = client._executor.config.ledger
        assert ledger is not None
        ledger.writer.submit(lambda _: free.wait(10))
        with anyio.move_on_after(0.1):  # the connection is lost
            await receiver.receive(body, secret=SECRET)
        free.set()
        assert (await receiver.receive(body, secret=SECRET)).status == 200
        assert (await anyio.to_thread.run_sync(told.next)).event == "account.emptied"
    assert told.events.empty()


def test_a_server_does_not_start_with_a_ledger_that_it_cannot_use(quick: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.write_bytes(b"no database" * 100)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    with starter(quick) as client:
        asyncio.run(WebhookReceiver(client, ledger=path)({"type": "lifespan"}, receive, send))
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "runs.db" in sent[0]["message"]


def test_a_message_nested_very_deeply(gate: tuple[Told, WebhookReceiver[Any], TinyFish]) -> None:
    told, receiver, _ = gate
    body = '{"event": "account.emptied", "data": ' + "[" * 5000 + "]" * 5000 + "}"
    for _ in range(2):
        assert receiver.receive_sync(body, secret=SECRET).status == 200
    assert told.next().event == "account.emptied"
    receiver._workers.finish(10)
    assert told.events.empty()


# Its arguments


def test_the_url() -> None:
    with TinyFish("k") as client:
        receiver = WebhookReceiver(client, secret="a b&c")
        assert receiver.url("https://h.example") == "https://h.example/?secret=a+b%26c"
        assert receiver.url("https://h.example/x?a=1") == "https://h.example/x?a=1&secret=a+b%26c"
        assert receiver.url("http://127.0.0.1:1/") == "http://127.0.0.1:1/?secret=a+b%26c"
        for wrong in (
            "http://h.example",
            "h.example",
            "https://h.example/#x",
            "https://h.example/?secret=x",
            "",
        ):
            with pytest.raises(InvalidArgumentError) as caught:
                receiver.url(wrong)
            assert "a b" not in str(caught.value)
        assert receiver._door.refusal("POST", "a b&c") is None
        assert WebhookReceiver(client).url("https://h") != WebhookReceiver(client).url("https://h")


def test_the_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYFISH_WEBHOOK_SECRET", "from-outside")
    with TinyFish("k") as client:
        assert WebhookReceiver(client).url("https://h").endswith("?secret=from-outside")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"secret": ""}, InvalidArgumentError),
        ({"secret": []}, InvalidArgumentError),
        ({"secret": 7}, InvalidArgumentTypeError),
        ({"secret": ["a", None]}, InvalidArgumentTypeError),
        ({"on_event": 7}, InvalidArgumentTypeError),
        ({"on_event": Told().coroutine}, InvalidArgumentTypeError),
        ({"max_body_bytes": 0}, InvalidArgumentError),
        ({"strict": True}, InvalidArgumentError),
        ({"ledger": 7}, InvalidArgumentTypeError),
        ({"client": "key"}, InvalidArgumentTypeError),
    ],
)
def test_wrong_arguments(options: dict[str, Any], error: type[Exception]) -> None:
    with TinyFish("k") as client, pytest.raises(error) as caught:
        WebhookReceiver(**{"client": client, "secret": SECRET, **options})
    assert caught.value.__traceback__ is not None
    shown = traceback.StackSummary.extract(
        traceback.walk_tb(caught.value.__traceback__.tb_next), capture_locals=True
    )
    if options.get("secret", SECRET) == SECRET:
        assert "s3cret" not in "".join(shown.format())
