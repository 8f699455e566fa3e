"""`tinyfish webhooks listen` on pipes and in terminals of two sizes, with a sandbox that calls it."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from everywhere import SIZES
from terminal import COMMAND, Terminal

from tinyfish import TinyFish
from tinyfish.cli.listening import Arrival, Listener
from tinyfish.cli.schemas import result_type
from tinyfish.errors import InvalidArgumentError
from tinyfish.sandbox import Sandbox

SECRET = {"TINYFISH_WEBHOOK_SECRET": "of-the-listener"}
MESSAGE = {
    "event": "run.completed", "run_id": "run-1", "status": "COMPLETED",
    "data": {"run_id": "run-1", "status": "COMPLETED", "result": {"price": "$49.00", "name": "Kettle\x1b[2J"}},
}  # fmt: skip


class Program:
    """What webhooks are sent on to."""

    def __init__(self) -> None:
        self.bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.status = 202
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                program.bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(program.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_on_a_pipe_each_is_a_line_of_json(program: Program) -> None:
    command = [*COMMAND, "webhooks", "listen", "--forward", program.url, "--returns", '{"price": "number"}']
    with (
        Sandbox(chromium=False) as sandbox,
        TinyFish(sandbox.api_key, base_url=sandbox.url) as client,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **SECRET}
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        watchdog = threading.Timer(40, process.kill)
        watchdog.start()
        assert "Listening at http://127.0.0.1:" in process.stderr.readline()
        url = process.stderr.readline().strip()
        assert url.endswith("/?secret=of-the-listener")
        assert "tunnel" in process.stderr.readline()
        sandbox.on(result={"price": "$49.00"})
        sandbox.fault("runFinished", copies=2)
        queued = client.agent.queue(goal="Read", url="https://a.example", webhook_url=url)
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert sorted(line["repeated"] for line in lines) == [False, True]
        for line in lines:
            assert (line["event"], line["run_id"], line["status"]) == (
                "run.completed",
                queued.run_id,
                "COMPLETED",
            )
            assert (line["result"], line["error"], line["forwarded"]) == ({"price": 49.0}, None, 202)
            assert line["message"]["data"]["goal"] == "Read"
            assert json.loads(program.bodies.get(timeout=5)) == line["message"]
        assert httpx.post(url.replace("secret=", "secret=x"), json=MESSAGE).status_code == 404
        assert "Refused with 404: the secret" in process.stderr.readline()
        assert httpx.post(url, content=b"a=b").status_code == 400
        assert "Refused with 400: The body isn't JSON" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        rest = process.stderr.read()
        assert "Traceback" not in rest
        assert process.stdout.read() == ""
        watchdog.cancel()


@pytest.mark.soak
@pytest.mark.parametrize("size", SIZES)
def test_in_a_terminal_each_is_a_line(size: tuple[int, int], program: Program, tmp_path: Path) -> None:
    port = free_port()

    def post() -> None:
        for _ in range(2):
            httpx.post(f"http://127.0.0.1:{port}/?secret=of-the-listener", content=json.dumps(MESSAGE))

    terminal = Terminal(*size).type_when(" again", "\x03")
    thread = threading.Thread(target=lambda: (began.wait(20), post()))
    began = threading.Event()
    watching = threading.Thread(target=_when_open, args=(port, began))
    thread.start()
    watching.start()
    shown = terminal.run(["webhooks", "listen", "--port", str(port), "--forward", program.url], SECRET)
    thread.join()
    watching.join()
    assert shown.status == 130
    assert "Traceback" not in shown.text
    text = " ".join(shown.text.split())
    assert "run.completed run-1" in text
    assert "-> 202" in text
    assert "49.00" in text
    assert b"\x1b[2J" not in shown.raw  # a result can't clear the screen


def _when_open(port: int, began: threading.Event) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        threading.Event().wait(0.05)
    began.set()


def test_the_answer_is_that_of_the_program(program: Program) -> None:
    with Listener("127.0.0.1", 0, program.url, None) as listener:
        arrivals = listener.arrivals()
        for status in (200, 404, 500):
            program.status = status
            assert httpx.post(listener.url(listener.address), json=MESSAGE).status_code == status
            arrival = next(arrivals)
            assert isinstance(arrival, Arrival)
            assert arrival.forwarded == status
    with Listener("127.0.0.1", 0, f"http://127.0.0.1:{free_port()}", None) as listener:
        assert httpx.post(listener.url(listener.address), json=MESSAGE).status_code == 502
        arrival = next(listener.arrivals())
        assert isinstance(arrival, Arrival)
        assert arrival.forwarded == "ConnectError"


def test_a_result_of_another_form_is_shown_as_it_is() -> None:
    with Listener("127.0.0.1", 0, None, result_type('{"size": "integer", "tags": ["string"]}')) as listener:
        httpx.post(listener.url(listener.address), json=MESSAGE)
        arrival = next(listener.arrivals())
        assert isinstance(arrival, Arrival)
        assert arrival.to_dict()["result"]["price"] == "$49.00"
        assert "size" in arrival.to_dict()["error"]


def test_wrong_arguments() -> None:
    with pytest.raises(InvalidArgumentError, match="--forward"):
        Listener("127.0.0.1", 0, "nowhere", None)
    with pytest.raises(click.UsageError, match="must be one of"):
        result_type('{"a": "text"}')
