"""The names, values, bounds and statuses in openapi.yaml match the API."""

from typing import Any

import pytest
from contracts import SESSION_SPEC, SPEC
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = Any

SCHEMAS: dict[str, Json] = SPEC["components"]["schemas"]
REGISTRY: Registry[Json] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(SPEC))

# The public names: what a component is called here is what its class is called in every client.
MODELS = set(
    """
    AgentRunRequest BatchRunItem AgentRunBatchRequest RunIdsRequest BrowserSessionRequest ProxyConfig
    BrowserProxyConfig AgentConfig CaptureConfig JsonObject OutputSchema OutputSchemaNode
    AgentRunResponse AgentRunAsyncResponse
    AgentRunBatchResponse Run RunStep RunError SchemaValidation SchemaValidationError BrowserConfig
    RunListResponse PaginationInfo RunsBatchResponse CancelRunResponse CancelRunsBatchResponse BrowserSession
    BrowserUsageItem BrowserUsageResponse AgentRunFailure RunWebhook ErrorResponse ErrorInfo AgentRunEvent
    StartedEvent StreamingUrlEvent ProgressEvent HeartbeatEvent ApiResultEvent CompleteEvent
    WalletResponse WalletAutoReload WalletAutoReloadUnconfigured WalletAutoReloadConfigured WalletPendingTopUp
    WalletRates WalletMeter
    MonitorCreateRequest MonitorUpdateRequest MonitorConfig SearchMonitorConfig FetchMonitorConfig Monitor MonitorRun
    SearchMonitorRun FetchMonitorRun MonitorCreateResponse MonitorListResponse MonitorRunResponse
    MonitorDeleteResponse
    DatasetPlanRequest DatasetCreateRequest DatasetPopulateRequest DatasetSpec DatasetSpecColumn DatasetKeepWhen
    Dataset DatasetRun DatasetPlanResponse DatasetListResponse DatasetPagination DatasetRowsResponse
    DatasetRunEvent DatasetRunStatusEvent DatasetRunRowEvent DatasetRunLogEvent DatasetRunErrorEvent
    DatasetRunDoneEvent
    DatasetRowColumn DatasetRow DatasetDeleteResponse DatasetCancelRunResponse
    ProfileCreateRequest ProfileSetupRequest ProfileSaveRequest ProfileSetupCancelRequest Profile
    ProfileListResponse ProfileSetupSession ProfileSaveResult ProfileDomainsSkipped ProfileSetupSignIn
    ProfileUserConfirmedSites ProfileRejectedSite ProfileSetupCancelled
    VaultConnectRequest VaultConnectResponse VaultConnection VaultListConnectionsResponse VaultDisconnectResponse
    VaultItem FieldMetadata VaultListItemsResponse VaultSyncItemsResponse SyncSummary
    SearchQueryResponse SearchResult SearchUsageItem SearchUsageResponse
    ResearchRequest ResearchDomainFilter ResearchRunAsyncResponse ResearchError ResearchRun ResearchRunDetail
    ResearchQuickResult ResearchReport ResearchPlan ResearchSubquestion ResearchEvidence ResearchClaim
    ResearchListResponse ResearchCancelResponse ResearchStreamEvent ResearchCreatedEvent
    ResearchFinalResultEvent ResearchErrorEvent ResearchDoneEvent ResearchEvent
    FetchRequest FetchHighlights FetchResponse FetchResult FetchError HighlightSnippet FetchUsageItem
    FetchUsageResponse
    """.split()  # noqa: SIM905 - a list literal would be a line for each
)
# What people send: a wrong value is wrong.
CLOSED_ENUMS = {
    "RunStatusFilter": "PENDING RUNNING COMPLETED FAILED CANCELLED",
    "BrowserUsageStatusFilter": "running ended",
    "SortDirection": "asc desc",
    "BrowserProfile": "lite stealth",
    "ProxyType": "tetra custom",
    "BrowserProxyType": "tinyfish custom",
    "AgentMode": "default strict",
    "CursorStyle": "fish standard green-pointer",
    "ScreenshotsMode": "base64 none",
    "SearchDomainType": "web news research_paper",
    "ResearchDomainType": "web news research_paper",
    "ResearchDomainFilterMode": "include exclusive",
    "ResearchMode": "deep max",
    "ResearchRunStatusFilter": "QUEUED RUNNING COMPLETED FAILED CANCELLED TIMED_OUT",
    "FetchFormat": "markdown html json",
    "VaultRequestProvider": "1password bitwarden",
    "MonitorRequestType": "search fetch",
    "MonitorRequestStatus": "paused active",
    "UsageStatusFilter": "completed failed",
}
# What a server sends, or a set that has grown: a plain string with the values so far.
OPEN_VALUES = {
    "RunStatus": "PENDING RUNNING COMPLETED FAILED CANCELLED",
    "ProxyCountryCode": "US GB CA DE FR JP AU",
    "RunErrorCategory": "SYSTEM_FAILURE AGENT_FAILURE BILLING_FAILURE UNKNOWN",
    "ErrorCode": (
        "MISSING_API_KEY INVALID_API_KEY INVALID_INPUT RATE_LIMIT_EXCEEDED INTERNAL_ERROR UNAUTHORIZED "
        "FORBIDDEN NOT_FOUND SERVICE_BUSY TIMEOUT INSUFFICIENT_CREDITS CONTENT_POLICY_VIOLATION "
        "MAX_STEPS_EXCEEDED SITE_BLOCKED TASK_FAILED CANCELLED FEATURE_NOT_AVAILABLE RETRY_REQUIRED "
        "VAULT_RECONNECT_REQUIRED"
    ),
    "BrowserUsageStatus": "running ended created",
    "BrowserSessionMode": "light stealth tf-browser",
    "TinyfishApi": "search fetch",
    "RunWebhookEvent": "run.completed run.failed run.cancelled",
    "VaultProvider": "1password bitwarden",
    "VaultFieldType": "STRING CONCEALED OTP",
    "ProfileSignInStatus": "recorded already_recorded not_detected unverifiable",
    "ProfileRejectionReason": "invalid_site not_saved no_sign_in_cookie record_failed",
    "DatasetColumnType": "string number boolean url date",
    "DatasetStatus": "empty populating ready failed cancelled",
    "DatasetRunStatus": "queued running done cancelled failed",
    "MonitorType": "search fetch",
    "MonitorStatus": "creating active paused failed cancelled",
    "FetchResultFormat": "markdown html json",
    "FetchErrorCode": (
        "target_http_error target_unreachable timeout proxy_error bot_blocked empty_content invalid_url "
        "invalid_redirect_url"
    ),
    "UsageStatus": "completed failed",
    "ResearchRunStatus": "QUEUED RUNNING COMPLETED FAILED CANCELLED TIMED_OUT",
    "ResearchProgressEventName": (
        "session run_status heartbeat plan_updated plan_awaiting_approval plan_review_resolved "
        "sources_searching sources_searched site_mapped sources_fetching source_fetched agent_run_started "
        "agent_run_completed synthesis_delta synthesis_discarded partial_summary evidence_snapshot run_stats"
    ),
    "WalletAutoReloadState": "unconfigured on off paused_payment_failed needs_payment_method",
}


