# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The contract's constraints on each value of a request. Clients check them before they send anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Rule(NamedTuple):
    """The constraints on a value."""

    type: str
    """`string`, `boolean`, `integer`, `number`, `array` or `object`."""
    required: bool = False
    """Whether the value is required."""
    values: tuple[str, ...] = ()
    """The values of a closed enum."""
    minimum: int | None = None
    maximum: int | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    """A Python regular expression that must match somewhere in the string."""
    is_moment: bool = False
    """Whether a string is a date and time."""
    min_items: int = 0
    max_items: int | None = None
    items: Rule | None = None
    """The constraints on each item of an array."""
    fields: Mapping[str, Rule] | None = None
    """The constraints on each field of an object; None if it can have any fields."""


SECRET_FIELDS: frozenset[str] = frozenset(["clientId", "clientSecret", "masterPassword", "password", "token"])
"""The fields of requests whose values must never be shown: `format: password`."""


AGENT_CONFIG: Mapping[str, Rule] = {
    "mode": Rule("string", values=("default", "strict")),
    "max_steps": Rule("integer", minimum=1, maximum=500),
    "max_duration_seconds": Rule("integer", minimum=1),
    "cursor_style": Rule("string", values=("fish", "standard", "green-pointer")),
}


PROXY_CONFIG: Mapping[str, Rule] = {
    "enabled": Rule("boolean", required=True),
    "type": Rule("string", values=("tetra", "custom")),
    "country_code": Rule("string", pattern="^[A-Z]{2}\\Z"),
    "url": Rule("string", pattern="^[A-Za-z][A-Za-z0-9+.-]*:[^\\x00-\\x20]+\\Z"),
    "username": Rule("string"),
    "password": Rule("string"),
}


CAPTURE_CONFIG: Mapping[str, Rule] = {
    "elements": Rule("boolean"),
    "snapshots": Rule("boolean"),
    "screenshots": Rule("boolean"),
    "recording": Rule("boolean"),
    "html": Rule("boolean"),
}


BATCH_RUN_ITEM: Mapping[str, Rule] = {
    "url": Rule("string", required=True, pattern="^[A-Za-z][A-Za-z0-9+.-]*:[^\\x00-\\x20]+\\Z"),
    "goal": Rule("string", required=True, min_length=1),
    "browser_profile": Rule("string", values=("lite", "stealth")),
    "proxy_config": Rule("object", fields=PROXY_CONFIG),
    "agent_config": Rule("object", fields=AGENT_CONFIG),
    "capture_config": Rule("object", fields=CAPTURE_CONFIG),
    "webhook_url": Rule("string", pattern="^https://[^\\x00-\\x20/?#][^\\x00-\\x20]*\\Z"),
    "use_vault": Rule("boolean"),
    "credential_item_ids": Rule("array", min_items=1, items=Rule("string", min_length=1)),
    "use_profile": Rule("boolean"),
    "profile_id": Rule("string", min_length=1),
    "api_integration": Rule("string"),
}


AGENT_RUN_BATCH_REQUEST: Mapping[str, Rule] = {
    "runs": Rule(
        "array", required=True, min_items=1, max_items=100, items=Rule("object", fields=BATCH_RUN_ITEM)
    ),
    "output_schema": Rule("object"),
}


AGENT_RUN_REQUEST: Mapping[str, Rule] = {
    "url": Rule("string", required=True, pattern="^[A-Za-z][A-Za-z0-9+.-]*:[^\\x00-\\x20]+\\Z"),
    "goal": Rule("string", required=True, min_length=1),
    "browser_profile": Rule("string", values=("lite", "stealth")),
    "proxy_config": Rule("object", fields=PROXY_CONFIG),
    "agent_config": Rule("object", fields=AGENT_CONFIG),
    "capture_config": Rule("object", fields=CAPTURE_CONFIG),
    "webhook_url": Rule("string", pattern="^https://[^\\x00-\\x20/?#][^\\x00-\\x20]*\\Z"),
    "use_vault": Rule("boolean"),
    "credential_item_ids": Rule("array", min_items=1, items=Rule("string", min_length=1)),
    "use_profile": Rule("boolean"),
    "profile_id": Rule("string", min_length=1),
    "api_integration": Rule("string"),
    "output_schema": Rule("object"),
}


BROWSER_PROXY_CONFIG: Mapping[str, Rule] = {
    "enabled": Rule("boolean"),
    "type": Rule("string", values=("tinyfish", "custom")),
    "country_code": Rule("string", pattern="^[A-Z]{2}\\Z"),
    "url": Rule("string", pattern="^[A-Za-z][A-Za-z0-9+.-]*:[^\\x00-\\x20]+\\Z"),
    "username": Rule("string"),
    "password": Rule("string"),
}


