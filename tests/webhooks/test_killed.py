"""A server that is killed after it has answered: the next one handles the event."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.webhooks import WebhookReceiver

# Its handler never ends.
SERVER = """
import sys, threading
from wsgiref.simple_server import make_server
from tinyfish import TinyFish
from tinyfish.webhooks import WebhookReceiver

def on_event(event):
    print("handling", flush=True)
    threading.Event().wait()

receiver = WebhookReceiver(TinyFish(ledger=sys.argv[1]), on_event=on_event)
server = make_server("127.0.0.1", 0, receiver.wsgi)
print(receiver.url(f"http://127.0.0.1:{server.server_port}"), flush=True)
server.serve_forever()
"""


@pytest.mark.soak
@pytest.mark.parametrize("restarts", [2])
def test_kill_9(quick: Sandbox, tmp_path: Path, restarts: int) -> None:
    path = tmp_path / "runs.db"
    environment = {**os.environ, "TINYFISH_BASE_URL": quick.url, "TINYFISH_API_KEY": quick.api_key}
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with TinyFish(quick.api_key, base_url=quick.url) as client:
        run_id = client.agent.queue(goal="read", url="https://a.example").run_id
        for _ in range(restarts):
            with subprocess.Popen(
                [sys.executable, "-c", SERVER, str(path)], env=environment, stdout=subprocess.PIPE, text=True,
                stderr=subprocess.DEVNULL,
            ) as server:  # fmt: skip
                assert server.stdout is not None
                watchdog = threading.Timer(30, server.kill)
                watchdog.start()
                url = server.stdout.readline().strip()
                assert httpx.post(url, json={"event": "run.completed", "run_id": run_id}).status_code == 200
                assert server.stdout.readline() == "handling\n"
                # The living process has it, so no other one handles it.
                with WebhookReceiver(client, ledger=path, on_event=told.put):
                    pass
                assert told.empty()
                server.kill()
                watchdog.cancel()
        with WebhookReceiver(client, ledger=path, on_event=told.put):
            assert told.get(timeout=10).run_id == run_id
        with WebhookReceiver(client, ledger=path, on_event=told.put):
            pass
    assert told.empty()
