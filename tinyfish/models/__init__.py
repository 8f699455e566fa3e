"""The models with additional behaviour. All other models are the generated ones.

Each is loaded on first use, like the generated ones.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tinyfish.models.events import CompleteEvent, as_complete
    from tinyfish.models.outcome import TERMINAL_STATUSES, EndedRun, Outcome, Typed, V
    from tinyfish.models.profiles import ProfileListResponse
    from tinyfish.models.research import ResearchRunAsyncResponse
    from tinyfish.models.responses import (
        AgentRunAsyncResponse,
        AgentRunBatchResponse,
        AgentRunResponse,
        ManyRuns,
        RunOrId,
    )
    from tinyfish.models.run import Run
    from tinyfish.models.run_lists import RunListResponse, RunsBatchResponse
    from tinyfish.models.run_ref import RunRef

__all__ = [
    "TERMINAL_STATUSES",
    "AgentRunAsyncResponse",
    "AgentRunBatchResponse",
    "AgentRunResponse",
    "CompleteEvent",
    "EndedRun",
    "ManyRuns",
    "Outcome",
    "ProfileListResponse",
    "ResearchRunAsyncResponse",
    "Run",
    "RunListResponse",
    "RunOrId",
    "RunRef",
    "RunsBatchResponse",
    "Typed",
    "V",
    "as_complete",
]

_EXPORTS: Final = {
    "events": "CompleteEvent as_complete",
    "outcome": "TERMINAL_STATUSES EndedRun Outcome Typed V",
    "research": "ResearchRunAsyncResponse",
    "responses": "AgentRunAsyncResponse AgentRunBatchResponse AgentRunResponse ManyRuns RunOrId",
    "profiles": "ProfileListResponse",
    "run": "Run",
    "run_lists": "RunListResponse RunsBatchResponse",
    "run_ref": "RunRef",
}
_HOME: Final = {name: f"{__name__}.{module}" for module, names in _EXPORTS.items() for name in names.split()}

if not TYPE_CHECKING:  # which would treat every name as one of ours

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