def errors(name: str, instance: Json) -> list[str]:
    """What is wrong with an instance of a component."""
    validator = Draft202012Validator(
        {"$ref": f"urn:contract#/components/schemas/{name}"},
        registry=REGISTRY,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [error.message for error in validator.iter_errors(instance)]


def test_components_have_the_public_names() -> None:
    assert set(SCHEMAS) == {*MODELS, *CLOSED_ENUMS, *OPEN_VALUES}
    assert set(SESSION_SPEC["components"]["schemas"]) == {"SessionPage"}


@pytest.mark.parametrize("name", CLOSED_ENUMS)
def test_enum_of_a_request_has_its_values(name: str) -> None:
    assert SCHEMAS[name]["type"] == "string"
    assert SCHEMAS[name]["enum"] == CLOSED_ENUMS[name].split()


@pytest.mark.parametrize("name", OPEN_VALUES)
def test_what_is_open_is_a_string_with_known_values(name: str) -> None:
    assert SCHEMAS[name]["type"] == "string"
    assert SCHEMAS[name]["x-known-values"] == OPEN_VALUES[name].split()
    assert "enum" not in SCHEMAS[name]


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("AgentRunResponse", {"run_id", "status"}),
        ("AgentRunAsyncResponse", {"run_id"}),
        ("AgentRunBatchResponse", {"run_ids"}),
        ("Run", {"run_id", "status", "goal", "created_at"}),
        ("RunError", {"message"}),
        ("RunListResponse", {"data", "pagination"}),
        ("PaginationInfo", {"has_more"}),
        ("BrowserSession", {"session_id", "cdp_url", "base_url"}),
        ("CompleteEvent", {"type", "run_id", "status"}),
        ("HeartbeatEvent", {"type"}),
        ("ErrorInfo", {"code", "message"}),
    ],
)
def test_responses_require_only_what_is_always_sent(name: str, required: set[str]) -> None:
    assert set(SCHEMAS[name]["required"]) == required


