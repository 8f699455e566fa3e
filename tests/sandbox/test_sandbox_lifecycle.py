"""Starting, stopping and resetting sandboxes, from all kinds of code."""

import asyncio
import gc
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser.processes import BrowserFailedError, Browsers

BODY = {"url": "http://127.0.0.1:1/", "goal": "g"}


def open_files() -> set[tuple[str, str]]:
    """The files and sockets that this process has open, where the system tells."""
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        with suppress(FileNotFoundError):  # the folder itself, which was read meanwhile
            found.add((entry.name, str(entry.readlink())))
    return found


@contextmanager
def nothing_left() -> Iterator[None]:
    """Whatever thread begins in the block ends with it or soon after, and no file stays open."""
    threads, files = set(threading.enumerate()), open_files()
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(20)
        assert not thread.is_alive(), thread
    assert open_files() - files == set()


def total(sandbox: Sandbox) -> int:
    answer = httpx.get(f"{sandbox.url}/v1/runs", headers={"X-API-Key": sandbox.api_key})
    return int(answer.json()["pagination"]["total"])


def start_run(sandbox: Sandbox, body: dict[str, Any] = BODY) -> str:
    headers = {"X-API-Key": sandbox.api_key}
    return str(
        httpx.post(f"{sandbox.url}/v1/automation/run-async", json=body, headers=headers).json()["run_id"]
    )


def test_nothing_is_left_behind() -> None:
    with nothing_left():
        for _ in range(3):
            with Sandbox() as sandbox:
                start_run(sandbox, {**BODY, "url": "http://localhost:1/"})
                url = sandbox.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.skipif(sys.platform == "win32", reason="the program is one of Unix")
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_browser_that_is_given_up_as_the_guardian_starts_leaves_no_process(times: int) -> None:
    """A reset cancels what goes on, and the stop after it once more."""

    async def main() -> None:
        browsers = Browsers()
        wanted = asyncio.create_task(browsers.start(["true"]))
        for _ in range(times):
            await asyncio.sleep(0)
            wanted.cancel()
        await asyncio.wait([wanted])
        assert wanted.cancelled()
        await browsers.close()
        with pytest.raises(BrowserFailedError, match="is stopping"):
            await browsers.start(["true"])

    with nothing_left():
        asyncio.run(main())
    gc.collect()  # what is left would be warned of, and that is an error


def test_several_sandboxes_share_nothing() -> None:
    with Sandbox(api_key="a") as first, Sandbox(api_key="b") as second:
        start_run(first)
        assert (total(first), total(second)) == (1, 0)
        assert httpx.get(f"{second.url}/v1/runs", headers={"X-API-Key": "a"}).status_code == 401


def test_it_starts_again_after_a_stop() -> None:
    sandbox = Sandbox()
    sandbox.start()
    with pytest.raises(RuntimeError, match="already"):
        sandbox.start()
    start_run(sandbox)
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(RuntimeError, match="isn't running"):
        _ = sandbox.url
    with sandbox:
        assert total(sandbox) == 0


def test_the_same_port_is_free_after_a_stop() -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[1])
        total(sandbox)
    with Sandbox(port) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port}"
        with nothing_left(), pytest.raises(OSError):
            Sandbox(port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "", "::"])
def test_it_serves_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host=host)


def test_a_stop_ends_runs_and_answers_those_who_wait(pages: Any) -> None:
    sandbox = Sandbox(chromium=False).start()
    answers: list[httpx.Response] = []
    body = {"url": pages.held(), "goal": "g"}
    call = threading.Thread(
        target=lambda: answers.append(
            httpx.post(f"{sandbox.url}/v1/automation/run", json=body, headers={"X-API-Key": sandbox.api_key})
        )
    )
    call.start()
    pages.wait_for("/held")
    sandbox.stop()
    call.join()
    assert answers[0].json()["error"]["message"] == "The sandbox was stopped"


def test_a_reset_forgets_everything(sandbox: Sandbox, pages: Any) -> None:
    url = sandbox.url
    start_run(sandbox, {"url": pages.held(), "goal": "g", "webhook_url": pages.answer("/hook", 204)})
    pages.wait_for("/held")
    assert [request.operation for request in sandbox.requests] == ["queueRun"]
    sandbox.reset()
    assert (sandbox.runs, sandbox.requests, sandbox.url) == ([], [], url)
    assert total(sandbox) == 0
    assert "/hook" not in [request.path for request in pages.requests]


