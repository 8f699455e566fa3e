# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The models of openapi.yaml, under the same names. Each is loaded when it's first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..api.agent.stream_run import AGENT_RUN_EVENT_MODELS, AgentRunEvent, decode_agent_run_event
    from ..api.datasets.follow_dataset_run import (
        DATASET_RUN_EVENT_MODELS,
        DatasetRunEvent,
        decode_dataset_run_event,
    )
    from ..api.research.follow_research import (
        RESEARCH_STREAM_EVENT_MODELS,
        ResearchStreamEvent,
        decode_research_stream_event,
    )
    from .agent_config import AgentConfig
    from .agent_mode import AgentMode
    from .agent_run_async_response import AgentRunAsyncResponse
    from .agent_run_batch_request import AgentRunBatchRequest
    from .agent_run_batch_response import AgentRunBatchResponse
    from .agent_run_failure import AgentRunFailure
    from .agent_run_request import AgentRunRequest
    from .agent_run_response import AgentRunResponse
    from .api_result_event import ApiResultEvent
    from .batch_run_item import BatchRunItem
    from .browser_config import BrowserConfig
    from .browser_profile import BrowserProfile
    from .browser_proxy_config import BrowserProxyConfig
    from .browser_proxy_type import BrowserProxyType
    from .browser_session import BrowserSession
    from .browser_session_mode import BrowserSessionMode
    from .browser_session_request import BrowserSessionRequest
    from .browser_usage_item import BrowserUsageItem
    from .browser_usage_response import BrowserUsageResponse
    from .browser_usage_status import BrowserUsageStatus
    from .browser_usage_status_filter import BrowserUsageStatusFilter
    from .cancel_run_response import CancelRunResponse
    from .cancel_runs_batch_response import CancelRunsBatchResponse
    from .capture_config import CaptureConfig
    from .complete_event import CompleteEvent
    from .cursor_style import CursorStyle
    from .dataset import Dataset
    from .dataset_cancel_run_response import DatasetCancelRunResponse
    from .dataset_column_type import DatasetColumnType
    from .dataset_create_request import DatasetCreateRequest
    from .dataset_delete_response import DatasetDeleteResponse
    from .dataset_keep_when import DatasetKeepWhen
    from .dataset_list_response import DatasetListResponse
    from .dataset_pagination import DatasetPagination
    from .dataset_plan_request import DatasetPlanRequest
    from .dataset_plan_response import DatasetPlanResponse
    from .dataset_populate_request import DatasetPopulateRequest
    from .dataset_row import DatasetRow
    from .dataset_row_column import DatasetRowColumn
    from .dataset_rows_response import DatasetRowsResponse
    from .dataset_run import DatasetRun
    from .dataset_run_done_event import DatasetRunDoneEvent
    from .dataset_run_error_event import DatasetRunErrorEvent
    from .dataset_run_log_event import DatasetRunLogEvent
    from .dataset_run_row_event import DatasetRunRowEvent
    from .dataset_run_status import DatasetRunStatus
    from .dataset_run_status_event import DatasetRunStatusEvent
    from .dataset_spec import DatasetSpec
    from .dataset_spec_column import DatasetSpecColumn
    from .dataset_status import DatasetStatus
    from .error_code import ErrorCode
    from .error_info import ErrorInfo
    from .error_response import ErrorResponse
    from .fetch_error import FetchError
    from .fetch_error_code import FetchErrorCode
    from .fetch_format import FetchFormat
    from .fetch_highlights import FetchHighlights
    from .fetch_monitor_config import FetchMonitorConfig
    from .fetch_monitor_run import FetchMonitorRun
    from .fetch_request import FetchRequest
    from .fetch_response import FetchResponse
    from .fetch_result import FetchResult
    from .fetch_result_format import FetchResultFormat
    from .fetch_usage_item import FetchUsageItem
    from .fetch_usage_response import FetchUsageResponse
    from .field_metadata import FieldMetadata
    from .heartbeat_event import HeartbeatEvent
    from .highlight_snippet import HighlightSnippet
    from .json_object import JsonObject
    from .monitor import Monitor
    from .monitor_create_request import MonitorCreateRequest
    from .monitor_create_response import MonitorCreateResponse
    from .monitor_delete_response import MonitorDeleteResponse
    from .monitor_list_response import MonitorListResponse
    from .monitor_request_status import MonitorRequestStatus
    from .monitor_request_type import MonitorRequestType
    from .monitor_run_response import MonitorRunResponse
    from .monitor_status import MonitorStatus
    from .monitor_type import MonitorType
    from .monitor_update_request import MonitorUpdateRequest
    from .output_schema import OutputSchema
    from .output_schema_node import OutputSchemaNode
    from .pagination_info import PaginationInfo
    from .profile import Profile
    from .profile_create_request import ProfileCreateRequest
    from .profile_domains_skipped import ProfileDomainsSkipped
    from .profile_list_response import ProfileListResponse
    from .profile_rejected_site import ProfileRejectedSite
    from .profile_rejection_reason import ProfileRejectionReason
    from .profile_save_request import ProfileSaveRequest
    from .profile_save_result import ProfileSaveResult
    from .profile_setup_cancel_request import ProfileSetupCancelRequest
    from .profile_setup_cancelled import ProfileSetupCancelled
    from .profile_setup_request import ProfileSetupRequest
    from .profile_setup_session import ProfileSetupSession
    from .profile_setup_sign_in import ProfileSetupSignIn
    from .profile_sign_in_status import ProfileSignInStatus
    from .profile_user_confirmed_sites import ProfileUserConfirmedSites
    from .progress_event import ProgressEvent
    from .proxy_config import ProxyConfig
    from .proxy_country_code import ProxyCountryCode
    from .proxy_type import ProxyType
    from .research_cancel_response import ResearchCancelResponse
    from .research_claim import ResearchClaim
    from .research_created_event import ResearchCreatedEvent
    from .research_domain_filter import ResearchDomainFilter
    from .research_domain_filter_mode import ResearchDomainFilterMode
    from .research_domain_type import ResearchDomainType
    from .research_done_event import ResearchDoneEvent
    from .research_error import ResearchError
    from .research_error_event import ResearchErrorEvent
    from .research_event import ResearchEvent
    from .research_evidence import ResearchEvidence
    from .research_final_result_event import ResearchFinalResultEvent
    from .research_list_response import ResearchListResponse
    from .research_mode import ResearchMode
    from .research_plan import ResearchPlan
    from .research_progress_event_name import ResearchProgressEventName
    from .research_quick_result import ResearchQuickResult
    from .research_report import ResearchReport
    from .research_request import ResearchRequest
    from .research_run import ResearchRun
    from .research_run_async_response import ResearchRunAsyncResponse
    from .research_run_detail import ResearchRunDetail
    from .research_run_status import ResearchRunStatus
    from .research_run_status_filter import ResearchRunStatusFilter
    from .research_subquestion import ResearchSubquestion
    from .run import Run
    from .run_error import RunError
    from .run_error_category import RunErrorCategory
    from .run_ids_request import RunIdsRequest
    from .run_list_response import RunListResponse
    from .run_status import RunStatus
    from .run_status_filter import RunStatusFilter
    from .run_step import RunStep
    from .run_webhook import RunWebhook
    from .run_webhook_event import RunWebhookEvent
    from .runs_batch_response import RunsBatchResponse
    from .schema_validation import SchemaValidation
    from .schema_validation_error import SchemaValidationError
    from .screenshots_mode import ScreenshotsMode
    from .search_domain_type import SearchDomainType
    from .search_monitor_config import SearchMonitorConfig
    from .search_monitor_run import SearchMonitorRun
    from .search_query_response import SearchQueryResponse
    from .search_result import SearchResult
    from .search_usage_item import SearchUsageItem
    from .search_usage_response import SearchUsageResponse
    from .session_page import SessionPage
    from .sort_direction import SortDirection
    from .started_event import StartedEvent
    from .streaming_url_event import StreamingUrlEvent
    from .sync_summary import SyncSummary
    from .tinyfish_api import TinyfishApi
    from .usage_status import UsageStatus
    from .usage_status_filter import UsageStatusFilter
    from .vault_connect_request import VaultConnectRequest
    from .vault_connect_response import VaultConnectResponse
    from .vault_connection import VaultConnection
    from .vault_disconnect_response import VaultDisconnectResponse
    from .vault_field_type import VaultFieldType
    from .vault_item import VaultItem
    from .vault_list_connections_response import VaultListConnectionsResponse
    from .vault_list_items_response import VaultListItemsResponse
    from .vault_provider import VaultProvider
    from .vault_request_provider import VaultRequestProvider
    from .vault_sync_items_response import VaultSyncItemsResponse
    from .wallet_auto_reload_configured import WalletAutoReloadConfigured
    from .wallet_auto_reload_state import WalletAutoReloadState
    from .wallet_auto_reload_unconfigured import WalletAutoReloadUnconfigured
    from .wallet_meter import WalletMeter
    from .wallet_pending_top_up import WalletPendingTopUp
    from .wallet_rates import WalletRates
    from .wallet_response import WalletResponse