def test_statuses() -> None:
    answers = {
        operation["operationId"]: " ".join(operation["responses"])
        for spec in (SPEC, SESSION_SPEC)
        for item in spec["paths"].values()
        for operation in item.values()
        if "responses" in operation
    }
    read, started = "200 400 401 403 429 500 503 default", "200 400 401 402 403 429 500 503 default"
    assert answers == {
        **dict.fromkeys(["runAgent", "queueRun", "streamRun", "queueRuns"], started),
        **dict.fromkeys(["listRuns", "getRunsBatch", "cancelRunsBatch"], read),
        **dict.fromkeys(["getRun", "cancelRun"], "200 400 401 403 404 429 500 503 default"),
        "createBrowserSession": "201 400 401 402 403 404 429 500 502 503 default",
        "deleteBrowserSession": "204 400 401 403 404 429 500 502 503 default",
        "listBrowserUsage": "200 400 401 403 404 429 500 502 503 default",
        "listSessionPages": "200 404 default",
        **dict.fromkeys(["queueResearch", "streamResearch"], "200 400 401 402 403 404 429 500 503 default"),
        **dict.fromkeys(
            ["listResearch", "getResearch", "cancelResearch", "followResearch"],
            "200 400 401 403 404 429 500 503 default",
        ),
        **dict.fromkeys(
            ["searchWeb", "listSearchUsage", "fetchContents", "listFetchUsage"],
            "200 400 401 402 403 404 429 500 503 default",
        ),
        "createMonitor": "201 400 401 402 403 404 429 500 503 default",
        **dict.fromkeys(
            ["listMonitors", "getMonitor", "deleteMonitor"], "200 400 401 402 403 404 429 500 503 default"
        ),
        "updateMonitor": "200 400 401 402 403 404 409 429 500 503 default",
        "runMonitor": "201 400 401 402 403 404 409 429 500 503 default",
        **dict.fromkeys(
            ["listProfiles", "connectVault", "listVaultConnections", "disconnectVault", "listVaultItems"],
            "200 400 401 402 403 404 429 500 503 default",
        ),
        "syncVaultItems": "200 400 401 402 403 404 429 500 503 default",
        **dict.fromkeys(
            ["createProfile", "startProfileSetup"], "201 400 401 402 403 404 409 429 500 503 default"
        ),
        **dict.fromkeys(
            ["saveProfileSetup", "cancelProfileSetup"], "200 400 401 402 403 404 409 429 500 503 default"
        ),
        "planDataset": "200 400 401 402 403 404 422 429 500 503 default",
        "createDataset": "201 202 400 401 402 403 404 409 422 429 500 503 default",
        "populateDataset": "202 400 401 402 403 404 409 422 429 500 503 default",
        **dict.fromkeys(
            ["listDatasets", "getDataset", "listDatasetRows", "followDatasetRun"],
            "200 400 401 402 403 404 429 500 503 default",
        ),
        **dict.fromkeys(
            ["deleteDataset", "cancelDatasetRun"], "200 400 401 402 403 404 409 429 500 503 default"
        ),
        "getWallet": "200 401 403 404 429 500 503 default",
    }


