# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.research_run_detail import ResearchRunDetail


def get_research(
    run_id: str,
) -> Request[ResearchRunDetail]:
    """Get one research.

    Tells all about one research: its state, its plan and evidence so far, and its result. Repeat it every
    few seconds until the state is COMPLETED, FAILED, CANCELLED or TIMED_OUT to wait for it.

    Args:
        run_id: The run's id, as its start returned it.
    """
    return Request(
        operation_id="getResearch",
        tag="research",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/research-run/{encode_segment(run_id)}",
        decode=models.ResearchRunDetail.decode_document,
    )