__all__ = [
    "AGENT_RUN_EVENT_MODELS",
    "AgentConfig",
    "AgentMode",
    "AgentRunAsyncResponse",
    "AgentRunBatchRequest",
    "AgentRunBatchResponse",
    "AgentRunEvent",
    "AgentRunFailure",
    "AgentRunRequest",
    "AgentRunResponse",
    "ApiResultEvent",
    "BatchRunItem",
    "BrowserConfig",
    "BrowserProfile",
    "BrowserProxyConfig",
    "BrowserProxyType",
    "BrowserSession",
    "BrowserSessionMode",
    "BrowserSessionRequest",
    "BrowserUsageItem",
    "BrowserUsageResponse",
    "BrowserUsageStatus",
    "BrowserUsageStatusFilter",
    "CancelRunResponse",
    "CancelRunsBatchResponse",
    "CaptureConfig",
    "CompleteEvent",
    "CursorStyle",
    "DATASET_RUN_EVENT_MODELS",
    "Dataset",
    "DatasetCancelRunResponse",
    "DatasetColumnType",
    "DatasetCreateRequest",
    "DatasetDeleteResponse",
    "DatasetKeepWhen",
    "DatasetListResponse",
    "DatasetPagination",
    "DatasetPlanRequest",
    "DatasetPlanResponse",
    "DatasetPopulateRequest",
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
    "DatasetSpec",
    "DatasetSpecColumn",
    "DatasetStatus",
    "ErrorCode",
    "ErrorInfo",
    "ErrorResponse",
    "FetchError",
    "FetchErrorCode",
    "FetchFormat",
    "FetchHighlights",
    "FetchMonitorConfig",
    "FetchMonitorRun",
    "FetchRequest",
    "FetchResponse",
    "FetchResult",
    "FetchResultFormat",
    "FetchUsageItem",
    "FetchUsageResponse",
    "FieldMetadata",
    "HeartbeatEvent",
    "HighlightSnippet",
    "JsonObject",
    "Monitor",
    "MonitorCreateRequest",
    "MonitorCreateResponse",
    "MonitorDeleteResponse",
    "MonitorListResponse",
    "MonitorRequestStatus",
    "MonitorRequestType",
    "MonitorRunResponse",
    "MonitorStatus",
    "MonitorType",
    "MonitorUpdateRequest",
    "OutputSchema",
    "OutputSchemaNode",
    "PaginationInfo",
    "Profile",
    "ProfileCreateRequest",
    "ProfileDomainsSkipped",
    "ProfileListResponse",
    "ProfileRejectedSite",
    "ProfileRejectionReason",
    "ProfileSaveRequest",
    "ProfileSaveResult",
    "ProfileSetupCancelRequest",
    "ProfileSetupCancelled",
    "ProfileSetupRequest",
    "ProfileSetupSession",
    "ProfileSetupSignIn",
    "ProfileSignInStatus",
    "ProfileUserConfirmedSites",
    "ProgressEvent",
    "ProxyConfig",
    "ProxyCountryCode",
    "ProxyType",
    "RESEARCH_STREAM_EVENT_MODELS",
    "ResearchCancelResponse",
    "ResearchClaim",
    "ResearchCreatedEvent",
    "ResearchDomainFilter",
    "ResearchDomainFilterMode",
    "ResearchDomainType",
    "ResearchDoneEvent",
    "ResearchError",
    "ResearchErrorEvent",
    "ResearchEvent",
    "ResearchEvidence",
    "ResearchFinalResultEvent",
    "ResearchListResponse",
    "ResearchMode",
    "ResearchPlan",
    "ResearchProgressEventName",
    "ResearchQuickResult",
    "ResearchReport",
    "ResearchRequest",
    "ResearchRun",
    "ResearchRunAsyncResponse",
    "ResearchRunDetail",
    "ResearchRunStatus",
    "ResearchRunStatusFilter",
    "ResearchStreamEvent",
    "ResearchSubquestion",
    "Run",
    "RunError",
    "RunErrorCategory",
    "RunIdsRequest",
    "RunListResponse",
    "RunStatus",
    "RunStatusFilter",
    "RunStep",
    "RunWebhook",
    "RunWebhookEvent",
    "RunsBatchResponse",
    "SchemaValidation",
    "SchemaValidationError",
    "ScreenshotsMode",
    "SearchDomainType",
    "SearchMonitorConfig",
    "SearchMonitorRun",
    "SearchQueryResponse",
    "SearchResult",
    "SearchUsageItem",
    "SearchUsageResponse",
    "SessionPage",
    "SortDirection",
    "StartedEvent",
    "StreamingUrlEvent",
    "SyncSummary",
    "TinyfishApi",
    "UsageStatus",
    "UsageStatusFilter",
    "VaultConnectRequest",
    "VaultConnectResponse",
    "VaultConnection",
    "VaultDisconnectResponse",
    "VaultFieldType",
    "VaultItem",
    "VaultListConnectionsResponse",
    "VaultListItemsResponse",
    "VaultProvider",
    "VaultRequestProvider",
    "VaultSyncItemsResponse",
    "WalletAutoReloadConfigured",
    "WalletAutoReloadState",
    "WalletAutoReloadUnconfigured",
    "WalletMeter",
    "WalletPendingTopUp",
    "WalletRates",
    "WalletResponse",
    "decode_agent_run_event",
    "decode_dataset_run_event",
    "decode_research_stream_event",
]

