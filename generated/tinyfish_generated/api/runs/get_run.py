# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query, encode_segment

if TYPE_CHECKING:
    from ...models.run import Run
    from ...models.screenshots_mode import ScreenshotsMode


def get_run(
    run_id: str,
    *,
    screenshots: ScreenshotsMode | None = None,
) -> Request[Run]:
    """Get one run.

    Tells all about one run: its state, what it was asked, its result or error, and its steps. Repeat it
    every few seconds until the state is COMPLETED, FAILED or CANCELLED to wait for a run.

    Args:
        run_id: The run's id, as its start returned it.
        screenshots: Whether the steps come with pictures; `none` if left out. `base64` adds 50 to 100 KB per step,
            and the API has announced that it may go.
    """
    return Request(
        operation_id="getRun",
        tag="runs",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/runs/{encode_segment(run_id)}",
        query=encode_query({"screenshots": screenshots}),
        decode=models.Run.decode_document,
    )
