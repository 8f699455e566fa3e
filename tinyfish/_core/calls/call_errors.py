"""The errors of calls, from responses and from lost responses. They can quote both, but never the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tinyfish._core.calls.error_body import ErrorBody
from tinyfish._core.calls.retry_after import parse_retry_after
from tinyfish._core.wire.answer import Answer
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ResponseDecodeError,
    status_error_class,
)

if TYPE_CHECKING:
    import httpx

# The code for a product that the account's plan doesn't have.
_NOT_IN_PLAN_CODE: Final = "FEATURE_NOT_AVAILABLE"
_SHOWN_BODY_CHARS: Final = 300


def status_error(
    request: httpx.Request,
    response: httpx.Response,
    body: ErrorBody,
    mask: Mask,
    *,
    product: str,
    server_time: float,
    attempts: int,
) -> APIStatusError:
    """The error for a response with an error status.

    Args:
        request: The request, without the key.
        response: The response, without the key.
        body: What its body says.
        mask: Masks the key in the texts.
        product: The part of the API that was called.
        server_time: The current time on the server's clock.
        attempts: How often the call was sent.
    """
    status = response.status_code
    if body.is_envelope:
        message = body.message or "The API gave no reason"
    elif 300 <= status < 400:
        target = response.headers.get("location", "nowhere")
        message = f"Redirect to {target} not followed, because it would receive the API key"
    else:
        message = body_excerpt(response.text) or "The response had no body"
    if body.code == _NOT_IN_PLAN_CODE:
        message = f"The plan of this account does not include {product}: {message}"
    return status_error_class(status)(
        mask.text(message),
        status_code=status,
        code=None if body.code is None else mask.text(body.code),
        details=mask.value(body.details),
        body=response.text,
        retry_after=parse_retry_after(response.headers.get("retry-after"), server_time),
        request=request,
        response=response,
        request_id=_request_id(body, response.headers, mask),
        attempts=attempts,
    )


def decode_error(
    answer: Answer, document: object, reason: str, mask: Mask, *, attempts: int
) -> ResponseDecodeError:
    """The error for a success whose body doesn't match the contract."""
    request, response = answer.for_errors(mask)
    body = response.text
    return ResponseDecodeError(
        mask.text(f"The server answered {answer.status}, but {reason}: {body_excerpt(body) or '(empty)'}"),
        status_code=answer.status,
        body=body,
        request=request,
        response=response,
        request_id=_request_id(ErrorBody.of(document), response.headers, mask),
        attempts=attempts,
    )


def unprocessable_error(
    answer: Answer, cause: Exception, mask: Mask, *, attempts: int
) -> ResponseDecodeError:
    """The error for a response that caused an unexpected exception. It relies on as little as possible."""
    body = mask.text(answer.content.decode("utf-8", "replace"))
    error = ResponseDecodeError(
        f"The server answered {answer.status}, but the response cannot be processed "
        f"({type(cause).__name__}): {body_excerpt(body) or '(empty)'}",
        status_code=answer.status,
        body=body,
        attempts=attempts,
    )
    # The traceback's frames contain the raw response.
    error.__cause__ = mask.error(cause).with_traceback(None)
    return error


def connection_error(failed: SendError, mask: Mask, *, attempts: int) -> APIConnectionError:
    """The error for a request without a complete response."""
    kind = APITimeoutError if failed.timed_out else APIConnectionError
    error = kind(mask.text(str(failed)), request=failed.request, attempts=attempts)
    # The error and its causes can quote the received bytes.
    error.__cause__ = None if failed.__cause__ is None else mask.error(failed.__cause__)
    return error


def _request_id(body: ErrorBody, headers: Mapping[str, str], mask: Mask) -> str | None:
    return headers.get("x-request-id") if body.request_id is None else mask.text(body.request_id)


def not_sent_in_time(timeout: float | None) -> APITimeoutError:
    """The error for a call that the client's limits didn't allow before its time limit."""
    return APITimeoutError(
        f"The client's limits allowed no such call within {timeout:g} s, so it was not sent."
    )


def body_excerpt(body: str) -> str:
    """The start of a body that isn't the API's, on one line, for a message."""
    text = " ".join(body.split())
    return text if len(text) <= _SHOWN_BODY_CHARS else text[:_SHOWN_BODY_CHARS] + "…"