def test_calls_are_recorded_without_their_secrets(sandbox: Sandbox, api: httpx.Client) -> None:
    proxy = {
        "enabled": True,
        "type": "custom",
        "url": "http://ann:hidden@127.0.0.1:1",
        "username": "ann",
        "password": "hidden",
    }
    api.post("/v1/automation/run", json={**BODY, "proxy_config": proxy}, headers={"Authorization": "hidden"})
    api.get("/v1/runs?limit=0")
    api.get("/nowhere")
    run, listing, unknown = sandbox.requests
    assert (run.operation, run.method, run.path, run.status) == (
        "runAgent",
        "POST",
        "/v1/automation/run",
        200,
    )
    assert run.body["url"] == BODY["url"]
    assert run.body["proxy_config"]["url"] == "http://****@127.0.0.1:1"
    assert "hidden" not in repr(run)
    assert "hidden" not in repr(sandbox.runs)
    assert sandbox.api_key not in repr(run)
    assert (listing.operation, listing.query, listing.status) == ("listRuns", {"limit": "0"}, 400)
    assert (unknown.operation, unknown.status) == (None, 404)


@pytest.mark.anyio
async def test_it_works_inside_a_running_loop() -> None:
    async with Sandbox() as sandbox, httpx.AsyncClient(headers={"X-API-Key": sandbox.api_key}) as api:
        assert (await api.get(f"{sandbox.url}/v1/runs")).status_code == 200
    # As in a notebook: a plain `with` where a loop is running.
    with Sandbox() as sandbox:
        assert total(sandbox) == 0


def test_it_stops_when_its_block_is_cancelled() -> None:
    urls: list[str] = []

    async def serve(started: asyncio.Event) -> None:
        async with Sandbox() as sandbox:
            urls.append(sandbox.url)
            started.set()
            await asyncio.Event().wait()

    async def main() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(serve(started))
        await started.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with nothing_left():
        asyncio.run(main())
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(number: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-m", "tinyfish.sandbox", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        line = next(line for line in process.stdout if "TINYFISH_API_KEY=" in line)
        key = line.strip().partition("=")[2]
        assert len(key) >= 32
        assert httpx.get(f"{url}/v1/runs", headers={"X-API-Key": key}).status_code == 200
        process.send_signal(number)
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()
    assert (process.returncode, err) == (0, "")
    assert f'TinyFish(api_key="{key}", base_url="{url}")' in out


def test_the_command_says_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rulez: []")
    (tmp_path / "runs.db").write_text("This is no database.")
    with Sandbox() as sandbox:
        port = sandbox.url.rsplit(":", 1)[1]
        for arguments, told, status in (
            (["--port", port], port, 1),
            (["--rules", "rules.yaml"], "rulez", 2),
            (["--rules", "none.yaml"], "none.yaml", 2),
            (["--database", "runs.db"], "database", 1),
        ):
            command = [sys.executable, "-m", "tinyfish.sandbox", "--port", "0", *arguments]
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
            )
            assert done.returncode == status
            assert told in done.stderr
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["aiohttp", "jsonschema", "selectolax", "yaml"])
def test_without_its_extra_it_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import tinyfish.sandbox"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr.endswith(f'The sandbox needs {missing}: pip install "tinyfish[sandbox]"\n')
    assert "During handling" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "kind", "told"),
    [
        ({"chromium": True}, TypeError, "chromium must be the path or the name of a program, .*, not True"),
        ({"chromium": ""}, TypeError, "chromium must be the path"),
        ({"port": 70_000}, ValueError, "port must be from 0 to 65535, not 70000"),
        ({"port": "8787"}, TypeError, "port must be an integer"),
        ({"host": None}, TypeError, "host must be a string"),
        ({"api_key": 5}, TypeError, "api_key must be a string"),
        ({"database": None}, TypeError, "database must be a string"),
        ({"concurrency": 0}, ValueError, "concurrency must be 1 or more"),
        ({"tabs": 1.5}, TypeError, "tabs must be an integer"),
        ({"max_sessions": -1}, ValueError, "max_sessions must be 1 or more"),
        ({"step_delay": -1}, ValueError, "step_delay must be 0 seconds or more"),
        ({"step_delay": "1"}, TypeError, "step_delay must be a number of seconds, not '1'"),
        ({"session_latency": float("nan")}, ValueError, "session_latency must be 0 seconds or more"),
        ({"page_timeout": 0}, ValueError, "page_timeout must be above 0"),
        ({"heartbeat_interval": float("inf")}, ValueError, "heartbeat_interval must be 0 seconds or more"),
        ({"max_session_seconds": None}, TypeError, "max_session_seconds must be a number of seconds"),
        ({"webhook_delays": 5}, TypeError, "webhook_delays must be a list"),
        ({"webhook_delays": (0, -1)}, ValueError, r"webhook_delays\[1\] must be 0 seconds or more"),
        ({"balance": "much"}, ValueError, "balance must be a number of US dollars, not 'much'"),
        ({"balance": [1]}, TypeError, "balance must be a number of US dollars or None"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(
    arguments: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        Sandbox(**arguments)


def test_the_path_of_a_database_may_be_a_path(tmp_path: Path) -> None:
    with Sandbox(chromium=False, database=tmp_path / "runs.db"):
        assert (tmp_path / "runs.db").exists()
