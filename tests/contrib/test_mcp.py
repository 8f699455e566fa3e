"""The MCP server, with the SDK's own client: over a pipe to a real process, and over a real socket."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim, advertise
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Request, RequestParams, Result
from pydantic import Field

from tinyfish import AsyncTinyFish, InvalidArgumentError
from tinyfish.cli.commands.mcp import mcp as mcp_command
from tinyfish.contrib.mcp import http_app, server
from tinyfish.sandbox import Sandbox
from tinyfish.tools import toolset

pytestmark = [pytest.mark.anyio, pytest.mark.backend("asyncio")]

URL = "https://shop.example/"
ROOT = Path(__file__).parents[2]
TASKS = "io.modelcontextprotocol/tasks"


@pytest.fixture
def environment(sandbox: Sandbox) -> dict[str, str]:
    return {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url, "NO_PROXY": "127.0.0.1"}


def program(environment: dict[str, str], *arguments: str) -> StdioServerParameters:
    command = ["-m", "tinyfish", "mcp", *arguments]
    return StdioServerParameters(command=sys.executable, args=command, env=environment)


@asynccontextmanager
async def inside(sandbox: Sandbox, *, extensions: Any = (), **options: Any) -> AsyncIterator[Client]:
    """A client of a server in this process."""
    async with (
        AsyncTinyFish(sandbox.api_key, base_url=sandbox.url) as api,
        toolset(api, **{"patience": 20, **options}) as tools,
        Client(server(tools), extensions=list(extensions)) as client,
    ):
        yield client


def text(result: CallToolResult) -> str:
    (block,) = result.content
    return str(getattr(block, "text", ""))


async def ended(sandbox: Sandbox, number: int, status: str) -> None:
    with anyio.fail_after(20):
        while sandbox.runs[number].status != status:  # noqa: ASYNC110 - it's in another thread
            await anyio.sleep(0.01)


# Over a pipe


async def test_a_program_over_a_pipe(sandbox: Sandbox, environment: dict[str, str]) -> None:
    sandbox.on(
        goal="headlines", progress=["Opened the page", "Read it"], latency=1, result={"headlines": ["A"]}
    )
    sandbox.on(goal="endless", hangs=True)
    told: list[tuple[float, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, message))

    async with Client(program(environment, "--patience", "20", "--cancel-on-exit")) as client:
        assert client.server_info.name == "tinyfish"
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(listed) == ["run", "get_run", "cancel_run", "search", "fetch"]
        assert listed["fetch"].annotations is not None
        assert listed["fetch"].annotations.read_only_hint
        assert listed["run"].annotations is not None
        assert not listed["run"].annotations.read_only_hint
        assert listed["run"].annotations.idempotent_hint is False  # a client may repeat what is
        assert listed["run"].input_schema["required"] == ["goal", "url"]

        arguments = {"goal": "headlines", "url": URL}
        result = await client.call_tool("run", arguments, progress_callback=progress)
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["result"] == {"headlines": ["A"]}
        assert '{"headlines": ["A"]}' in text(result)
        done = [number for number, _ in told]
        assert done == sorted(set(done))
        assert told[-2:] == [(1, "Opened the page"), (2, "Read it")]

        refused = await client.call_tool("run", {"goal": "x", "url": "http://169.254.169.254/"})
        assert refused.is_error
        assert "private address" in text(refused)
        wrong = await client.call_tool("run", {"goal": 3})
        assert wrong.is_error
        assert "Correct the arguments" in text(wrong)

        # What the client cancels is cancelled here, because of --cancel-on-exit.
        with anyio.move_on_after(1) as scope:
            await client.call_tool("run", {"goal": "endless", "url": URL})
        assert scope.cancelled_caught
        await ended(sandbox, 1, "CANCELLED")
        assert sandbox.api_key not in json.dumps([tool.model_dump(mode="json") for tool in listed.values()])
    assert len(sandbox.runs) == 2


def test_standard_output_has_the_protocol_only(sandbox: Sandbox, environment: dict[str, str]) -> None:
    """Also if the log is on, and a run is left."""
    sandbox.on(goal="endless", hangs=True)
    ask = {"name": "run", "arguments": {"goal": "endless", "url": URL}}
    information = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tinyfish", "mcp", "--patience", "1"],
        env=environment | {"TINYFISH_LOG": "debug"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines: list[dict[str, Any]] = []
        for number, (method, parameters) in enumerate(
            [("initialize", information), ("notifications/initialized", {}), ("tools/call", ask)]
        ):
            message = {"jsonrpc": "2.0", "method": method, "params": parameters}
            if "notifications" not in method:
                message["id"] = number
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            if "id" in message:
                lines.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        rest, log = process.stdout.read(), process.stderr.read() if process.stderr else ""
    assert rest == ""
    assert lines[0]["result"]["protocolVersion"] == "2025-06-18"
    assert sandbox.runs[0].run_id in lines[1]["result"]["content"][0]["text"]
    assert "started" in log
    assert sandbox.api_key not in log
    assert sandbox.runs[0].status == "RUNNING"  # it is not lost


def test_without_a_key_it_says_so(environment: dict[str, str], tmp_path: Path) -> None:
    without = {
        **environment,
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    del without["TINYFISH_API_KEY"]
    done = subprocess.run(
        [sys.executable, "-m", "tinyfish", "mcp"], env=without, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert "TINYFISH_API_KEY" in done.stderr


def test_the_configurations_of_the_docs_are_calls_of_the_command() -> None:
    page = (ROOT / "docs" / "integrations" / "mcp.md").read_text(encoding="utf-8")
    blocks = [
        json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    ]
    servers = [one for block in blocks for one in next(iter(block.values())).values()]
    assert len(servers) == 3
    for one in servers:
        if "command" in one:
            assert one["command"] == "tinyfish"
            name, *arguments = one["args"]
            assert name == "mcp"
            mcp_command.make_context("mcp", arguments)
    options = {option for parameter in mcp_command.params for option in parameter.opts}
    assert set(re.findall(r"`(?:[^`]* )?(--[a-z-]+)", page)) - {"--env"} <= options


# In this process: what doesn't depend on the transport


async def test_a_cancelled_call_leaves_the_run(sandbox: Sandbox) -> None:
    sandbox.on(goal="endless", hangs=True)
    async with inside(sandbox) as client:
        with anyio.move_on_after(0.5):
            await client.call_tool("run", {"goal": "endless", "url": URL})
        assert sandbox.runs[0].status == "RUNNING"


async def test_a_run_that_outlives_the_call(sandbox: Sandbox) -> None:
    sandbox.on(goal="endless", hangs=True)
    async with inside(sandbox, patience=0.3) as client:
        result = await client.call_tool("run", {"goal": "endless", "url": URL})
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["run_id"] == sandbox.runs[0].run_id
        assert "`get_run`" in result.structured_content["message"]
        stopped = await client.call_tool("cancel_run", {"run_id": sandbox.runs[0].run_id})
        assert "is cancelled" in text(stopped)


# Tasks: the SDK's client has no extension for them, so this is what one does.


class Task(Result):
    result_type: Literal["task"] = Field(alias="resultType")
    task_id: str = Field(alias="taskId")
    status: str
    poll_interval_ms: int = Field(alias="pollIntervalMs")


class TaskState(Result):
    task_id: str = Field(default="", alias="taskId")
    status: str = ""
    result: dict[str, Any] | None = None


class AboutTask(RequestParams):
    task_id: str = Field(alias="taskId")


class TaskRequest(Request[AboutTask, str]):
    pass


async def about_task(session: Any, method: str, task_id: str) -> TaskState:
    request = TaskRequest(method=method, params=AboutTask(taskId=task_id))
    return TaskState.model_validate(
        (await session.send_request(request, TaskState)).model_dump(by_alias=True)
    )


class TaskExtension(ClientExtension):
    identifier = TASKS

    def claims(self) -> Any:
        async def resolve(task: Task, context: ClaimContext) -> CallToolResult:
            while True:
                state = await about_task(context.session, "tasks/get", task.task_id)
                if state.status == "completed":
                    return CallToolResult.model_validate(state.result)
                await anyio.sleep(0.02)

        return [ResultClaim(result_type="task", model=Task, resolve=resolve)]


async def test_a_client_with_tasks_gets_one(sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", latency=0.2, result={"headlines": ["A"]})
    sandbox.on(goal="blocked", error={"code": "SITE_BLOCKED", "message": "The site blocked the agent"})
    async with inside(sandbox, extensions=[TaskExtension()]) as client:
        result = await client.call_tool("run", {"goal": "headlines", "url": URL})
        assert result.structured_content is not None
        assert result.structured_content["result"] == {"headlines": ["A"]}
        failed = await client.call_tool("run", {"goal": "blocked", "url": URL})
        assert failed.is_error
        assert "The site blocked the agent" in text(failed)
        again = await client.call_tool("run", {"goal": "headlines", "url": URL})  # its run has ended: no task
        assert "Nothing was started or paid again" in text(again)
        refused = await client.call_tool("run", {"goal": "x", "url": "http://localhost/"})
        assert refused.is_error
    assert len(sandbox.runs) == 2


async def test_a_task_whose_run_had_ended_before(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    said: list[str] = []
    for failed_looks in (0, 1):
        if failed_looks:
            sandbox.fault("getRun", status=401, times=failed_looks)
        async with (
            AsyncTinyFish(sandbox.api_key, base_url=sandbox.url, ledger=tmp_path / "runs.db") as api,
            toolset(api, job="chat 7") as tools,
            Client(server(tools), extensions=[TaskExtension()]) as client,
        ):
            said.append(text(await client.call_tool("run", {"goal": "headlines", "url": URL})))
            got = text(await client.call_tool("get_run", {"run_id": sandbox.runs[0].run_id}))
    assert said[0] == got
    assert said[1].startswith(f"{got}\n(This is the outcome of the same call, which ended")
    assert len(sandbox.runs) == 1


async def test_a_task_is_its_run(sandbox: Sandbox) -> None:
    sandbox.on(goal="endless", hangs=True)
    async with inside(sandbox, extensions=[TaskExtension()]) as client:
        task = await client.session.call_tool("run", {"goal": "endless", "url": URL}, allow_claimed=True)
        assert isinstance(task, Task)
        assert (task.task_id, task.status) == (sandbox.runs[0].run_id, "working")
    # Another server, after the first one has ended.
    async with inside(sandbox, extensions=[TaskExtension()]) as client:
        assert (await about_task(client.session, "tasks/get", task.task_id)).status == "working"
        await about_task(client.session, "tasks/cancel", task.task_id)
        await ended(sandbox, 0, "CANCELLED")
        assert (await about_task(client.session, "tasks/get", task.task_id)).status == "cancelled"
        await about_task(client.session, "tasks/update", task.task_id)
        for method in ("tasks/get", "tasks/cancel", "tasks/update"):
            with pytest.raises(MCPError) as raised:
                await about_task(client.session, method, "unknown")
            assert raised.value.code == -32602


async def test_a_client_without_tasks_gets_none(sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    async with inside(sandbox) as client:
        assert (
            await client.call_tool("run", {"goal": "headlines", "url": URL})
        ).structured_content is not None
        with pytest.raises(MCPError) as raised:
            await about_task(client.session, "tasks/get", sandbox.runs[0].run_id)
        assert raised.value.code == -32021
    async with inside(sandbox, extensions=[advertise("com.example/other")]) as client:
        assert await client.call_tool("run", {"goal": "headlines", "url": URL})


# Over HTTP


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def http_server(environment: dict[str, str], port: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tinyfish", "mcp", "--http", "--port", str(port), "--patience", "20"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    threading.Event().wait(0.05)
                else:
                    break
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()
            out, _ = process.communicate(timeout=20)
            assert out == b""


async def test_over_http(http_server: str, sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", progress=["Opened the page"], latency=0.6, result={"headlines": ["A"]})
    sandbox.on(goal="endless", hangs=True)
    told: list[str | None] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append(message)

    for mode in ("auto", "legacy"):
        async with Client(http_server, mode=mode) as client:
            arguments = {"goal": "headlines", "url": f"{URL}{mode}"}
            result = await client.call_tool("run", arguments, progress_callback=progress)
            assert result.structured_content is not None
            assert result.structured_content["result"] == {"headlines": ["A"]}
            assert told
            told.clear()
            with anyio.move_on_after(0.5) as scope:
                await client.call_tool("run", {"goal": "endless", "url": URL})
            assert scope.cancelled_caught
    assert [run.status for run in sandbox.runs] == ["COMPLETED", "RUNNING", "COMPLETED"]
    # A page in a browser can't use it.
    async with httpx.AsyncClient() as web:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            answer = await web.post(http_server, json={}, headers=headers)
            assert answer.status_code in (403, 421)


async def test_others_need_a_token(sandbox: Sandbox) -> None:
    async with AsyncTinyFish(sandbox.api_key, base_url=sandbox.url) as api, toolset(api) as tools:
        with pytest.raises(InvalidArgumentError, match="Pass a token"):
            http_app(server(tools), host="0.0.0.0")
        with pytest.raises(InvalidArgumentError, match="visible ASCII"):
            http_app(server(tools), token=" ")
        for token in ("abc\n", " abc ", "a b", "ü"):  # no client could send it
            with pytest.raises(InvalidArgumentError, match="visible ASCII"):
                http_app(server(tools), token=token)
        app = http_app(server(tools), host="0.0.0.0", token="s3cret-token")
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mcp.example") as web:
            for headers in (
                {},
                {"Authorization": "Bearer other"},
                {"Authorization": "Bearer s3cret-tokén".encode("latin-1")},
            ):
                answer = await web.post("/mcp", json={}, headers=headers)
                assert answer.status_code == 401
                assert answer.headers["WWW-Authenticate"] == "Bearer"
