# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ErrorCode(OpenEnum):
    """Words for what went wrong. Those from CONTENT_POLICY_VIOLATION to CANCELLED are outcomes of a run and
    come in a run's `error`; the others come with a status outside 2xx. The set grows.
    """

    MISSING_API_KEY = "MISSING_API_KEY"
    INVALID_API_KEY = "INVALID_API_KEY"
    INVALID_INPUT = "INVALID_INPUT"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    SERVICE_BUSY = "SERVICE_BUSY"
    TIMEOUT = "TIMEOUT"
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS"
    CONTENT_POLICY_VIOLATION = "CONTENT_POLICY_VIOLATION"
    MAX_STEPS_EXCEEDED = "MAX_STEPS_EXCEEDED"
    SITE_BLOCKED = "SITE_BLOCKED"
    TASK_FAILED = "TASK_FAILED"
    CANCELLED = "CANCELLED"
    FEATURE_NOT_AVAILABLE = "FEATURE_NOT_AVAILABLE"
    RETRY_REQUIRED = "RETRY_REQUIRED"
    VAULT_RECONNECT_REQUIRED = "VAULT_RECONNECT_REQUIRED"
