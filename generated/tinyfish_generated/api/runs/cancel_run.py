# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.cancel_run_response import CancelRunResponse


def cancel_run(
    run_id: str,
) -> Request[CancelRunResponse]:
    """Stop a run.

    Stops a run that waits or works. It is safe to repeat: a run that has ended already is left as it is,
    and the answer tells its state. Runs started by `runAgent` cannot be stopped.

    Args:
        run_id: The run's id, as its start returned it.
    """
    return Request(
        operation_id="cancelRun",
        tag="runs",
        safe_to_repeat=True,
        method="POST",
        path=f"/v1/runs/{encode_segment(run_id)}/cancel",
        decode=models.CancelRunResponse.decode_document,
    )
