# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.cancel_runs_batch_response import CancelRunsBatchResponse
    from ...models.run_ids_request import RunIdsRequest


def cancel_runs_batch(
    *,
    body: RunIdsRequest,
) -> Request[CancelRunsBatchResponse]:
    """Stop up to 100 runs.

    Stops many runs in one call. Each is treated as `cancelRun` would; ids that do not exist are listed in
    `not_found`. It is safe to repeat.
    """
    return Request(
        operation_id="cancelRunsBatch",
        tag="runs",
        safe_to_repeat=True,
        method="POST",
        path="/v1/runs/batch/cancel",
        body=body.to_dict(),
        decode=models.CancelRunsBatchResponse.decode_document,
    )
