# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.fetch_request import FetchRequest
    from ...models.fetch_response import FetchResponse


def fetch_contents(
    *,
    body: FetchRequest,
) -> Request[FetchResponse]:
    """Read web pages.

    Reads up to ten web pages at once and returns what they say. A page that cannot be read is in
    `errors`, and does not keep the others from being read. A page may take up to 110 seconds: give the
    request a time limit of 150 seconds or more. The fetch host, https://api.fetch.tinyfish.ai, has this
    as `POST /`.
    """
    return Request(
        operation_id="fetchContents",
        tag="fetch",
        safe_to_repeat=True,
        method="POST",
        path="/v1/fetch",
        body=body.to_dict(),
        decode=models.FetchResponse.decode_document,
    )
