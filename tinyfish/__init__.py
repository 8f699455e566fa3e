"""The Python client for the TinyFish web-agent API.

    from tinyfish import TinyFish

    with TinyFish() as client:
        response = client.agent.run(goal="Extract the headlines", url="https://example.com")
        print(response.result)

It never loses a run, never pays twice for one, and hands back typed results. `TinyFish` is the client,
`AsyncTinyFish` its twin for asyncio and trio; every error is in `tinyfish.errors`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tinyfish._version import __version__

if TYPE_CHECKING:
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
        Dataset,
        DatasetCancelRunResponse,
        DatasetColumnType,
        DatasetDeleteResponse,
        DatasetKeepWhen,
        DatasetListResponse,
        DatasetPagination,
        DatasetPlanResponse,
        DatasetRow,
        DatasetRowColumn,
        DatasetRowsResponse,
        DatasetRun,
        DatasetRunDoneEvent,
        DatasetRunErrorEvent,
        DatasetRunEvent,
        DatasetRunLogEvent,
        DatasetRunRowEvent,
        DatasetRunStatus,
        DatasetRunStatusEvent,
        DatasetSpec,
        DatasetSpecColumn,
        DatasetStatus,
        FetchError,
        FetchErrorCode,
        FetchFormat,
        FetchHighlights,
        FetchMonitorConfig,
        FetchMonitorRun,
        FetchResponse,
        FetchResult,
        FetchResultFormat,
        FetchUsageItem,
        FetchUsageResponse,
        FieldMetadata,
        HeartbeatEvent,
        HighlightSnippet,
        Monitor,
        MonitorCreateResponse,
        MonitorDeleteResponse,
        MonitorListResponse,
        MonitorRunResponse,
        MonitorStatus,
        MonitorType,
        PaginationInfo,
        Profile,
        ProfileDomainsSkipped,
        ProfileRejectedSite,
        ProfileRejectionReason,
        ProfileSaveResult,
        ProfileSetupCancelled,
        ProfileSetupSignIn,
        ProfileSignInStatus,
        ProfileUserConfirmedSites,
        ProgressEvent,
        ProxyConfig,
        ProxyCountryCode,
        ProxyType,
        ResearchCancelResponse,
        ResearchClaim,
        ResearchCreatedEvent,
        ResearchDomainFilter,
        ResearchDomainFilterMode,
        ResearchDomainType,
        ResearchDoneEvent,
        ResearchError,
        ResearchErrorEvent,
        ResearchEvent,
        ResearchEvidence,
        ResearchFinalResultEvent,
        ResearchListResponse,
        ResearchMode,
        ResearchPlan,
        ResearchProgressEventName,
        ResearchQuickResult,
        ResearchReport,
        ResearchRun,
        ResearchRunDetail,
        ResearchRunStatus,
        ResearchStreamEvent,
        ResearchSubquestion,
        RunError,
        RunErrorCategory,
        RunStatus,
        RunStep,
        SchemaValidation,
        SchemaValidationError,
        ScreenshotsMode,
        SearchDomainType,
        SearchMonitorConfig,
        SearchMonitorRun,
        SearchQueryResponse,
        SearchResult,
        SearchUsageItem,
        SearchUsageResponse,
        SessionPage,
        SortDirection,
        StartedEvent,
        StreamingUrlEvent,
        SyncSummary,
        UsageStatus,
        VaultConnection,
        VaultConnectResponse,
        VaultDisconnectResponse,
        VaultFieldType,
        VaultItem,
        VaultListConnectionsResponse,
        VaultListItemsResponse,
        VaultProvider,
        VaultSyncItemsResponse,
        WalletAutoReloadConfigured,
        WalletAutoReloadState,
        WalletAutoReloadUnconfigured,
        WalletMeter,
        WalletPendingTopUp,
        WalletRates,
        WalletResponse,
    )
    from tinyfish_generated.params import (
        AgentConfigParam,
        BrowserProxyConfigParam,
        CaptureConfigParam,
        DatasetSpecColumnParam,
        DatasetSpecParam,
        FetchHighlightsParam,
        FetchMonitorConfigParam,
        ProxyConfigParam,
        ResearchDomainFilterParam,
        SearchMonitorConfigParam,
    )
    from tinyfish_generated.unions import (
        MonitorConfig,
        MonitorRun,
        WalletAutoReload,
    )

    from tinyfish.adopt import Adopt
    from tinyfish.async_client import AsyncTinyFish
    from tinyfish.async_dataset_stream import AsyncDatasetRunStream
    from tinyfish.async_handles import AsyncRunHandle
    from tinyfish.async_many_streams import AsyncManyStreams
    from tinyfish.async_research_stream import AsyncResearchStream
    from tinyfish.async_streaming import AsyncAgentStream
    from tinyfish.budget import Budget, Spent
    from tinyfish.client import TinyFish
    from tinyfish.compat.aliases import (
        AgentRunWithStreamingResponse,
        BrowserSessionCreateParams,
        ErrorCategory,
        EventType,
        FetchMonitorResult,
    )
    from tinyfish.dataset_stream import DatasetRunStream
    from tinyfish.errors import (
        APIConnectionError,
        APIError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        BudgetExceededError,
        ClientClosedError,
        ConflictError,
        IdempotencyConflictError,
        InternalServerError,
        InvalidArgumentError,
        InvalidArgumentTypeError,
        LedgerError,
        NotFoundError,
        PaymentRequiredError,
        PermissionDeniedError,
        RateLimitError,
        RequestTimeoutError,
        ResponseDecodeError,
        RunBillingError,
        RunCancelledError,
        RunDoubtfulError,
        RunFailedError,
        RunOutcomeError,
        SDKError,
        SSEParseError,
        StreamBusyError,
        StreamInterruptedError,
        UncertainStartError,
        UnprocessableEntityError,
        WaitTimeoutError,
        WebhookError,
    )
    from tinyfish.handles import RunHandle
    from tinyfish.hooks import (
        Adopted,
        BudgetSpent,
        Capture,
        ClientClosed,
        ClientEvent,
        ConnectionOpened,
        Hook,
        Recovered,
        RequestEnded,
        RequestSent,
        Retrying,
        RunEnded,
        RunStarted,
        StartFailed,
        Waiting,
    )
    from tinyfish.idempotency import IdempotencyKey
    from tinyfish.ledger import Ledger, LedgerEntry
    from tinyfish.limits import Limits
    from tinyfish.live_frame import LiveView, live_view
    from tinyfish.many.async_job import AsyncRunManyJob
    from tinyfish.many.job import RunManyJob
    from tinyfish.many.outcome import RunOutcome
    from tinyfish.many.progress import Progress
    from tinyfish.many.report import JobReport
    from tinyfish.many.retrying import Retry
    from tinyfish.many.stream_errors import StreamErrorEvent
    from tinyfish.many_streams import ManyStreams
    from tinyfish.models import (
        AgentRunAsyncResponse,
        AgentRunBatchResponse,
        AgentRunResponse,
        CompleteEvent,
        ProfileListResponse,
        ResearchRunAsyncResponse,
        Run,
        RunListResponse,
        RunRef,
        RunsBatchResponse,
    )
    from tinyfish.options import (
        BatchOptions,
        ResearchOptions,
        ResearchStreamOptions,
        RunOptions,
        RunParams,
        StartOptions,
        StreamOptions,
        WaitOptions,
    )
    from tinyfish.relay import SSE_HEADERS, sse
    from tinyfish.research_stream import ResearchStream
    from tinyfish.resources.async_browser import AsyncBrowserSession
    from tinyfish.resources.async_profiles import (
        AsyncProfileSetupSession,
    )
    from tinyfish.resources.browser import BrowserSession
    from tinyfish.resources.profiles import (
        ProfileSetupSession,
    )
    from tinyfish.streaming import AgentStream
    from tinyfish.typed import (
        DecimalSign,
        Problem,
        Repair,
        ResultMismatchError,
        SchemaError,
        read_as,
        schema_for,
    )

__all__ = [
    "SSE_HEADERS",
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "Adopt",
    "Adopted",
    "AgentConfig",
    "AgentConfigParam",
    "AgentMode",
    "AgentRunAsyncResponse",
    "AgentRunBatchResponse",
    "AgentRunEvent",
    "AgentRunResponse",
    "AgentRunWithStreamingResponse",
    "AgentStream",
    "ApiResultEvent",
    "AsyncAgentStream",
    "AsyncBrowserSession",
    "AsyncDatasetRunStream",
    "AsyncManyStreams",
    "AsyncProfileSetupSession",
    "AsyncResearchStream",
    "AsyncRunHandle",
    "AsyncRunManyJob",
    "AsyncTinyFish",
    "AuthenticationError",
    "BadRequestError",
    "BatchOptions",
    "BatchRunItem",
    "BrowserConfig",
    "BrowserProfile",
    "BrowserProxyConfig",
    "BrowserProxyConfigParam",
    "BrowserProxyType",
    "BrowserSession",
    "BrowserSessionCreateParams",
    "BrowserUsageItem",
    "BrowserUsageResponse",
    "BrowserUsageStatus",
    "Budget",
    "BudgetExceededError",
    "BudgetSpent",
    "CancelRunResponse",
    "CancelRunsBatchResponse",
    "Capture",
    "CaptureConfig",
    "CaptureConfigParam",
    "ClientClosed",
    "ClientClosedError",
    "ClientEvent",
    "CompleteEvent",
    "ConflictError",
    "ConnectionOpened",
    "CursorStyle",
    "Dataset",
    "DatasetCancelRunResponse",
    "DatasetColumnType",
    "DatasetDeleteResponse",
    "DatasetKeepWhen",
    "DatasetListResponse",
    "DatasetPagination",
    "DatasetPlanResponse",
    "DatasetRow",
    "DatasetRowColumn",
    "DatasetRowsResponse",
    "DatasetRun",
    "DatasetRunDoneEvent",
    "DatasetRunErrorEvent",
    "DatasetRunEvent",
    "DatasetRunLogEvent",
    "DatasetRunRowEvent",
    "DatasetRunStatus",
    "DatasetRunStatusEvent",
    "DatasetRunStream",
    "DatasetSpec",
    "DatasetSpecColumn",
    "DatasetSpecColumnParam",
    "DatasetSpecParam",
    "DatasetStatus",
    "DecimalSign",
    "ErrorCategory",
    "EventType",
    "FetchError",
    "FetchErrorCode",
    "FetchFormat",
    "FetchHighlights",
    "FetchHighlightsParam",
    "FetchMonitorConfig",
    "FetchMonitorConfigParam",
    "FetchMonitorResult",
    "FetchMonitorRun",
    "FetchResponse",
    "FetchResult",
    "FetchResultFormat",
    "FetchUsageItem",
    "FetchUsageResponse",
    "FieldMetadata",
    "HeartbeatEvent",
    "HighlightSnippet",
    "Hook",
    "IdempotencyConflictError",
    "IdempotencyKey",
    "InternalServerError",
    "InvalidArgumentError",
    "InvalidArgumentTypeError",
    "JobReport",
    "Ledger",
    "LedgerEntry",
    "LedgerError",
    "Limits",
    "LiveView",
    "ManyStreams",
    "Monitor",
    "MonitorConfig",
    "MonitorCreateResponse",
    "MonitorDeleteResponse",
    "MonitorListResponse",
    "MonitorRun",
    "MonitorRunResponse",
    "MonitorStatus",
    "MonitorType",
    "NotFoundError",
    "PaginationInfo",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "Problem",
    "Profile",
    "ProfileDomainsSkipped",
    "ProfileListResponse",
    "ProfileRejectedSite",
    "ProfileRejectionReason",
    "ProfileSaveResult",
    "ProfileSetupCancelled",
    "ProfileSetupSession",
    "ProfileSetupSignIn",
    "ProfileSignInStatus",
    "ProfileUserConfirmedSites",
    "Progress",
    "ProgressEvent",
    "ProxyConfig",
    "ProxyConfigParam",
    "ProxyCountryCode",
    "ProxyType",
    "RateLimitError",
    "Recovered",
    "Repair",
    "RequestEnded",
    "RequestSent",
    "RequestTimeoutError",
    "ResearchCancelResponse",
    "ResearchClaim",
    "ResearchCreatedEvent",
    "ResearchDomainFilter",
    "ResearchDomainFilterMode",
    "ResearchDomainFilterParam",
    "ResearchDomainType",
    "ResearchDoneEvent",
    "ResearchError",
    "ResearchErrorEvent",
    "ResearchEvent",
    "ResearchEvidence",
    "ResearchFinalResultEvent",
    "ResearchListResponse",
    "ResearchMode",
    "ResearchOptions",
    "ResearchPlan",
    "ResearchProgressEventName",
    "ResearchQuickResult",
    "ResearchReport",
    "ResearchRun",
    "ResearchRunAsyncResponse",
    "ResearchRunDetail",
    "ResearchRunStatus",
    "ResearchStream",
    "ResearchStreamEvent",
    "ResearchStreamOptions",
    "ResearchSubquestion",
    "ResponseDecodeError",
    "ResultMismatchError",
    "Retry",
    "Retrying",
    "Run",
    "RunBillingError",
    "RunCancelledError",
    "RunDoubtfulError",
    "RunEnded",
    "RunError",
    "RunErrorCategory",
    "RunFailedError",
    "RunHandle",
    "RunListResponse",
    "RunManyJob",
    "RunOptions",
    "RunOutcome",
    "RunOutcomeError",
    "RunParams",
    "RunRef",
    "RunStarted",
    "RunStatus",
    "RunStep",
    "RunsBatchResponse",
    "SDKError",
    "SSEParseError",
    "SchemaError",
    "SchemaValidation",
    "SchemaValidationError",
    "ScreenshotsMode",
    "SearchDomainType",
    "SearchMonitorConfig",
    "SearchMonitorConfigParam",
    "SearchMonitorRun",
    "SearchQueryResponse",
    "SearchResult",
    "SearchUsageItem",
    "SearchUsageResponse",
    "SessionPage",
    "SortDirection",
    "Spent",
    "StartFailed",
    "StartOptions",
    "StartedEvent",
    "StreamBusyError",
    "StreamErrorEvent",
    "StreamInterruptedError",
    "StreamOptions",
    "StreamingUrlEvent",
    "SyncSummary",
    "TinyFish",
    "UncertainStartError",
    "UnprocessableEntityError",
    "UsageStatus",
    "VaultConnectResponse",
    "VaultConnection",
    "VaultDisconnectResponse",
    "VaultFieldType",
    "VaultItem",
    "VaultListConnectionsResponse",
    "VaultListItemsResponse",
    "VaultProvider",
    "VaultSyncItemsResponse",
    "WaitOptions",
    "WaitTimeoutError",
    "Waiting",
    "WalletAutoReload",
    "WalletAutoReloadConfigured",
    "WalletAutoReloadState",
    "WalletAutoReloadUnconfigured",
    "WalletMeter",
    "WalletPendingTopUp",
    "WalletRates",
    "WalletResponse",
    "WebhookError",
    "__version__",
    "live_view",
    "read_as",
    "schema_for",
    "sse",
]

# Where the names are. A module is loaded when a name of it is first used, so that nobody pays for what they do
# not use. Type checkers read the imports above instead.
_EXPORTS: Final = {
    "tinyfish_generated.models": """
        AgentConfig AgentMode AgentRunEvent ApiResultEvent BatchRunItem BrowserConfig BrowserProfile
        BrowserProxyConfig BrowserProxyType BrowserUsageItem BrowserUsageResponse BrowserUsageStatus
        CancelRunResponse CancelRunsBatchResponse CaptureConfig CursorStyle Dataset DatasetCancelRunResponse
        DatasetColumnType DatasetDeleteResponse DatasetKeepWhen DatasetListResponse DatasetPagination
        DatasetPlanResponse DatasetRow DatasetRowColumn DatasetRowsResponse DatasetRun DatasetRunDoneEvent
        DatasetRunErrorEvent DatasetRunEvent DatasetRunLogEvent DatasetRunRowEvent DatasetRunStatus
        DatasetRunStatusEvent DatasetSpec DatasetSpecColumn DatasetStatus FetchError FetchErrorCode
        FetchFormat FetchHighlights FetchMonitorConfig FetchMonitorRun FetchResponse FetchResult
        FetchResultFormat FetchUsageItem FetchUsageResponse FieldMetadata HeartbeatEvent HighlightSnippet
        Monitor MonitorCreateResponse MonitorDeleteResponse MonitorListResponse MonitorRunResponse
        MonitorStatus MonitorType PaginationInfo Profile ProfileDomainsSkipped ProfileRejectedSite
        ProfileRejectionReason ProfileSaveResult ProfileSetupCancelled ProfileSetupSignIn
        ProfileSignInStatus ProfileUserConfirmedSites ProgressEvent ProxyConfig ProxyCountryCode ProxyType
        ResearchCancelResponse ResearchClaim ResearchCreatedEvent ResearchDomainFilter
        ResearchDomainFilterMode ResearchDomainType ResearchDoneEvent ResearchError ResearchErrorEvent
        ResearchEvent ResearchEvidence ResearchFinalResultEvent ResearchListResponse ResearchMode
        ResearchPlan ResearchProgressEventName ResearchQuickResult ResearchReport ResearchRun
        ResearchRunDetail ResearchRunStatus ResearchStreamEvent ResearchSubquestion RunError
        RunErrorCategory RunStatus RunStep SchemaValidation SchemaValidationError ScreenshotsMode
        SearchDomainType SearchMonitorConfig SearchMonitorRun SearchQueryResponse SearchResult
        SearchUsageItem SearchUsageResponse SessionPage SortDirection StartedEvent StreamingUrlEvent
        SyncSummary UsageStatus VaultConnectResponse VaultConnection VaultDisconnectResponse VaultFieldType
        VaultItem VaultListConnectionsResponse VaultListItemsResponse VaultProvider VaultSyncItemsResponse
        WalletAutoReloadConfigured WalletAutoReloadState WalletAutoReloadUnconfigured WalletMeter
        WalletPendingTopUp WalletRates WalletResponse
    """,
    "tinyfish_generated.unions": "MonitorConfig MonitorRun WalletAutoReload",
    "tinyfish.async_research_stream": "AsyncResearchStream",
    "tinyfish.research_stream": "ResearchStream",
    "tinyfish.async_dataset_stream": "AsyncDatasetRunStream",
    "tinyfish.dataset_stream": "DatasetRunStream",
    "tinyfish.adopt": "Adopt",
    "tinyfish.budget": "Budget Spent",
    "tinyfish.options": """
        BatchOptions ResearchOptions ResearchStreamOptions RunOptions RunParams StartOptions StreamOptions
        WaitOptions
    """,
    "tinyfish.async_client": "AsyncTinyFish",
    "tinyfish.client": "TinyFish",
    "tinyfish.compat.aliases": """
        AgentRunWithStreamingResponse BrowserSessionCreateParams ErrorCategory EventType FetchMonitorResult
    """,
    "tinyfish.hooks": """
        Adopted BudgetSpent Capture ClientClosed ClientEvent ConnectionOpened Hook
        Recovered RequestEnded RequestSent Retrying RunEnded RunStarted StartFailed Waiting
    """,
    "tinyfish.limits": "Limits",
    "tinyfish.errors": """
        APIConnectionError APIError APIStatusError APITimeoutError AuthenticationError
        BadRequestError BudgetExceededError ClientClosedError ConflictError IdempotencyConflictError
        InternalServerError InvalidArgumentError InvalidArgumentTypeError LedgerError NotFoundError
        PaymentRequiredError PermissionDeniedError RateLimitError RequestTimeoutError
        ResponseDecodeError RunBillingError RunCancelledError RunDoubtfulError RunFailedError
        RunOutcomeError SDKError SSEParseError StreamBusyError StreamInterruptedError
        UncertainStartError UnprocessableEntityError WaitTimeoutError WebhookError
    """,
    "tinyfish.idempotency": "IdempotencyKey",
    "tinyfish.ledger": "Ledger LedgerEntry",
    "tinyfish.async_handles": "AsyncRunHandle",
    "tinyfish.handles": "RunHandle",
    "tinyfish.many.async_job": "AsyncRunManyJob",
    "tinyfish.many.job": "RunManyJob",
    "tinyfish.many.outcome": "RunOutcome",
    "tinyfish.many.progress": "Progress",
    "tinyfish.many.report": "JobReport",
    "tinyfish.many.retrying": "Retry",
    "tinyfish.many.stream_errors": "StreamErrorEvent",
    "tinyfish.live_frame": "LiveView live_view",
    "tinyfish.relay": "SSE_HEADERS sse",
    "tinyfish.models": """
        AgentRunAsyncResponse AgentRunBatchResponse AgentRunResponse CompleteEvent ProfileListResponse
        ResearchRunAsyncResponse Run RunListResponse RunRef RunsBatchResponse
    """,
    "tinyfish.resources.async_browser": "AsyncBrowserSession",
    "tinyfish.resources.browser": "BrowserSession",
    "tinyfish.async_many_streams": "AsyncManyStreams",
    "tinyfish.async_streaming": "AsyncAgentStream",
    "tinyfish.many_streams": "ManyStreams",
    "tinyfish.streaming": "AgentStream",
    "tinyfish.typed": "DecimalSign Problem Repair ResultMismatchError SchemaError read_as schema_for",
    "tinyfish_generated.params": """
        AgentConfigParam BrowserProxyConfigParam CaptureConfigParam DatasetSpecColumnParam DatasetSpecParam
        FetchHighlightsParam FetchMonitorConfigParam ProxyConfigParam ResearchDomainFilterParam
        SearchMonitorConfigParam
    """,
    "tinyfish.resources.async_profiles": "AsyncProfileSetupSession",
    "tinyfish.resources.profiles": "ProfileSetupSession",
}
_HOME: Final = {name: module for module, names in _EXPORTS.items() for name in names.split()}
_SUBMODULES: Final = frozenset(
    {
        "agent",
        "browser",
        "client",
        "compat",
        "datasets",
        "errors",
        "fetch",
        "hooks",
        "handles",
        "ledger",
        "models",
        "monitors",
        "outcomes",
        "profiles",
        "research",
        "resources",
        "runs",
        "search",
        "streaming",
        "tools",
        "typed",
        "vault",
        "wallet",
        "webhooks",
    }
)

if not TYPE_CHECKING:  # which would take every name for one of ours

    def __getattr__(name: str) -> Any:
        if name in _SUBMODULES:
            return import_module(f"{__name__}.{name}")
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
