"""The recipe for Celery in docs/scale.md: a worker is killed during the start, and the task is delivered again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fault_server import Fault, FaultServer

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(120),
    # Kombu's tables, and its connections, which it leaves to the garbage collector.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_task_that_is_delivered_twice_starts_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = threading.Event()
    with FaultServer(run_seconds=0.5) as server:
        environment = {
            "CELERY_BROKER_URL": f"sqla+sqlite:///{tmp_path}/broker.db",
            "CELERY_RESULT_BACKEND": f"db+sqlite:///{tmp_path}/results.db",
            "TINYFISH_API_KEY": "sk-worker",
            "TINYFISH_BASE_URL": server.url,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        command = [
            sys.executable, "-m", "celery", "--app", "examples.celery_tasks", "worker", "--pool", "solo",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip
        from examples.celery_tasks import read_title

        server.script("queue", Fault(hold=60))  # the run exists, and the answer doesn't come
        server.on_create = lambda _: created.set()
        read_title.apply_async(["https://shop.example/1"], task_id="task-1")
        with subprocess.Popen(command, env=dict(os.environ), cwd=Path.cwd()) as killed:
            assert created.wait(60)
            killed.send_signal(signal.SIGKILL)
        # The broker's part: the same task again, with the same id.
        result = read_title.apply_async(["https://shop.example/1"], task_id="task-1")
        with subprocess.Popen(command, env=dict(os.environ), cwd=Path.cwd()) as worker:
            try:
                assert result.get(timeout=60) == {"url": "https://shop.example/1"}
            finally:
                worker.terminate()
        assert len(server.runs) == 1
