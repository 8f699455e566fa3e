"""An error as a sentence for a model: what happened, and what to do. Pure."""

from __future__ import annotations

from typing import Any

from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    ClientClosedError,
    IdempotencyConflictError,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    LedgerError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    SDKError,
    UncertainStartError,
    UnprocessableEntityError,
)
from tinyfish.tools.answers import Answer, refusal
from tinyfish.tools.urls import RefusedURLError

_TELL = "Don't try again; tell the user."


def failure(error: Exception, tool: str) -> Answer:
    """The answer of a tool whose call failed.

    Args:
        error: Why.
        tool: The tool's name.
    """
    run_id = getattr(error, "run_id", None)
    data: dict[str, Any] = {"kind": type(error).__name__}
    if run_id:
        data["run_id"] = run_id
    if not isinstance(error, SDKError):
        # Its text may contain anything, so only the log has it.
        return refusal(f"The tool failed because of a defect ({type(error).__name__}). {_TELL}", **data)
    return refusal(f"{_happened(error)} {_advice(error, tool)}", **data)


def _happened(error: SDKError) -> str:
    # What these say is for a program: a model has no argument for the key.
    if isinstance(error, UncertainStartError) and error.idempotency_key is not None:
        return "The start of the run is not finished."
    if isinstance(error, IdempotencyConflictError):
        return "There is a run of the same call, which was started with other options of the program."
    text = str(error).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _advice(error: SDKError, tool: str) -> str:
    """What a model can do about it. The first that fits, so that an uncertain start comes before its other classes."""
    match error:
        case UncertainStartError():
            return _after_uncertain_start(error, tool)
        case BudgetExceededError():
            return "Start no more runs: answer with what you have, or ask the user for a larger budget."
        case IdempotencyConflictError():
            return "Call `run` again with fresh=true."
        case RefusedURLError():
            return "Use another URL."
        case (
            InvalidArgumentError()
            | InvalidArgumentTypeError()
            | BadRequestError()
            | UnprocessableEntityError()
        ):
            return "Correct the arguments, and call the tool again."
        case AuthenticationError():
            return f"TinyFish refused the API key. {_TELL}"
        case PaymentRequiredError():
            return f"The account is out of credits. {_TELL}"
        case PermissionDeniedError():
            return f"The account may not use this. {_TELL}"
        case NotFoundError():
            return "Check the id, or, if you gave none, tell the user that the account doesn't have this feature."
        case RateLimitError():
            wait = f"{error.retry_after:.0f}" if error.retry_after else "30"
            return f"Too many requests: wait {wait} seconds, then call the tool again, once."
        case LedgerError():
            return f"The record of what was started can't be used, so this call started nothing. {_TELL}"
        case ClientClosedError():
            return f"The program has closed its connection. {_TELL}"
        case APITimeoutError() | APIConnectionError():
            return "TinyFish can't be reached at the moment: call the tool again later, once."
        case APIStatusError() | APIError():
            return "This may pass: call the tool again later, once."
        case _:
            return _TELL


def _after_uncertain_start(error: UncertainStartError, tool: str) -> str:
    if tool != "run":
        return "It is not known whether a browser was opened. If so, it closes itself when nobody uses it."
    wait = f" in {error.retry_after:.0f} seconds" if error.retry_after else " in 15 seconds"
    return (
        f"It is not known whether the run was started. Call `run` again{wait} with the same goal and url: that finds "
        "the run if there is one, and never starts a second one."
    )
