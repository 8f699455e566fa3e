# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.run_ids_request import RunIdsRequest
    from ...models.runs_batch_response import RunsBatchResponse


def get_runs_batch(
    *,
    body: RunIdsRequest,
) -> Request[RunsBatchResponse]:
    """Get up to 100 runs.

    Tells about many runs in one call, each with its steps. Ids that do not exist, or belong to somebody
    else, are listed in `not_found` and are no error.
    """
    return Request(
        operation_id="getRunsBatch",
        tag="runs",
        safe_to_repeat=True,
        method="POST",
        path="/v1/runs/batch",
        body=body.to_dict(),
        decode=models.RunsBatchResponse.decode_document,
    )