BROWSER_SESSION_REQUEST: Mapping[str, Rule] = {
    "url": Rule(
        "string",
        pattern="^(about:blank|([Hh][Tt][Tt][Pp][Ss]?://)?([^\\x00-\\x20/?#@\\[\\]]+@)?(\\[[0-9A-Fa-f:.]+\\]|[^\\x00-\\x20/?#@:\\[\\]]+)(:[0-9]{1,5})?([/?#][^\\x00-\\x20]*)?)\\Z",
    ),
    "timeout_seconds": Rule("integer", minimum=5, maximum=86400),
    "proxy_config": Rule("object", fields=BROWSER_PROXY_CONFIG),
}


DATASET_SPEC_COLUMN: Mapping[str, Rule] = {
    "name": Rule("string", required=True),
    "label": Rule("string"),
    "type": Rule("string", required=True),
    "is_primary_key": Rule("boolean", required=True),
    "retrieval_hint": Rule("string"),
}


DATASET_KEEP_WHEN: Mapping[str, Rule] = {"column": Rule("string", required=True)}


DATASET_SPEC: Mapping[str, Rule] = {
    "name": Rule("string", required=True),
    "description": Rule("string", required=True),
    "columns": Rule("array", required=True, items=Rule("object", fields=DATASET_SPEC_COLUMN)),
    "keep_when": Rule("object", fields=DATASET_KEEP_WHEN),
}


DATASET_CREATE_REQUEST: Mapping[str, Rule] = {
    "prompt": Rule("string", min_length=1),
    "spec": Rule("object", fields=DATASET_SPEC),
    "target_rows": Rule("integer", minimum=1, maximum=250),
    "populate": Rule("boolean"),
}


DATASET_PLAN_REQUEST: Mapping[str, Rule] = {"prompt": Rule("string", required=True, min_length=1)}


DATASET_POPULATE_REQUEST: Mapping[str, Rule] = {
    "reset": Rule("boolean"),
    "target_rows": Rule("integer", minimum=1, maximum=250),
}


FETCH_HIGHLIGHTS: Mapping[str, Rule] = {
    "query": Rule("string", required=True, min_length=1),
    "max_snippets": Rule("integer", minimum=1, maximum=20),
    "max_characters": Rule("integer", minimum=1),
    "include_full_page_text": Rule("boolean"),
}


FETCH_MONITOR_CONFIG: Mapping[str, Rule] = {
    "url": Rule("string", required=True, min_length=1),
    "format": Rule("string"),
    "links": Rule("boolean"),
    "image_links": Rule("boolean"),
}


FETCH_REQUEST: Mapping[str, Rule] = {
    "urls": Rule("array", required=True, min_items=1, max_items=10, items=Rule("string")),
    "format": Rule("string", values=("markdown", "html", "json")),
    "links": Rule("boolean"),
    "image_links": Rule("boolean"),
    "include_html_head": Rule("boolean"),
    "ttl": Rule("integer", minimum=0),
    "per_url_timeout_ms": Rule("integer", minimum=1, maximum=110000),
    "if_none_match": Rule("string", min_length=1),
    "if_modified_since": Rule("string", min_length=1),
    "include_etag_and_last_modified": Rule("boolean"),
    "purpose": Rule("string", min_length=1, max_length=2000),
    "highlights": Rule("object", fields=FETCH_HIGHLIGHTS),
}


MONITOR_CREATE_REQUEST: Mapping[str, Rule] = {
    "type": Rule("string", required=True, values=("search", "fetch")),
    "config": Rule("object", required=True),
    "schedule_cron": Rule(
        "string",
        required=True,
        pattern="^(CRON_TZ=[^\\x00-\\x20]+ +)?[^\\x00-\\x20]+( +[^\\x00-\\x20]+){4}\\Z",
    ),
    "name": Rule("string", min_length=1),
    "webhook_url": Rule("string", pattern="^https://[^\\x00-\\x20/?#][^\\x00-\\x20]*\\Z"),
    "purpose": Rule("string", min_length=1),
}


MONITOR_UPDATE_REQUEST: Mapping[str, Rule] = {
    "schedule_cron": Rule(
        "string", pattern="^(CRON_TZ=[^\\x00-\\x20]+ +)?[^\\x00-\\x20]+( +[^\\x00-\\x20]+){4}\\Z"
    ),
    "name": Rule("string", min_length=1),
    "webhook_url": Rule("string", pattern="^https://[^\\x00-\\x20/?#][^\\x00-\\x20]*\\Z"),
    "purpose": Rule("string", min_length=1),
    "status": Rule("string", values=("paused", "active")),
}


