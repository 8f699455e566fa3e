"""Whether a batch may have been rejected because of one of its runs: then each is sent alone. Pure."""

from __future__ import annotations

from typing import Final

from tinyfish_generated.models import RunErrorCategory

from tinyfish._core.calls.retry import refuses_start
from tinyfish.errors import APIStatusError, SDKError

# Those that reject any request: the key, the credits, the number of requests. The API also says 403 for no credits.
_OF_ANY_REQUEST: Final = (401, 402, 408, 429)
_NO_CREDITS: Final = "INSUFFICIENT_CREDITS"


def rejects_one(error: SDKError) -> bool:
    """Whether an error may be the fault of one run of the batch: of its options, or of a feature that it uses."""
    return (
        isinstance(error, APIStatusError)
        and 400 <= error.status_code < 500
        and error.status_code not in _OF_ANY_REQUEST
        and error.code != _NO_CREDITS
    )


def refuses_one(answer: object) -> bool:
    """Whether a successful response that starts nothing may have one run of the batch as its reason."""
    error: object = getattr(answer, "error", None)
    if error is None or refuses_start(answer) or getattr(error, "code", None) == _NO_CREDITS:
        return False
    return getattr(error, "category", None) != RunErrorCategory.BILLING_FAILURE
