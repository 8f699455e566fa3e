"""The tasks that every client performs against the sandbox, and how to check them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox

URL = "https://shop.example/"
STARTS = {"runAgent", "queueRun", "streamRun", "queueRuns"}
RUN: dict[str, Any] = {
    "run_id": "any",
    "status": "COMPLETED",
    "goal": "headlines",
    "created_at": "2026-11-01T09:00:00Z",
    "started_at": "2026-11-01T09:00:01Z",
    "finished_at": None,
    "num_of_steps": None,
    "result": None,
    "error": None,
    "streaming_url": None,
    "browser_config": {"proxy_enabled": False, "proxy_country_code": None},
}


def _nothing(_: Sandbox) -> None:
    """Do nothing, because the rules for all tasks are enough."""


def _three_runs(sandbox: Sandbox) -> None:
    with TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        for _ in range(3):
            client.agent.run(goal="headlines", url=URL)


@dataclass(frozen=True)
class Task:
    """One task of a client.

    Attributes:
        name: Its name in the test programs.
        title: Its display name.
        expected: The expected output of the test program.
        starts: The maximum number of calls that start something; more would be billed twice.
        prepare: Prepares the sandbox, in addition to the rules for all tasks.
        wrong_key: Whether to use an invalid API key.
    """

    name: str
    title: str
    expected: str
    starts: int = 0
    prepare: Callable[[Sandbox], object] = field(default=_nothing)
    wrong_key: bool = False


TASKS = (
    Task("run", "run and wait", "COMPLETED A", 1),
    Task("poll", "queue and poll", "COMPLETED A", 1),
    Task("list", "list with a cursor", "3", 0, _three_runs),
    Task("batch", "queue a batch, get it", "2 found, 1 not", 1),
    Task("cancel", "cancel", "CANCELLED", 1),
    Task("session", "browser session: create, usage, delete", "1 in use, deleted"),
    Task("pages", "pages of a session (`openapi-session.yaml`)", "about:blank"),
    Task("events", "events", "STARTED STREAMING_URL PROGRESS COMPLETE", 1),
    Task(
        "broken-stream",
        "a stream that breaks: the run is polled, not started again",
        "COMPLETED A",
        1,
        lambda sandbox: sandbox.fault("streamRun", cut_after=1),
    ),
    Task(
        "lost-answer",
        "a start whose response is lost: an error, not a second start",
        "error",
        1,
        lambda sandbox: sandbox.fault("queueRun", cut=True, when="after"),
    ),
    # A custom proxy without a url, which generated clients don't check.
    Task("error-400", "error 400, with its code", "400 INVALID_INPUT", 1),
    Task("error-401", "error 401, with its code", "401 INVALID_API_KEY", wrong_key=True),
    Task("error-404", "error 404, with its code", "404 NOT_FOUND"),
    Task(
        "unknown-status",
        "a new run status",
        "PAUSED",
        0,
        lambda sandbox: sandbox.fault("getRun", status=200, body={**RUN, "status": "PAUSED"}),
    ),
    Task(
        "unknown-field",
        "new fields",
        "COMPLETED",
        0,
        lambda sandbox: sandbox.fault("getRun", status=200, body={**RUN, "mood": {"is": "good"}}),
    ),
    Task("list-result", "a result that is a list", "A,B", 1),
)


def prepare(sandbox: Sandbox, task: Task) -> None:
    """Prepare a sandbox for a task."""
    sandbox.reset()
    sandbox.on(goal="headlines", result={"headlines": ["A", "B"]}, progress=["Opened the shop"])
    sandbox.on(goal="list", result=["A", "B"])
    sandbox.on(goal="endless", hangs=True)
    task.prepare(sandbox)


def starts(sandbox: Sandbox) -> int:
    """The number of calls that the sandbox received which start runs."""
    return sum(request.operation in STARTS for request in sandbox.requests)
