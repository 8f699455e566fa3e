"""No browser outlives its sandbox, however the sandbox ends."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="waiting for foreign processes needs Linux"
)

GUARDIAN = "guardian.py"


def processes(folder: Path) -> dict[int, str]:
    """The processes whose temporary folder this is, with their command lines."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_text()
            except OSError:
                continue
    return found


def wait_for_end(pids: list[int]) -> None:
    """Return when all these processes have ended; fails after a while."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([handle], [], [], 20)[0], f"process {pid} lives on"
        finally:
            os.close(handle)


@contextmanager
def server(folder: Path) -> Iterator[tuple[Any, httpx.Client]]:
    """A sandbox in a process of its own that has two open sessions."""
    command = [sys.executable, "-m", "tinyfish.sandbox", "--port", "0", "--api-key", "sandbox-key"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        with httpx.Client(base_url=url, headers={"X-API-Key": "sandbox-key"}, timeout=30) as api:
            for _ in range(2):
                assert api.post("/v1/browser").status_code == 201
            yield process, api
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "group"])
def test_nothing_outlives_the_server(tmp_path: Path, number: signal.Signals, whole_group: bool) -> None:
    with server(tmp_path) as (process, _):
        pids = processes(tmp_path)
        assert len(pids) > 4
        assert len(list(tmp_path.glob("tinyfish-sandbox-*"))) == 2
        if whole_group:
            # As a terminal does it.
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        wait_for_end(list(pids))
    assert processes(tmp_path) == {}
    assert list(tmp_path.glob("tinyfish-sandbox-*")) == []


def test_the_guardian_is_not_asked_to_leave(tmp_path: Path) -> None:
    with server(tmp_path) as (process, api):
        pids = processes(tmp_path)
        guardian = next(pid for pid, command in pids.items() if GUARDIAN in command)
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(guardian, number)
        assert api.post("/v1/browser").status_code == 201
        assert api.get("/v1/browser/usage", params={"status": "running"}).json()["total"] == 3
        others = processes(tmp_path)
        process.terminate()
        wait_for_end(list(others))


def test_nothing_outlives_the_guardian_either(tmp_path: Path) -> None:
    with server(tmp_path) as (process, api):
        pids = processes(tmp_path)
        guardian = next(pid for pid, command in pids.items() if GUARDIAN in command)
        os.kill(guardian, signal.SIGKILL)
        wait_for_end([pid for pid in pids if pid != process.pid])
        while api.get("/v1/browser/usage", params={"status": "running"}).json()["total"]:
            pass
        # The sandbox gets another one.
        assert api.post("/v1/browser").status_code == 201
        others = processes(tmp_path)
        process.terminate()
        wait_for_end(list(others))
