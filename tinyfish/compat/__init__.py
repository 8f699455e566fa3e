"""Names of the published SDK that have another name here, and its modules. docs/migration.md has the whole list.

`tinyfish.agent`, `tinyfish.agent.types` and the like have the names of `tinyfish` that programs import from them.
Nothing is defined twice, and a name is loaded when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

_RUN: Final = "RunError RunStatus ErrorCategory"
_MODULES: Final = {
    "agent": f"""
        {_RUN} AgentConfig AgentMode AgentRunAsyncResponse AgentRunResponse AgentRunWithStreamingResponse AgentStream
        AsyncAgentStream BrowserProfile CaptureConfig CompleteEvent CursorStyle EventType HeartbeatEvent ProgressEvent
        ProxyConfig ProxyCountryCode StartedEvent StreamingUrlEvent
    """,
    "browser": "BrowserProxyConfig BrowserSession BrowserSessionCreateParams",
    "datasets": """
        AsyncDatasetRunStream Dataset DatasetCancelRunResponse DatasetColumnType DatasetDeleteResponse DatasetKeepWhen
        DatasetListResponse DatasetPagination DatasetPlanResponse DatasetRow DatasetRowColumn DatasetRowsResponse
        DatasetRun DatasetRunDoneEvent DatasetRunEvent DatasetRunLogEvent DatasetRunRowEvent DatasetRunStatus
        DatasetRunStatusEvent DatasetRunStream DatasetSpec DatasetSpecColumn DatasetStatus
    """,
    "fetch": "FetchError FetchFormat FetchHighlights FetchResponse FetchResult HighlightSnippet",
    "monitors": """
        FetchMonitorConfig FetchMonitorResult FetchMonitorRun Monitor MonitorConfig MonitorCreateResponse
        MonitorDeleteResponse MonitorListResponse MonitorRun MonitorRunResponse MonitorStatus MonitorType
        SearchMonitorConfig SearchMonitorRun
    """,
    "profiles": """
        ProfileDomainsSkipped ProfileRejectedSite ProfileSaveResult ProfileSetupCancelled ProfileSetupSession
        ProfileSetupSignIn ProfileUserConfirmedSites
    """,
    "research": """
        AsyncResearchStream ResearchCancelResponse ResearchClaim ResearchCreatedEvent ResearchDomainFilter
        ResearchDomainType ResearchDoneEvent ResearchError ResearchErrorEvent ResearchEvent ResearchEvidence
        ResearchFinalResultEvent ResearchListResponse ResearchMode ResearchPlan ResearchProgressEventName
        ResearchQuickResult ResearchReport ResearchRun ResearchRunAsyncResponse ResearchRunDetail ResearchRunStatus
        ResearchStream ResearchStreamEvent ResearchSubquestion PaginationInfo SortDirection
    """,
    "runs": f"{_RUN} BrowserConfig PaginationInfo Run RunListResponse SortDirection",
    "search": "SearchQueryResponse SearchResult",
    "vault": """
        FieldMetadata SyncSummary VaultConnectResponse VaultConnection VaultDisconnectResponse VaultFieldType VaultItem
        VaultListConnectionsResponse VaultListItemsResponse VaultProvider VaultSyncItemsResponse
    """,
    "wallet": """
        WalletAutoReload WalletAutoReloadConfigured WalletAutoReloadState WalletAutoReloadUnconfigured WalletMeter
        WalletPendingTopUp WalletRates WalletResponse
    """,
}


def names_of(module: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of the module `tinyfish.NAME`, or of its `types`."""
    names = frozenset(_MODULES[module].split())

    def get(name: str) -> Any:
        if name == "__all__":  # for import *
            return sorted(names)
        if name not in names:
            raise AttributeError(f"module 'tinyfish.{module}' has no attribute {name!r}")
        return getattr(import_module("tinyfish"), name)

    return get, lambda: sorted(names)


def modules() -> list[str]:
    """The names of the modules."""
    return list(_MODULES)