_HOMES = {
    "AGENT_RUN_EVENT_MODELS": "..api.agent.stream_run",
    "AgentConfig": ".agent_config",
    "AgentMode": ".agent_mode",
    "AgentRunAsyncResponse": ".agent_run_async_response",
    "AgentRunBatchRequest": ".agent_run_batch_request",
    "AgentRunBatchResponse": ".agent_run_batch_response",
    "AgentRunEvent": "..api.agent.stream_run",
    "AgentRunFailure": ".agent_run_failure",
    "AgentRunRequest": ".agent_run_request",
    "AgentRunResponse": ".agent_run_response",
    "ApiResultEvent": ".api_result_event",
    "BatchRunItem": ".batch_run_item",
    "BrowserConfig": ".browser_config",
    "BrowserProfile": ".browser_profile",
    "BrowserProxyConfig": ".browser_proxy_config",
    "BrowserProxyType": ".browser_proxy_type",
    "BrowserSession": ".browser_session",
    "BrowserSessionMode": ".browser_session_mode",
    "BrowserSessionRequest": ".browser_session_request",
    "BrowserUsageItem": ".browser_usage_item",
    "BrowserUsageResponse": ".browser_usage_response",
    "BrowserUsageStatus": ".browser_usage_status",
    "BrowserUsageStatusFilter": ".browser_usage_status_filter",
    "CancelRunResponse": ".cancel_run_response",
    "CancelRunsBatchResponse": ".cancel_runs_batch_response",
    "CaptureConfig": ".capture_config",
    "CompleteEvent": ".complete_event",
    "CursorStyle": ".cursor_style",
    "DATASET_RUN_EVENT_MODELS": "..api.datasets.follow_dataset_run",
    "Dataset": ".dataset",
    "DatasetCancelRunResponse": ".dataset_cancel_run_response",
    "DatasetColumnType": ".dataset_column_type",
    "DatasetCreateRequest": ".dataset_create_request",
    "DatasetDeleteResponse": ".dataset_delete_response",
    "DatasetKeepWhen": ".dataset_keep_when",
    "DatasetListResponse": ".dataset_list_response",
    "DatasetPagination": ".dataset_pagination",
    "DatasetPlanRequest": ".dataset_plan_request",
    "DatasetPlanResponse": ".dataset_plan_response",
    "DatasetPopulateRequest": ".dataset_populate_request",
    "DatasetRow": ".dataset_row",
    "DatasetRowColumn": ".dataset_row_column",
    "DatasetRowsResponse": ".dataset_rows_response",
    "DatasetRun": ".dataset_run",
    "DatasetRunDoneEvent": ".dataset_run_done_event",
    "DatasetRunErrorEvent": ".dataset_run_error_event",
    "DatasetRunEvent": "..api.datasets.follow_dataset_run",
    "DatasetRunLogEvent": ".dataset_run_log_event",
    "DatasetRunRowEvent": ".dataset_run_row_event",
    "DatasetRunStatus": ".dataset_run_status",
    "DatasetRunStatusEvent": ".dataset_run_status_event",
    "DatasetSpec": ".dataset_spec",
    "DatasetSpecColumn": ".dataset_spec_column",
    "DatasetStatus": ".dataset_status",
    "ErrorCode": ".error_code",
    "ErrorInfo": ".error_info",
    "ErrorResponse": ".error_response",
    "FetchError": ".fetch_error",
    "FetchErrorCode": ".fetch_error_code",
    "FetchFormat": ".fetch_format",
    "FetchHighlights": ".fetch_highlights",
    "FetchMonitorConfig": ".fetch_monitor_config",
    "FetchMonitorRun": ".fetch_monitor_run",
    "FetchRequest": ".fetch_request",
    "FetchResponse": ".fetch_response",
    "FetchResult": ".fetch_result",
    "FetchResultFormat": ".fetch_result_format",
    "FetchUsageItem": ".fetch_usage_item",
    "FetchUsageResponse": ".fetch_usage_response",
    "FieldMetadata": ".field_metadata",
    "HeartbeatEvent": ".heartbeat_event",
    "HighlightSnippet": ".highlight_snippet",
    "JsonObject": ".json_object",
    "Monitor": ".monitor",
    "MonitorCreateRequest": ".monitor_create_request",
    "MonitorCreateResponse": ".monitor_create_response",
    "MonitorDeleteResponse": ".monitor_delete_response",
    "MonitorListResponse": ".monitor_list_response",
    "MonitorRequestStatus": ".monitor_request_status",
    "MonitorRequestType": ".monitor_request_type",
    "MonitorRunResponse": ".monitor_run_response",
    "MonitorStatus": ".monitor_status",
    "MonitorType": ".monitor_type",
    "MonitorUpdateRequest": ".monitor_update_request",
    "OutputSchema": ".output_schema",
    "OutputSchemaNode": ".output_schema_node",
    "PaginationInfo": ".pagination_info",
    "Profile": ".profile",
    "ProfileCreateRequest": ".profile_create_request",
    "ProfileDomainsSkipped": ".profile_domains_skipped",
    "ProfileListResponse": ".profile_list_response",
    "ProfileRejectedSite": ".profile_rejected_site",
    "ProfileRejectionReason": ".profile_rejection_reason",
    "ProfileSaveRequest": ".profile_save_request",
    "ProfileSaveResult": ".profile_save_result",
    "ProfileSetupCancelRequest": ".profile_setup_cancel_request",
    "ProfileSetupCancelled": ".profile_setup_cancelled",
    "ProfileSetupRequest": ".profile_setup_request",
    "ProfileSetupSession": ".profile_setup_session",
    "ProfileSetupSignIn": ".profile_setup_sign_in",
    "ProfileSignInStatus": ".profile_sign_in_status",
    "ProfileUserConfirmedSites": ".profile_user_confirmed_sites",
    "ProgressEvent": ".progress_event",
    "ProxyConfig": ".proxy_config",
    "ProxyCountryCode": ".proxy_country_code",
    "ProxyType": ".proxy_type",
    "RESEARCH_STREAM_EVENT_MODELS": "..api.research.follow_research",
    "ResearchCancelResponse": ".research_cancel_response",
    "ResearchClaim": ".research_claim",
    "ResearchCreatedEvent": ".research_created_event",
    "ResearchDomainFilter": ".research_domain_filter",
    "ResearchDomainFilterMode": ".research_domain_filter_mode",
    "ResearchDomainType": ".research_domain_type",
    "ResearchDoneEvent": ".research_done_event",
    "ResearchError": ".research_error",
    "ResearchErrorEvent": ".research_error_event",
    "ResearchEvent": ".research_event",
    "ResearchEvidence": ".research_evidence",
    "ResearchFinalResultEvent": ".research_final_result_event",
    "ResearchListResponse": ".research_list_response",
    "ResearchMode": ".research_mode",
    "ResearchPlan": ".research_plan",
    "ResearchProgressEventName": ".research_progress_event_name",
    "ResearchQuickResult": ".research_quick_result",
    "ResearchReport": ".research_report",
    "ResearchRequest": ".research_request",
    "ResearchRun": ".research_run",
    "ResearchRunAsyncResponse": ".research_run_async_response",
    "ResearchRunDetail": ".research_run_detail",
    "ResearchRunStatus": ".research_run_status",
    "ResearchRunStatusFilter": ".research_run_status_filter",
    "ResearchStreamEvent": "..api.research.follow_research",
    "ResearchSubquestion": ".research_subquestion",
    "Run": ".run",
    "RunError": ".run_error",
    "RunErrorCategory": ".run_error_category",
    "RunIdsRequest": ".run_ids_request",
    "RunListResponse": ".run_list_response",
    "RunStatus": ".run_status",
    "RunStatusFilter": ".run_status_filter",
    "RunStep": ".run_step",
    "RunWebhook": ".run_webhook",
    "RunWebhookEvent": ".run_webhook_event",
    "RunsBatchResponse": ".runs_batch_response",
    "SchemaValidation": ".schema_validation",
    "SchemaValidationError": ".schema_validation_error",
    "ScreenshotsMode": ".screenshots_mode",
    "SearchDomainType": ".search_domain_type",
    "SearchMonitorConfig": ".search_monitor_config",
    "SearchMonitorRun": ".search_monitor_run",
    "SearchQueryResponse": ".search_query_response",
    "SearchResult": ".search_result",
    "SearchUsageItem": ".search_usage_item",
    "SearchUsageResponse": ".search_usage_response",
    "SessionPage": ".session_page",
    "SortDirection": ".sort_direction",
    "StartedEvent": ".started_event",
    "StreamingUrlEvent": ".streaming_url_event",
    "SyncSummary": ".sync_summary",
    "TinyfishApi": ".tinyfish_api",
    "UsageStatus": ".usage_status",
    "UsageStatusFilter": ".usage_status_filter",
    "VaultConnectRequest": ".vault_connect_request",
    "VaultConnectResponse": ".vault_connect_response",
    "VaultConnection": ".vault_connection",
    "VaultDisconnectResponse": ".vault_disconnect_response",
    "VaultFieldType": ".vault_field_type",
    "VaultItem": ".vault_item",
    "VaultListConnectionsResponse": ".vault_list_connections_response",
    "VaultListItemsResponse": ".vault_list_items_response",
    "VaultProvider": ".vault_provider",
    "VaultRequestProvider": ".vault_request_provider",
    "VaultSyncItemsResponse": ".vault_sync_items_response",
    "WalletAutoReloadConfigured": ".wallet_auto_reload_configured",
    "WalletAutoReloadState": ".wallet_auto_reload_state",
    "WalletAutoReloadUnconfigured": ".wallet_auto_reload_unconfigured",
    "WalletMeter": ".wallet_meter",
    "WalletPendingTopUp": ".wallet_pending_top_up",
    "WalletRates": ".wallet_rates",
    "WalletResponse": ".wallet_response",
    "decode_agent_run_event": "..api.agent.stream_run",
    "decode_dataset_run_event": "..api.datasets.follow_dataset_run",
    "decode_research_stream_event": "..api.research.follow_research",
}

if not TYPE_CHECKING:  # type checkers would accept any name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
