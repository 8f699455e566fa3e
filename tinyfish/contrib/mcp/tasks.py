"""MCP's extension for tasks, `io.modelcontextprotocol/tasks`: a task is a run, and its id is the run's.

So a task outlives the connection and the server, and any server with the same account knows it. The SDK has extensions,
but not this one; the messages are those of its specification for the protocol of 2026-07-28.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.mcpserver.server import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, RequestParams
from pydantic import Field
from tinyfish_generated.models import RunStatus

from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError, NotFoundError, SDKError
from tinyfish.models import Run
from tinyfish.tools.answers import Answer
from tinyfish.tools.async_toolbox import AsyncToolset

EXTENSION: Final = "io.modelcontextprotocol/tasks"
_POLL_MILLISECONDS: Final = 2000


class TaskParams(RequestParams):
    """The parameters of a request about a task."""

    task_id: str = Field(alias="taskId")


class Tasks:
    """The tasks of a server.

    Args:
        tools: The toolset.
        result_of: Makes the result of the tool call from an answer.
    """

    def __init__(self, tools: AsyncToolset, result_of: Callable[[Answer], CallToolResult]) -> None:
        self._tools = tools
        self._result_of = result_of

    def add_to(self, server: Server[Any]) -> None:
        """Serve the requests about tasks, and tell clients that they can be made."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", TaskParams, self._get)
        server.add_request_handler("tasks/cancel", TaskParams, self._cancel)
        server.add_request_handler("tasks/update", TaskParams, self._update)

    def wanted_by(self, context: ServerRequestContext[Any]) -> bool:
        """Whether the client can handle a task."""
        capabilities = context.session.client_capabilities
        return EXTENSION in ((capabilities and capabilities.extensions) or {})

    async def create(self, arguments: dict[str, Any]) -> Any:
        """Start a run as a task; the result of the call if there is no run to wait for."""
        started = await self._tools.start(arguments)
        if isinstance(started, Answer):
            return self._result_of(started)
        now = _timestamp(None)
        return {"resultType": "task", **_task(started, "working", now, now)}

    async def _get(self, context: ServerRequestContext[Any], parameters: TaskParams) -> dict[str, Any]:
        require_client_extension(context, EXTENSION)
        try:
            run, answer = await self._tools.look(parameters.task_id)
        except SDKError as error:
            _raise(error)
        if run is None:
            now = _timestamp(None)
            return _task(parameters.task_id, "working", now, now)
        status = "working"
        if answer is not None:
            # A run that failed is a tool's error, which is a result.
            status = "cancelled" if run.status == RunStatus.CANCELLED else "completed"
        task = _task(run.run_id, status, _timestamp(run.created_at), _timestamp(run.finished_at))
        task["statusMessage"] = _message(run)
        if answer is not None and status == "completed":
            task["result"] = self._result_of(answer).model_dump(mode="json", by_alias=True, exclude_none=True)
        return task

    async def _cancel(self, context: ServerRequestContext[Any], parameters: TaskParams) -> dict[str, Any]:
        require_client_extension(context, EXTENSION)
        try:
            await self._tools.cancel(parameters.task_id)
        except SDKError as error:
            _raise(error)
        return {}

    async def _update(self, context: ServerRequestContext[Any], parameters: TaskParams) -> dict[str, Any]:
        """A run never asks for input, so that answers to it are ignored."""
        require_client_extension(context, EXTENSION)
        try:
            await self._tools.look(parameters.task_id)
        except SDKError as error:
            _raise(error)
        return {}


def _task(task_id: str, status: str, created_at: str, updated_at: str) -> dict[str, Any]:
    return {
        "taskId": task_id,
        "status": status,
        "createdAt": created_at,
        "lastUpdatedAt": updated_at,
        "ttlMs": None,
        "pollIntervalMs": _POLL_MILLISECONDS,
    }


def _timestamp(moment: object) -> str:
    return moment.isoformat() if isinstance(moment, datetime) else datetime.now(UTC).isoformat()


def _message(run: Run) -> str:
    steps = [step.action for step in run.steps or [] if step.action]
    return steps[-1] if steps else f"The run is {run.status}."


def _raise(error: SDKError) -> NoReturn:
    if isinstance(error, NotFoundError | InvalidArgumentError | InvalidArgumentTypeError):
        raise MCPError(INVALID_PARAMS, "Failed to retrieve the task: there is no run with this id") from error
    raise MCPError(INTERNAL_ERROR, f"Failed to retrieve the task: {error}") from error
