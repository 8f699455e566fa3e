# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The models of openapi.yaml, under the names that they have there."""

from __future__ import annotations

from typing import TypeAlias

from ..types import decode_variant
from .agent_config import AgentConfig
from .agent_mode import AgentMode
from .agent_run_async_response import AgentRunAsyncResponse
from .agent_run_batch_request import AgentRunBatchRequest
from .agent_run_batch_response import AgentRunBatchResponse
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
from .cancel_run_response import CancelRunResponse
from .cancel_runs_batch_response import CancelRunsBatchResponse
from .capture_config import CaptureConfig
from .complete_event import CompleteEvent
from .cursor_style import CursorStyle
from .error_code import ErrorCode
from .error_info import ErrorInfo
from .error_response import ErrorResponse
from .heartbeat_event import HeartbeatEvent
from .json_object import JsonObject
from .pagination_info import PaginationInfo
from .progress_event import ProgressEvent
from .proxy_config import ProxyConfig
from .proxy_country_code import ProxyCountryCode
from .proxy_type import ProxyType
from .run import Run
from .run_error import RunError
from .run_error_category import RunErrorCategory
from .run_ids_request import RunIdsRequest
from .run_list_response import RunListResponse
from .run_status import RunStatus
from .run_step import RunStep
from .run_webhook import RunWebhook
from .run_webhook_event import RunWebhookEvent
from .runs_batch_response import RunsBatchResponse
from .schema_validation import SchemaValidation
from .schema_validation_error import SchemaValidationError
from .screenshots_mode import ScreenshotsMode
from .session_page import SessionPage
from .sort_direction import SortDirection
from .started_event import StartedEvent
from .streaming_url_event import StreamingUrlEvent
from .tinyfish_api import TinyfishApi

AgentRunEvent: TypeAlias = (
    StartedEvent | StreamingUrlEvent | ProgressEvent | HeartbeatEvent | ApiResultEvent | CompleteEvent
)
"""One event of a run that is streamed."""

AGENT_RUN_EVENT_MODELS: dict[str, type[AgentRunEvent]] = {
    "STARTED": StartedEvent,
    "STREAMING_URL": StreamingUrlEvent,
    "PROGRESS": ProgressEvent,
    "HEARTBEAT": HeartbeatEvent,
    "TF_API_RESULT": ApiResultEvent,
    "COMPLETE": CompleteEvent,
}
"""The model of each event, by its `type`."""


def decode_agent_run_event(src: object) -> AgentRunEvent | None:
    """Make the model of one event; None if its `type` is not known here.

    Raises:
        DecodeError: It is not an object.
    """
    return decode_variant(AGENT_RUN_EVENT_MODELS, "type", src)


__all__ = [
    "AGENT_RUN_EVENT_MODELS",
    "AgentConfig",
    "AgentMode",
    "AgentRunAsyncResponse",
    "AgentRunBatchRequest",
    "AgentRunBatchResponse",
    "AgentRunEvent",
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
    "CancelRunResponse",
    "CancelRunsBatchResponse",
    "CaptureConfig",
    "CompleteEvent",
    "CursorStyle",
    "ErrorCode",
    "ErrorInfo",
    "ErrorResponse",
    "HeartbeatEvent",
    "JsonObject",
    "PaginationInfo",
    "ProgressEvent",
    "ProxyConfig",
    "ProxyCountryCode",
    "ProxyType",
    "Run",
    "RunError",
    "RunErrorCategory",
    "RunIdsRequest",
    "RunListResponse",
    "RunStatus",
    "RunStep",
    "RunWebhook",
    "RunWebhookEvent",
    "RunsBatchResponse",
    "SchemaValidation",
    "SchemaValidationError",
    "ScreenshotsMode",
    "SessionPage",
    "SortDirection",
    "StartedEvent",
    "StreamingUrlEvent",
    "TinyfishApi",
    "decode_agent_run_event",
]
