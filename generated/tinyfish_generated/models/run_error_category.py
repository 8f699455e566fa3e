# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class RunErrorCategory(OpenEnum):
    """Whose failure it is: SYSTEM_FAILURE (the service's: try again), AGENT_FAILURE (the goal or the site:
    change the request), BILLING_FAILURE (add credits) or UNKNOWN (trying again may help).
    """

    SYSTEM_FAILURE = "SYSTEM_FAILURE"
    AGENT_FAILURE = "AGENT_FAILURE"
    BILLING_FAILURE = "BILLING_FAILURE"
    UNKNOWN = "UNKNOWN"
