# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.research_cancel_response import ResearchCancelResponse


def cancel_research(
    run_id: str,
) -> Request[ResearchCancelResponse]:
    """Stop a research run.

    Stops a research run that waits or works. It is safe to repeat: a research run that has ended already
    is left as it is, and the answer tells its state.

    Args:
        run_id: The run's id, as its start returned it.
    """
    return Request(
        operation_id="cancelResearch",
        tag="research",
        safe_to_repeat=True,
        method="POST",
        path=f"/v1/research-run/{encode_segment(run_id)}/cancel",
        decode=models.ResearchCancelResponse.decode_document,
    )