START = {"url": "https://shop.example", "goal": "Read the price"}


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        ("AgentRunRequest", START),
        ("AgentRunRequest", {**START, "agent_config": {"max_steps": 1}}),
        ("AgentRunRequest", {**START, "agent_config": {"max_steps": 500}}),
        ("AgentRunRequest", {**START, "proxy_config": {"enabled": True, "country_code": "NO"}}),
        ("AgentRunBatchRequest", {"runs": [START] * 100}),
        ("RunIdsRequest", {"run_ids": ["a"] * 100}),
        ("BrowserSessionRequest", {}),
        ("BrowserSessionRequest", {"url": "shop.example", "timeout_seconds": 5}),
        ("BrowserSessionRequest", {"timeout_seconds": 86400}),
        ("BrowserSessionRequest", {"proxy_config": {}}),
        ("ErrorResponse", {"error": {"code": "BRAND_NEW", "message": "m"}}),
        ("AgentRunResponse", {"run_id": None, "status": "FAILED"}),
        ("AgentRunAsyncResponse", {"run_id": None, "error": {"code": "c", "message": "m"}}),
        *(
            ("AgentRunResponse", {"run_id": "r", "status": "COMPLETED", "result": r})
            for r in ([1], "text", 3, {})
        ),
        ("CompleteEvent", {"type": "COMPLETE", "run_id": "r", "status": "FAILED", "error": "It broke"}),
        ("AgentRunFailure", {"error": {"code": "INTERNAL_ERROR", "message": "m"}, "request_id": "q"}),
        (
            "Run",
            {"run_id": "r", "status": "PENDING", "goal": "g", "created_at": "2026-11-01T09:00:00Z", "new": 1},
        ),
    ],
)
def test_takes(name: str, instance: Json) -> None:
    assert errors(name, instance) == []


@pytest.mark.parametrize(
    ("name", "instance", "complaint"),
    [
        ("AgentRunRequest", {"url": "https://shop.example"}, "'goal' is a required property"),
        ("AgentRunRequest", {"goal": "Read"}, "'url' is a required property"),
        ("AgentRunRequest", {**START, "goal": ""}, "'' should be non-empty"),
        (
            "AgentRunRequest",
            {**START, "browser_profile": "turbo"},
            "'turbo' is not one of ['lite', 'stealth']",
        ),
        ("AgentRunRequest", {**START, "webhook_url": "http://a.example"}, "does not match '^https://"),
        ("AgentRunRequest", {**START, "agent_config": {"max_steps": 0}}, "0 is less than the minimum of 1"),
        (
            "AgentRunRequest",
            {**START, "agent_config": {"max_steps": 501}},
            "501 is greater than the maximum of 500",
        ),
        (
            "AgentRunRequest",
            {**START, "agent_config": {"max_duration_seconds": 0}},
            "0 is less than the minimum of 1",
        ),
        (
            "AgentRunRequest",
            {**START, "use_vault": True, "credential_item_ids": []},
            "[] should be non-empty",
        ),
        (
            "AgentRunRequest",
            {**START, "use_vault": True, "credential_item_ids": [""]},
            "'' should be non-empty",
        ),
        ("AgentRunRequest", {**START, "use_profile": True, "profile_id": ""}, "'' should be non-empty"),
        ("AgentRunRequest", {**START, "output_schema": True}, "True is not of type 'object'"),
        ("AgentRunRequest", {**START, "proxy_config": {}}, "'enabled' is a required property"),
        (
            "AgentRunRequest",
            {**START, "proxy_config": {"enabled": True, "type": "tinyfish"}},
            "is not one of",
        ),
        (
            "AgentRunRequest",
            {**START, "proxy_config": {"enabled": True, "country_code": "USA"}},
            "does not match",
        ),
        ("AgentRunRequest", {**START, "colour": "red"}, "Unevaluated properties"),
        ("AgentRunRequest", {**START, "url": "shop.example"}, "does not match"),
        ("ProxyConfig", {"enabled": True, "type": "custom"}, "'url' is a required property"),
        ("BrowserProxyConfig", {"type": "custom"}, "'url' is a required property"),
        ("AgentRunRequest", {**START, "output_schema": {"type": "array"}}, "'object' was expected"),
        ("AgentRunRequest", {**START, "output_schema": {"oneOf": []}}, "'oneOf' is not one of"),
        ("OutputSchema", {"properties": {"a": {"enum": ["x"]}}}, "'type' is a required property"),
        ("AgentRunBatchRequest", {"runs": [{**START, "output_schema": {}}]}, "Unevaluated properties"),
        ("AgentRunBatchRequest", {"runs": [START], "colour": 1}, "Unevaluated properties"),
        ("RunIdsRequest", {"run_ids": ["a"], "colour": 1}, "Unevaluated properties"),
        ("BrowserSessionRequest", {"url": ""}, "does not match"),
        ("BrowserSessionRequest", {"url": "ftp://shop.example"}, "does not match"),
        ("AgentRunBatchRequest", {"runs": []}, "[] should be non-empty"),
        ("FetchRequest", {"urls": []}, "[] should be non-empty"),
        ("FetchRequest", {"urls": ["https://a.example"] * 11}, "is too long"),
        (
            "FetchRequest",
            {"urls": ["u"], "per_url_timeout_ms": 110001},
            "is greater than the maximum of 110000",
        ),
        ("FetchHighlights", {"query": "q", "max_snippets": 21}, "is greater than the maximum of 20"),
        ("AgentRunBatchRequest", {"runs": [START] * 101}, "is too long"),
        ("RunIdsRequest", {"run_ids": []}, "[] should be non-empty"),
        ("RunIdsRequest", {"run_ids": ["a"] * 101}, "is too long"),
        ("BrowserSessionRequest", {"timeout_seconds": 4}, "4 is less than the minimum of 5"),
        ("BrowserSessionRequest", {"timeout_seconds": 86401}, "86401 is greater than the maximum of 86400"),
        (
            "BrowserSessionRequest",
            {"proxy_config": {"type": "tetra"}},
            "is not one of ['tinyfish', 'custom']",
        ),
        (
            "StartedEvent",
            {"type": "STARTED", "run_id": "r", "timestamp": "noon"},
            "'noon' is not a 'date-time'",
        ),
        ("AgentRunEvent", {"type": "STEP", "run_id": "r"}, "is not valid under any"),
    ],
)
def test_refuses(name: str, instance: Json, complaint: str) -> None:
    (message,) = errors(name, instance)
    assert complaint in message


