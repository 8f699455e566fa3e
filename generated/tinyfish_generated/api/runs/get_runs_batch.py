# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ...models.run_ids_request import RunIdsRequest
from ...models.runs_batch_response import RunsBatchResponse
from ...types import Request


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
        method="POST",
        path="/v1/runs/batch",
        body=body.to_dict(),
        decode=RunsBatchResponse.decode_document,
    )
