# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.research_request import ResearchRequest
    from ...models.research_run_async_response import ResearchRunAsyncResponse


def queue_research(
    *,
    body: ResearchRequest,
) -> Request[ResearchRunAsyncResponse]:
    """Start a research run and return at once.

    Sending this again starts, and bills, another research run. Queues a research run and answers with its
    id within moments. Follow it with `followResearch`, or with `getResearch` until its status is final;
    stop it with `cancelResearch`. A `deep` research takes 5 to 20 minutes, a `max` one up to 45.
    """
    return Request(
        operation_id="queueResearch",
        tag="research",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run-research-async",
        body=body.to_dict(),
        decode=models.ResearchRunAsyncResponse.decode_document,
    )
