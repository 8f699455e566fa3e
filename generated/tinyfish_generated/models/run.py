# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from attrs import define

from ..types import Model, decode_each, decode_json_object, decode_timestamp, time_between
from .browser_config import BrowserConfig
from .run_error import RunError
from .run_status import RunStatus
from .run_step import RunStep
from .schema_validation import SchemaValidation


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Run(Model):
    """All that is known about one run."""

    _names = {
        "run_id": "run_id",
        "status": "status",
        "goal": "goal",
        "created_at": "created_at",
        "started_at": "started_at",
        "finished_at": "finished_at",
        "num_of_steps": "num_of_steps",
        "result": "result",
        "schema_validation": "schema_validation",
        "output_schema": "output_schema",
        "profile_attached": "profile_attached",
        "profile_id": "profile_id",
        "error": "error",
        "streaming_url": "streaming_url",
        "browser_config": "browser_config",
        "video_url": "video_url",
        "steps": "steps",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id", "status", "goal", "created_at"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "status": RunStatus.decode,
        "created_at": decode_timestamp,
        "started_at": decode_timestamp,
        "finished_at": decode_timestamp,
        "result": decode_json_object,
        "schema_validation": SchemaValidation.decode,
        "output_schema": decode_json_object,
        "error": RunError.decode,
        "browser_config": BrowserConfig.decode,
        "steps": partial(decode_each, RunStep.decode),
    }

    run_id: str
    """The run's id."""
    status: RunStatus
    """Where the run stands: PENDING, RUNNING, or its end: COMPLETED, FAILED or CANCELLED."""
    goal: str
    """What the agent was asked to do."""
    created_at: datetime
    """When the run was created."""
    started_at: datetime | None = None
    """When the agent began; null while it waits."""
    finished_at: datetime | None = None
    """When the run ended; null before that."""
    num_of_steps: int | None = None
    """How many steps the agent has taken."""
    result: dict[str, Any] | None = None
    """What the agent found, usually an object, sometimes a list or a text, in the shape that the goal or
    `output_schema` asked for; null until it completes.
    """
    schema_validation: SchemaValidation | None = None
    """Whether `result` has the shape that was asked for; null without an `output_schema`."""
    output_schema: dict[str, Any] | None = None
    """The shape that was asked for, if any."""
    profile_attached: bool | None = None
    """Whether the browser started from a saved profile."""
    profile_id: str | None = None
    """The saved profile that the browser started from, if any."""
    error: RunError | None = None
    """Why the run failed; null if it did not."""
    streaming_url: str | None = None
    """Where the browser can be watched while the run works."""
    browser_config: BrowserConfig | None = None
    """The browser's settings that were used."""
    video_url: str | None = None
    """A link to the run's recording, good for 15 minutes. Not in lists."""
    steps: list[RunStep] | None = None
    """What the agent did, in order. Not in lists."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `started_at` to `finished_at`; None unless both are known."""
        return time_between(self.started_at, self.finished_at)