@pytest.mark.parametrize(
    ("path", "name", "schema"),
    [
        ("/v1/runs", "goal", {"type": "string", "maxLength": 500}),
        ("/v1/runs", "limit", {"type": "integer", "minimum": 1, "maximum": 100, "x-default": 20}),
        ("/v1/runs", "created_after", {"type": "string", "format": "date-time"}),
        ("/v1/runs", "created_before", {"type": "string", "format": "date-time"}),
        ("/v1/runs/{run_id}", "run_id", {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
        ("/v1/browser/usage", "limit", {"type": "integer", "minimum": 1, "maximum": 1000, "x-default": 100}),
        ("/v1/browser/usage", "page", {"type": "integer", "minimum": 1, "x-default": 1}),
        ("/v1/fetch/usage", "limit", {"type": "integer", "minimum": 1, "maximum": 1000, "x-default": 100}),
        ("/v1/fetch/usage", "page", {"type": "integer", "minimum": 1, "x-default": 1}),
    ],
)
def test_parameter_bounds(path: str, name: str, schema: Json) -> None:
    parameters = [*SPEC["paths"][path]["get"]["parameters"], *SPEC["components"]["parameters"].values()]
    (found,) = (parameter for parameter in parameters if parameter.get("name") == name)
    assert found["schema"] == schema


@pytest.mark.parametrize(
    ("component", "name", "default"),
    [
        ("BatchRunItem", "browser_profile", "lite"),
        ("BatchRunItem", "use_vault", False),
        ("ProxyConfig", "type", "tetra"),
        ("BrowserProxyConfig", "type", "tinyfish"),
        ("BrowserProxyConfig", "enabled", True),
        ("AgentConfig", "mode", "default"),
        ("AgentConfig", "max_steps", 150),
        ("CaptureConfig", "screenshots", False),
    ],
)
def test_defaults(component: str, name: str, default: Json) -> None:
    assert SCHEMAS[component]["properties"][name]["x-default"] == default
