"""The Python client for the TinyFish web-agent API.

    from tinyfish import TinyFish

    with TinyFish() as client:
        response = client.agent.run(goal="Extract the headlines", url="https://example.com")
        print(response.result)

It never loses a run, never pays twice for one, and hands back typed results. `TinyFish` is the client,
`AsyncTinyFish` its twin for asyncio and trio; every error is in `tinyfish.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinyfish_generated.models import (
    AgentConfig,
    AgentMode,
    AgentRunEvent,
    ApiResultEvent,
    BatchRunItem,
    BrowserConfig,
    BrowserProfile,
    BrowserProxyConfig,
    BrowserProxyType,
    BrowserUsageItem,
    BrowserUsageResponse,
    BrowserUsageStatus,
    CancelRunResponse,
    CancelRunsBatchResponse,
    CaptureConfig,
    CursorStyle,
    HeartbeatEvent,
    PaginationInfo,
    ProgressEvent,
    ProxyConfig,
    ProxyCountryCode,
    ProxyType,
    RunError,
    RunErrorCategory,
    RunStatus,
    RunStep,
    SchemaValidation,
    SchemaValidationError,
    ScreenshotsMode,
    SessionPage,
    SortDirection,
    StartedEvent,
    StreamingUrlEvent,
)

from tinyfish._core.config import Adopt
from tinyfish._core.run_request import BatchOptions, RunOptions, RunParams, StartOptions, StreamOptions
from tinyfish._core.wait_call import WaitManyOptions, WaitOptions
from tinyfish._version import __version__
from tinyfish.client import AsyncTinyFish, TinyFish
from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ResponseDecodeError,
    RunBillingError,
    RunCancelledError,
    RunFailedError,
    RunOutcomeError,
    SDKError,
    SSEParseError,
    StreamInterruptedError,
    UncertainStartError,
    UnprocessableEntityError,
    WaitTimeoutError,
)
from tinyfish.handles import AsyncRunHandle, RunHandle
from tinyfish.models import (
    AgentRunAsyncResponse,
    AgentRunBatchResponse,
    AgentRunResponse,
    CompleteEvent,
    Run,
    RunListResponse,
    RunsBatchResponse,
)
from tinyfish.resources.browser import AsyncBrowserSession, BrowserSession
from tinyfish.streaming import AgentStream, AsyncAgentStream

if TYPE_CHECKING:
    from tinyfish.typed import Problem, Repair, ResultMismatchError, SchemaError, read_as, schema_for

# Loaded when first used: whoever asks for no type does not pay for it.
_TYPED = frozenset({"Problem", "Repair", "ResultMismatchError", "SchemaError", "read_as", "schema_for"})


def __getattr__(name: str) -> Any:
    if name in _TYPED:
        from tinyfish import typed

        return getattr(typed, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_TYPED})


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "Adopt",
    "AgentConfig",
    "AgentMode",
    "AgentRunAsyncResponse",
    "AgentRunBatchResponse",
    "AgentRunEvent",
    "AgentRunResponse",
    "AgentStream",
    "ApiResultEvent",
    "AsyncAgentStream",
    "AsyncBrowserSession",
    "AsyncRunHandle",
    "AsyncTinyFish",
    "AuthenticationError",
    "BadRequestError",
    "BatchOptions",
    "BatchRunItem",
    "BrowserConfig",
    "BrowserProfile",
    "BrowserProxyConfig",
    "BrowserProxyType",
    "BrowserSession",
    "BrowserUsageItem",
    "BrowserUsageResponse",
    "BrowserUsageStatus",
    "CancelRunResponse",
    "CancelRunsBatchResponse",
    "CaptureConfig",
    "ClientClosedError",
    "CompleteEvent",
    "ConflictError",
    "CursorStyle",
    "HeartbeatEvent",
    "InternalServerError",
    "NotFoundError",
    "PaginationInfo",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "Problem",
    "ProgressEvent",
    "ProxyConfig",
    "ProxyCountryCode",
    "ProxyType",
    "RateLimitError",
    "Repair",
    "RequestTimeoutError",
    "ResponseDecodeError",
    "ResultMismatchError",
    "Run",
    "RunBillingError",
    "RunCancelledError",
    "RunError",
    "RunErrorCategory",
    "RunFailedError",
    "RunHandle",
    "RunListResponse",
    "RunOptions",
    "RunOutcomeError",
    "RunParams",
    "RunStatus",
    "RunStep",
    "RunsBatchResponse",
    "SDKError",
    "SSEParseError",
    "SchemaError",
    "SchemaValidation",
    "SchemaValidationError",
    "ScreenshotsMode",
    "SessionPage",
    "SortDirection",
    "StartOptions",
    "StartedEvent",
    "StreamInterruptedError",
    "StreamOptions",
    "StreamingUrlEvent",
    "TinyFish",
    "UncertainStartError",
    "UnprocessableEntityError",
    "WaitManyOptions",
    "WaitOptions",
    "WaitTimeoutError",
    "__version__",
    "read_as",
    "schema_for",
]