PROFILE_CREATE_REQUEST: Mapping[str, Rule] = {
    "name": Rule("string", required=True, min_length=1, max_length=100),
    "set_as_default": Rule("boolean"),
    "proxy_country_code": Rule("string", pattern="^[A-Z]{2}\\Z"),
}


PROFILE_SAVE_REQUEST: Mapping[str, Rule] = {
    "session_id": Rule("string", required=True, min_length=1),
    "signed_in_sites": Rule("array", items=Rule("string", min_length=1)),
}


PROFILE_SETUP_CANCEL_REQUEST: Mapping[str, Rule] = {"session_id": Rule("string", required=True, min_length=1)}


PROFILE_SETUP_REQUEST: Mapping[str, Rule] = {
    "url": Rule("string", min_length=1),
    "timeout_seconds": Rule("integer", minimum=5, maximum=86400),
}


RESEARCH_DOMAIN_FILTER: Mapping[str, Rule] = {
    "mode": Rule("string", required=True, values=("include", "exclusive")),
    "domains": Rule("array", max_items=150, items=Rule("string", min_length=1)),
    "block": Rule("array", max_items=150, items=Rule("string", min_length=1)),
}


RESEARCH_REQUEST: Mapping[str, Rule] = {
    "query": Rule("string", required=True, min_length=1, max_length=2000),
    "mode": Rule("string", values=("deep", "max")),
    "output_language": Rule("string", min_length=1),
    "domain_type": Rule("string", values=("web", "news", "research_paper")),
    "after_date": Rule("string", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z"),
    "before_date": Rule("string", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z"),
    "recency_minutes": Rule("integer", minimum=1),
    "weak_sources_enabled": Rule("boolean"),
    "domain_filter": Rule("object", fields=RESEARCH_DOMAIN_FILTER),
    "prior_run_id": Rule("string", min_length=1),
    "session_id": Rule("string", min_length=1),
}


RUN_IDS_REQUEST: Mapping[str, Rule] = {
    "run_ids": Rule("array", required=True, min_items=1, max_items=100, items=Rule("string", min_length=1))
}


SEARCH_MONITOR_CONFIG: Mapping[str, Rule] = {
    "query": Rule("string", required=True, min_length=1),
    "recency_minutes": Rule("integer", minimum=1, maximum=5256000),
    "result_limit": Rule("integer", minimum=1),
}


VAULT_CONNECT_REQUEST: Mapping[str, Rule] = {
    "provider": Rule("string", required=True, values=("1password", "bitwarden")),
    "token": Rule("string", min_length=1),
    "clientId": Rule("string", min_length=1),
    "clientSecret": Rule("string", min_length=1),
    "masterPassword": Rule("string", min_length=1),
    "serverUrl": Rule("string", pattern="^https://[^\\x00-\\x20/?#][^\\x00-\\x20]*\\Z"),
}


CANCEL_DATASET_RUN: Mapping[str, Rule] = {
    "dataset_id": Rule("string", required=True, min_length=1),
    "dataset_run_id": Rule("string", required=True, min_length=1),
}


CANCEL_PROFILE_SETUP: Mapping[str, Rule] = {"profile_id": Rule("string", required=True, min_length=1)}


CANCEL_RESEARCH: Mapping[str, Rule] = {"run_id": Rule("string", required=True, pattern="^[A-Za-z0-9_-]+\\Z")}


CANCEL_RUN: Mapping[str, Rule] = {"run_id": Rule("string", required=True, pattern="^[A-Za-z0-9_-]+\\Z")}


DELETE_BROWSER_SESSION: Mapping[str, Rule] = {"session_id": Rule("string", required=True, min_length=1)}


DELETE_DATASET: Mapping[str, Rule] = {"dataset_id": Rule("string", required=True, min_length=1)}


DELETE_MONITOR: Mapping[str, Rule] = {"monitor_id": Rule("string", required=True, min_length=1)}


DISCONNECT_VAULT: Mapping[str, Rule] = {"connection_id": Rule("string", required=True, min_length=1)}


FOLLOW_DATASET_RUN: Mapping[str, Rule] = {
    "dataset_id": Rule("string", required=True, min_length=1),
    "dataset_run_id": Rule("string", required=True, min_length=1),
}


FOLLOW_RESEARCH: Mapping[str, Rule] = {
    "run_id": Rule("string", required=True, pattern="^[A-Za-z0-9_-]+\\Z"),
    "last_event_id": Rule("string", min_length=1),
}


GET_DATASET: Mapping[str, Rule] = {"dataset_id": Rule("string", required=True, min_length=1)}


GET_MONITOR: Mapping[str, Rule] = {"monitor_id": Rule("string", required=True, min_length=1)}


GET_RESEARCH: Mapping[str, Rule] = {"run_id": Rule("string", required=True, pattern="^[A-Za-z0-9_-]+\\Z")}


GET_RUN: Mapping[str, Rule] = {
    "run_id": Rule("string", required=True, pattern="^[A-Za-z0-9_-]+\\Z"),
    "screenshots": Rule("string", values=("base64", "none")),
}


LIST_BROWSER_USAGE: Mapping[str, Rule] = {
    "session_id": Rule("string"),
    "start_after": Rule("string", is_moment=True),
    "end_before": Rule("string", is_moment=True),
    "status": Rule("string", values=("running", "ended")),
    "limit": Rule("integer", minimum=1, maximum=1000),
    "page": Rule("integer", minimum=1),
}


LIST_DATASET_ROWS: Mapping[str, Rule] = {
    "dataset_id": Rule("string", required=True, min_length=1),
    "limit": Rule("integer", minimum=1),
    "after": Rule("string"),
}


LIST_DATASETS: Mapping[str, Rule] = {"limit": Rule("integer", minimum=1), "cursor": Rule("string")}


LIST_FETCH_USAGE: Mapping[str, Rule] = {
    "start_after": Rule("string", is_moment=True),
    "end_before": Rule("string", is_moment=True),
    "status": Rule("string", values=("completed", "failed")),
    "limit": Rule("integer", minimum=1, maximum=1000),
    "page": Rule("integer", minimum=1),
}


LIST_RESEARCH: Mapping[str, Rule] = {
    "status": Rule("string", values=("QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")),
    "query": Rule("string", min_length=1),
    "created_after": Rule("string", is_moment=True),
    "created_before": Rule("string", is_moment=True),
    "sort_direction": Rule("string", values=("asc", "desc")),
    "cursor": Rule("string"),
    "limit": Rule("integer", minimum=1, maximum=100),
}


LIST_RUNS: Mapping[str, Rule] = {
    "status": Rule("string", values=("PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED")),
    "goal": Rule("string", max_length=500),
    "created_after": Rule("string", is_moment=True),
    "created_before": Rule("string", is_moment=True),
    "sort_direction": Rule("string", values=("asc", "desc")),
    "cursor": Rule("string"),
    "limit": Rule("integer", minimum=1, maximum=100),
}


LIST_SEARCH_USAGE: Mapping[str, Rule] = {
    "start_after": Rule("string", is_moment=True),
    "end_before": Rule("string", is_moment=True),
    "status": Rule("string", values=("completed", "failed")),
    "limit": Rule("integer", minimum=1, maximum=1000),
    "page": Rule("integer", minimum=1),
}


POPULATE_DATASET: Mapping[str, Rule] = {"dataset_id": Rule("string", required=True, min_length=1)}


RUN_MONITOR: Mapping[str, Rule] = {"monitor_id": Rule("string", required=True, min_length=1)}


SAVE_PROFILE_SETUP: Mapping[str, Rule] = {"profile_id": Rule("string", required=True, min_length=1)}


SEARCH_WEB: Mapping[str, Rule] = {
    "query": Rule("string", required=True, min_length=1),
    "purpose": Rule("string", min_length=1, max_length=2000),
    "location": Rule("string"),
    "language": Rule("string"),
    "include_domains": Rule("string", min_length=1),
    "exclude_domains": Rule("string", min_length=1),
    "after_date": Rule("string", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z"),
    "before_date": Rule("string", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z"),
    "recency_minutes": Rule("integer", minimum=1, maximum=5256000),
    "domain_type": Rule("string", values=("web", "news", "research_paper")),
    "pub_year_min": Rule("string", pattern="^[0-9]{4}\\Z"),
    "pub_year_max": Rule("string", pattern="^[0-9]{4}\\Z"),
    "page": Rule("integer", minimum=0, maximum=10),
}


START_PROFILE_SETUP: Mapping[str, Rule] = {"profile_id": Rule("string", required=True, min_length=1)}


UPDATE_MONITOR: Mapping[str, Rule] = {"monitor_id": Rule("string", required=True, min_length=1)}
